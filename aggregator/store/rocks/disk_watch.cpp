#include "aggregator/store/rocks/disk_watch.h"

#include <algorithm>
#include <sys/statvfs.h>

namespace headroom::store::rocks {
namespace {

std::string mebibytes(std::uint64_t bytes) { return std::to_string(bytes >> 20) + " MiB"; }

}  // namespace

DiskSpace disk_space(const std::string& path) {
  struct statvfs disk{};
  if (::statvfs(path.c_str(), &disk) != 0) return {};
  const auto block = static_cast<std::uint64_t>(disk.f_frsize);
  return {static_cast<std::uint64_t>(disk.f_bavail) * block,
          static_cast<std::uint64_t>(disk.f_blocks) * block};
}

void DiskWatch::look() {
  looked_ = std::chrono::steady_clock::now();
  written_ = 0;
  const DiskSpace space = look_();
  free_ = space.free_bytes;
  kept_ = std::min(reserve_bytes_, space.size_bytes / kShare);
}

std::string DiskWatch::full(std::uint64_t about_to_write) {
  const std::lock_guard lock(mutex_);
  written_ += about_to_write;
  // While it is full every call looks: it goes on as soon as there is room.
  if (free_ < kept_ || written_ > kEveryBytes ||
      std::chrono::steady_clock::now() - looked_ > kEvery)
    look();
  if (free_ >= kept_) return {};
  return "the disk of " + path_ + " has " + mebibytes(free_) +
         " left, and store.reserve_mib keeps " + mebibytes(kept_) +
         " free: make room, shorten store.retention_raw or set store.max_gib; it goes on by itself";
}

std::uint64_t DiskWatch::free_bytes() {
  const std::lock_guard lock(mutex_);
  look();
  return free_;
}

}  // namespace headroom::store::rocks
