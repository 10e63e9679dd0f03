// Free space of the store's disk, looked at now and then.
//
// Thread safety: every call from any thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <mutex>
#include <string>

namespace headroom::store::rocks {

struct DiskSpace {
  std::uint64_t free_bytes = UINT64_MAX;  // for us
  std::uint64_t size_bytes = UINT64_MAX;
};

// Of the disk that holds the path. What cannot be asked is taken to be large: it shows itself when
// it is full.
DiskSpace disk_space(const std::string& path);

class DiskWatch {
 public:
  using Look = std::function<DiskSpace()>;

  // `reserve_bytes` are kept free, or a tenth of the disk where that is less.
  DiskWatch(std::string path, std::uint64_t reserve_bytes, Look look)
      : path_(std::move(path)), reserve_bytes_(reserve_bytes), look_(std::move(look)) {}

  // Why nothing more should be written; empty: there is room. Looks again after kEvery, or when
  // kEveryBytes were written since.
  std::string full(std::uint64_t about_to_write);
  std::uint64_t free_bytes();

  static constexpr std::chrono::milliseconds kEvery{1000};
  static constexpr std::uint64_t kEveryBytes = 4u << 20;
  static constexpr std::uint64_t kShare = 10;

 private:
  void look();  // under mutex_

  const std::string path_;
  const std::uint64_t reserve_bytes_;
  const Look look_;
  std::mutex mutex_;
  std::chrono::steady_clock::time_point looked_{};  // guarded by mutex_, as all below
  std::uint64_t written_ = 0;                       // since then
  std::uint64_t free_ = UINT64_MAX;
  std::uint64_t kept_ = 0;
};

}  // namespace headroom::store::rocks
