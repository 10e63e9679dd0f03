// Small files and descriptors.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <sys/types.h>

#include "common/base/result.h"

namespace headroom {

// Owns a file descriptor and closes it.
class Fd {
 public:
  Fd() = default;
  explicit Fd(int fd) : fd_(fd) {}
  Fd(Fd&& other) noexcept : fd_(other.release()) {}
  Fd& operator=(Fd&& other) noexcept;
  Fd(const Fd&) = delete;
  Fd& operator=(const Fd&) = delete;
  ~Fd() { reset(); }

  int get() const { return fd_; }
  explicit operator bool() const { return fd_ >= 0; }
  int release();
  void reset();

 private:
  int fd_ = -1;
};

// Whole content of a file of at most `limit` bytes; a longer one is kLimitExceeded.
Result<std::string> read_file(const std::string& path, std::size_t limit = 16u << 20);

// Replaces `path` as a whole: written beside it, synced, renamed; a reader sees the old or the new
// content, never a mix.
Status write_file_atomically(const std::string& path, std::string_view content, mode_t mode = 0644);

// Creates `path` and its missing parents (mode 0750). Fine if it is there already.
Status make_directories(const std::string& path);

}  // namespace headroom
