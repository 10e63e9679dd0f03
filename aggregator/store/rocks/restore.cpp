#include "aggregator/store/rocks/restore.h"

#include <algorithm>
#include <cerrno>
#include <fcntl.h>
#include <filesystem>
#include <optional>
#include <sys/stat.h>
#include <unistd.h>

#include "aggregator/store/rocks/rocks_store.h"
#include "common/base/file.h"
#include "common/base/text.h"

namespace headroom::store::rocks {
namespace {

namespace fs = std::filesystem;

constexpr const char* kLockFile = "LOCK";        // RocksDB locks it while it has the folder open
constexpr const char* kCurrentFile = "CURRENT";  // every RocksDB folder has one
constexpr mode_t kFolderMode = 0750;             // as make_directories() leaves it

Error cannot(const std::string& what, const std::error_code& error) {
  const ErrorCode code =
      error == std::errc::no_space_on_device ? ErrorCode::kUnavailable
      : error == std::errc::permission_denied || error == std::errc::operation_not_permitted
          ? ErrorCode::kPermissionDenied
          : ErrorCode::kInternal;
  return {code, what + ": " + error.message()};
}

std::string without_slash(std::string path) {
  while (path.size() > 1 && path.back() == '/') path.pop_back();
  return path;
}

// 2026-11-22T05:54:29Z as 20261122T055429Z.
std::string stamp_of(UnixMs now) {
  std::string stamp = format_time(now / 1000 * 1000);
  std::erase_if(stamp, [](char c) { return c == '-' || c == ':'; });
  return stamp;
}

Status sync_path(const std::string& path) {
  const Fd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd) return fail(errno_error("open " + path));
  if (::fsync(fd.get()) != 0) return fail(errno_error("sync " + path));
  return {};
}

// The lock that RocksDB takes, so that no aggregator opens the store while it is moved. It stays
// with the file when the folder gets another name.
Result<Fd> lock_store(const std::string& store) {
  const std::string path = store + "/" + kLockFile;
  Fd fd(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644));
  if (!fd) return fail(errno_error("open " + path));
  struct flock whole{};
  whole.l_type = F_WRLCK;
  whole.l_whence = SEEK_SET;
  if (::fcntl(fd.get(), F_SETLK, &whole) == 0) return fd;
  if (errno != EAGAIN && errno != EACCES) return fail(errno_error("lock " + path));
  return fail(ErrorCode::kAlreadyExists,
              "store " + store +
                  " is in use: stop the aggregator first (systemctl stop headroom-aggregator), and "
                  "start it again afterwards");
}

// Finished tables are never written again and may be shared; whatever else a database writes to is
// copied.
bool may_be_shared(const fs::path& file) { return file.extension() == ".sst"; }

class Copy {
 public:
  // `owner`: a path whose owner gets the copy, where we are root.
  Copy(std::string from, std::string to, const std::string& owner)
      : from_(std::move(from)), to_(std::move(to)) {
    if (::geteuid() == 0 && ::stat(owner.c_str(), &owner_) == 0) gives_away_ = true;
  }
  Copy(const Copy&) = delete;
  Copy& operator=(const Copy&) = delete;
  // A copy that was not put in place is taken away again.
  ~Copy() {
    std::error_code ignored;
    if (!kept_) fs::remove_all(to_, ignored);
  }

  Status make(Restored& restored) {
    std::error_code error;
    if (!fs::create_directory(to_, error))
      return fail(
          cannot("create " + to_, error ? error : std::make_error_code(std::errc::file_exists)));
    if (::chmod(to_.c_str(), kFolderMode) != 0) return fail(errno_error("chmod " + to_));
    for (fs::directory_iterator at(from_, error), end; !error && at != end; at.increment(error)) {
      if (!at->is_regular_file() || at->path().filename() == kLockFile) continue;
      if (auto copied = copy_file(at->path(), restored); !copied) return copied;
    }
    if (error) return fail(cannot("read " + from_, error));
    return sync_path(to_);
  }
  void keep() { kept_ = true; }

 private:
  Status copy_file(const fs::path& file, Restored& restored) {
    const std::string target = to_ + "/" + file.filename().string();
    std::error_code error;
    const std::uintmax_t bytes = fs::file_size(file, error);
    restored.bytes += bytes;
    if (may_be_shared(file) && belongs_to_owner(file)) {
      fs::create_hard_link(file, target, error);
      if (!error) {
        restored.linked_bytes += bytes;
        return {};
      }
      error.clear();  // another file system, or one without links
    }
    fs::copy_file(file, target, error);
    if (error) return fail(cannot("copy " + file.string() + " to " + target, error));
    return sync_path(target);
  }

  // A shared table changes hands in the backup as well, so it must not have to.
  bool belongs_to_owner(const fs::path& file) const {
    struct stat found{};
    return !gives_away_ || (::stat(file.c_str(), &found) == 0 && found.st_uid == owner_.st_uid);
  }

