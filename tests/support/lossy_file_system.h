// A file system for RocksDB that loses power: what was not synced by then is gone, or a part of it
// is, as on a disk. It stands over the real one, and the test reopens the same folder afterwards.
//
// A file's bytes count from its sync on, its name (made, linked or renamed) from the sync of its
// folder on.
#pragma once

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <random>
#include <string>
#include <utility>

#include <rocksdb/env.h>
#include <rocksdb/file_system.h>

namespace headroom::test {

class LossyFileSystem final : public rocksdb::FileSystemWrapper {
 public:
  explicit LossyFileSystem(std::uint64_t seed)
      : FileSystemWrapper(rocksdb::FileSystem::Default()), random_(seed) {}
  const char* Name() const override { return "LossyFileSystem"; }

  // From this many writes, syncs and changes of names on nothing becomes durable any more, though
  // it seems to.
  void lose_power_after(std::uint64_t operations) {
    const std::lock_guard lock(mutex_);
    left_ = operations;
  }
  bool lost() const {
    const std::lock_guard lock(mutex_);
    return lost_;
  }

  // What the disk holds when power is back. Nobody may have files open.
  void restore() {
    const std::lock_guard lock(mutex_);
    for (auto& [path, old] : names_) {
      std::error_code ignored;
      std::filesystem::remove(path, ignored);
      if (old) std::ofstream(path, std::ios::binary) << *old;
    }
    for (const auto& [path, file] : files_) {
      std::error_code error;
      const auto size = std::filesystem::file_size(path, error);
      if (error || names_.contains(path) || size <= file.synced) continue;
      // Some of what was on its way when the power went may have arrived.
      std::filesystem::resize_file(path, file.synced + random_() % (file.written - file.synced + 1),
                                   error);
    }
    names_.clear();
    files_.clear();
  }

  rocksdb::IOStatus NewWritableFile(const std::string& path, const rocksdb::FileOptions& options,
                                    std::unique_ptr<rocksdb::FSWritableFile>* file,
                                    rocksdb::IODebugContext* context) override {
    {
      const std::lock_guard lock(mutex_);
      spend();
      note_name(path);
      if (!lost_) files_[path] = {};
    }
    std::unique_ptr<rocksdb::FSWritableFile> real;
    const auto made = target()->NewWritableFile(path, options, &real, context);
    if (made.ok()) *file = std::make_unique<Writable>(*this, path, std::move(real));
    return made;
  }
  rocksdb::IOStatus RenameFile(const std::string& from, const std::string& to,
                               const rocksdb::IOOptions& options,
                               rocksdb::IODebugContext* context) override {
    {
      const std::lock_guard lock(mutex_);
      spend();
      note_name(to);
      if (lost_) note_name(from);
      if (!lost_) {
        files_[to] = files_[from];
        files_.erase(from);
        names_.erase(from);
      }
    }
    return target()->RenameFile(from, to, options, context);
  }
  rocksdb::IOStatus LinkFile(const std::string& from, const std::string& to,
                             const rocksdb::IOOptions& options,
                             rocksdb::IODebugContext* context) override {
    {
      const std::lock_guard lock(mutex_);
      spend();
      note_name(to);
      if (!lost_ && files_.contains(from)) files_[to] = files_[from];
    }
    return target()->LinkFile(from, to, options, context);
  }
  rocksdb::IOStatus DeleteFile(const std::string& path, const rocksdb::IOOptions& options,
                               rocksdb::IODebugContext* context) override {
    {
      const std::lock_guard lock(mutex_);
      spend();
      if (lost_) {
        note_name(path);  // it is back
      } else {
        names_.erase(path);
        files_.erase(path);
      }
    }
    return target()->DeleteFile(path, options, context);
  }
  rocksdb::IOStatus NewDirectory(const std::string& path, const rocksdb::IOOptions& options,
                                 std::unique_ptr<rocksdb::FSDirectory>* directory,
                                 rocksdb::IODebugContext* context) override {
    std::unique_ptr<rocksdb::FSDirectory> real;
    const auto opened = target()->NewDirectory(path, options, &real, context);
    if (opened.ok()) *directory = std::make_unique<Directory>(*this, path, std::move(real));
    return opened;
  }

