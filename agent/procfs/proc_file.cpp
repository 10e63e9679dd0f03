#include "agent/procfs/proc_file.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <fcntl.h>
#include <unistd.h>

#include "common/base/text.h"

namespace headroom::agent {
namespace {

constexpr std::size_t kFirstBufferBytes = 1024;
constexpr std::size_t kHalfPage = 2048;

ssize_t pread_again(int fd, char* to, std::size_t bytes, std::size_t offset) {
  ssize_t got = -1;
  do {
    got = ::pread(fd, to, bytes, static_cast<off_t>(offset));
  } while (got < 0 && errno == EINTR);
  return got;
}

}  // namespace

Status ProcFile::open() {
  fd_ = Fd(::open(path_.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd_) return fail(errno_error("open " + path_));
  return {};
}

// Reads to the end. A short read is no end: the kernel hands lists out a page at a time.
Result<std::size_t> ProcFile::fill() {
  if (buffer_.empty()) buffer_.resize(kFirstBufferBytes);
  std::size_t size = 0;
  for (;;) {
    if (size == buffer_.size()) buffer_.resize(std::min(2 * size, kLimitBytes + 1));
    const ssize_t got = pread_again(fd_.get(), buffer_.data() + size, buffer_.size() - size, size);
    if (got < 0) return fail(errno_error("read " + path_));
    if (got == 0) break;
    size += static_cast<std::size_t>(got);
    if (records_ == Records::kShort && size < kHalfPage && size < buffer_.size()) break;
    if (size > kLimitBytes) {
      std::vector<char>().swap(buffer_);  // A file gone mad must not keep the memory.
      return fail(ErrorCode::kLimitExceeded,
                  path_ + " is larger than " + std::to_string(kLimitBytes) + " bytes");
    }
  }
  if (size == 0) return fail(ErrorCode::kUnavailable, path_ + " is empty");
  return size;
}

Result<std::string_view> ProcFile::read() {
  bool fresh = false;
  if (!fd_) {
    if (auto opened = open(); !opened) return fail(opened.error());
    fresh = true;
  }
  auto size = fill();
  if (!size && !fresh && size.error().code != ErrorCode::kLimitExceeded) {
    if (auto opened = open(); !opened) return fail(opened.error());
    size = fill();
  }
  if (!size) {
    fd_.reset();
    return fail(size.error());
  }
  return std::string_view(buffer_.data(), *size);
}

std::optional<std::string_view> OptionalProcFile::read() {
  if (skip_reads_ > 0) {
    --skip_reads_;
    return std::nullopt;
  }
  const auto content = file_.read();
  if (!content) {
    skip_reads_ = kRetryReads - 1;
    return std::nullopt;
  }
  return *content;
}

std::optional<std::int64_t> read_number_file(const std::string& path) {
  const Fd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd) return std::nullopt;
  std::array<char, 64> buffer{};
  const ssize_t got = pread_again(fd.get(), buffer.data(), buffer.size(), 0);
  if (got <= 0) return std::nullopt;
  return parse_int(trim(std::string_view(buffer.data(), static_cast<std::size_t>(got))));
}

}  // namespace headroom::agent