  std::string from_;
  std::string to_;
  bool gives_away_ = false;
  struct stat owner_{};
  bool kept_ = false;
};

// What root wrote must not be closed to the aggregator.
Status give_to_owner(const std::string& folder, const std::string& example) {
  struct stat owner{};
  if (::geteuid() != 0 || ::stat(example.c_str(), &owner) != 0) return {};
  std::error_code error;
  std::vector<std::string> paths{folder};
  for (fs::directory_iterator at(folder, error), end; !error && at != end; at.increment(error))
    paths.push_back(at->path().string());
  for (const std::string& path : paths) {
    if (::lchown(path.c_str(), owner.st_uid, owner.st_gid) != 0)
      return fail(errno_error("chown " + path));
  }
  return {};
}

Result<VerifyReport> open_and_verify(const std::string& path, const Store::Progress& progress) {
  Options options;
  options.path = path;
  options.background = false;
  auto store = open(std::move(options));
  if (!store) return fail(store.error());
  auto report = (*store)->verify(progress);
  const StoreStats stats = (*store)->stats();
  // It opened, but would take nothing: that is no store to go back to.
  if (report && stats.read_only && report->problem_count == 0) {
    report->problem_count = 1;
    report->problems.push_back({"the store as a whole", stats.cannot_write});
  }
  return report;
}

Status check_backup(const RestoreRequest& request) {
  std::error_code error;
  if (!fs::exists(request.backup + "/" + kCurrentFile, error)) {
    return fail(ErrorCode::kNotFound,
                request.backup +
                    " is not a backup: there is no file CURRENT in it. headroom backup makes one");
  }
  if (fs::exists(request.store, error) && fs::equivalent(request.backup, request.store, error)) {
    return fail(ErrorCode::kInvalidArgument,
                request.backup + " is the store itself, not a backup of it");
  }
  return {};
}

// The store of before gets another name, the copy gets its name; if that fails, all is as it was.
Status swap_in(const std::string& copy, const std::string& store, const std::string& aside) {
  const std::string parent = fs::path(store).parent_path().string();
  if (!aside.empty() && ::rename(store.c_str(), aside.c_str()) != 0)
    return fail(errno_error("rename " + store + " to " + aside));
  if (::rename(copy.c_str(), store.c_str()) != 0) {
    const Error error = errno_error("rename " + copy + " to " + store);
    if (!aside.empty() && ::rename(aside.c_str(), store.c_str()) != 0)
      return fail(error.within("the store of before is at " + aside));
    return fail(error);
  }
  return sync_path(parent.empty() ? "." : parent);
}

}  // namespace

Result<Restored> restore(const RestoreRequest& asked, const Store::Progress& progress) {
  const RestoreRequest request{without_slash(asked.backup), without_slash(asked.store), asked.now};
  if (auto good = check_backup(request); !good) return fail(good.error());
  std::error_code error;
  const bool present = fs::exists(request.store, error);
  const std::string parent = fs::path(request.store).parent_path().string();
  if (auto made = make_directories(parent.empty() ? "." : parent); !made) return fail(made.error());
  std::optional<Fd> lock;
  if (present) {
    auto locked = lock_store(request.store);
    if (!locked) return fail(locked.error());
    lock = std::move(*locked);
  }

  Restored restored;
  const std::string stamp = stamp_of(request.now);
  const std::string beside = request.store + ".restoring-" + stamp;
  const std::string owner = present ? request.store : parent.empty() ? "." : parent;
  Copy copy(request.backup, beside, owner);
  if (auto made = copy.make(restored); !made) return fail(made.error());
  auto report = open_and_verify(beside, progress);
  if (!report) return fail(report.error().within("the backup cannot be used"));
  if (report->problem_count > 0) {
    return fail(ErrorCode::kCorruption,
                "the backup is damaged: " + std::to_string(report->problem_count) +
                    " problems, the first in " + report->problems.front().where + ": " +
                    report->problems.front().what + ". The store is left as it is");
  }
  restored.report = std::move(*report);
  if (auto given = give_to_owner(beside, owner); !given) return fail(given.error());
  if (auto synced = sync_path(beside); !synced) return fail(synced.error());
  if (present) restored.aside = request.store + ".before-restore-" + stamp;
  if (auto swapped = swap_in(beside, request.store, restored.aside); !swapped)
    return fail(swapped.error());
  copy.keep();
  return restored;
}

Result<VerifyReport> verify_folder(const std::string& path, const Store::Progress& progress) {
  const std::string folder = without_slash(path);
  std::error_code error;
  if (!fs::exists(folder + "/" + kCurrentFile, error))
    return fail(ErrorCode::kNotFound, folder + " is not a store: there is no file CURRENT in it");
  auto report = open_and_verify(folder, progress);
  if (!report) return report;
  if (auto given = give_to_owner(folder, folder); !given) return fail(given.error());
  return report;
}

}  // namespace headroom::store::rocks