 private:
  struct File {
    std::uint64_t written = 0;
    std::uint64_t synced = 0;
  };

  class Writable final : public rocksdb::FSWritableFileOwnerWrapper {
   public:
    Writable(LossyFileSystem& owner, std::string path,
             std::unique_ptr<rocksdb::FSWritableFile>&& real)
        : FSWritableFileOwnerWrapper(std::move(real)), owner_(owner), path_(std::move(path)) {}
    rocksdb::IOStatus Append(const rocksdb::Slice& data, const rocksdb::IOOptions& options,
                             rocksdb::IODebugContext* context) override {
      owner_.note_write(path_, data.size());
      return target()->Append(data, options, context);
    }
    rocksdb::IOStatus Append(const rocksdb::Slice& data, const rocksdb::IOOptions& options,
                             const rocksdb::DataVerificationInfo&,
                             rocksdb::IODebugContext* context) override {
      return Append(data, options, context);
    }
    rocksdb::IOStatus Sync(const rocksdb::IOOptions& options,
                           rocksdb::IODebugContext* context) override {
      return synced(options, context);
    }
    rocksdb::IOStatus Fsync(const rocksdb::IOOptions& options,
                            rocksdb::IODebugContext* context) override {
      return synced(options, context);
    }

   private:
    rocksdb::IOStatus synced(const rocksdb::IOOptions& options, rocksdb::IODebugContext* context) {
      const auto flushed = target()->Flush(options, context);
      if (!flushed.ok()) return flushed;
      owner_.note_synced(path_);
      return rocksdb::IOStatus::OK();  // the real disk need not work for this
    }
    LossyFileSystem& owner_;
    const std::string path_;
  };

  class Directory final : public rocksdb::FSDirectoryWrapper {
   public:
    Directory(LossyFileSystem& owner, std::string path,
              std::unique_ptr<rocksdb::FSDirectory>&& real)
        : FSDirectoryWrapper(std::move(real)), owner_(owner), path_(std::move(path)) {}
    rocksdb::IOStatus Fsync(const rocksdb::IOOptions&, rocksdb::IODebugContext*) override {
      owner_.note_folder_synced(path_);
      return rocksdb::IOStatus::OK();
    }
    rocksdb::IOStatus FsyncWithDirOptions(const rocksdb::IOOptions&, rocksdb::IODebugContext*,
                                          const rocksdb::DirFsyncOptions&) override {
      owner_.note_folder_synced(path_);
      return rocksdb::IOStatus::OK();
    }

   private:
    LossyFileSystem& owner_;
    const std::string path_;
  };

  // All of these under mutex_, or taking it.
  void spend() {
    if (!left_) return;
    if (*left_ == 0) lost_ = true;
    if (!lost_) --*left_;
  }
  // The name is about to mean something else, which is not durable yet. What it meant on disk:
  void note_name(const std::string& path) {
    if (names_.contains(path)) return;
    std::optional<std::string> old;
    if (std::ifstream stream(path, std::ios::binary); stream) {
      old.emplace(std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>());
      if (const auto file = files_.find(path); file != files_.end())
        old->resize(std::min<std::size_t>(old->size(), file->second.synced));
    }
    names_[path] = std::move(old);
  }
  void note_write(const std::string& path, std::size_t bytes) {
    const std::lock_guard lock(mutex_);
    spend();
    if (!lost_) files_[path].written += bytes;
  }
  void note_synced(const std::string& path) {
    const std::lock_guard lock(mutex_);
    spend();
    if (!lost_) files_[path].synced = files_[path].written;
  }
  void note_folder_synced(const std::string& folder) {
    const std::lock_guard lock(mutex_);
    spend();
    if (lost_) return;
    std::erase_if(names_, [&](const auto& one) {
      return std::filesystem::path(one.first).parent_path() == std::filesystem::path(folder);
    });
  }

  mutable std::mutex mutex_;  // guards all below
  std::mt19937_64 random_;
  std::optional<std::uint64_t> left_;
  bool lost_ = false;
  std::map<std::string, File> files_;  // written since the start
  std::map<std::string, std::optional<std::string>>
      names_;  // not durable yet, and what was there before
};

}  // namespace headroom::test
