#include "common/base/file.h"

#include <array>
#include <cerrno>
#include <fcntl.h>
#include <filesystem>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace headroom {

Fd& Fd::operator=(Fd&& other) noexcept {
  if (this != &other) {
    reset();
    fd_ = other.release();
  }
  return *this;
}

int Fd::release() { return std::exchange(fd_, -1); }

void Fd::reset() {
  if (fd_ >= 0) ::close(fd_);
  fd_ = -1;
}

Result<std::string> read_file(const std::string& path, std::size_t limit) {
  const Fd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd) return fail(errno_error("open " + path));
  std::string content;
  std::array<char, 65536> buffer{};
  for (;;) {
    const ssize_t got = ::read(fd.get(), buffer.data(), buffer.size());
    if (got < 0) {
      if (errno == EINTR) continue;
      return fail(errno_error("read " + path));
    }
    if (got == 0) return content;
    content.append(buffer.data(), static_cast<std::size_t>(got));
    if (content.size() > limit) {
      return fail(ErrorCode::kLimitExceeded,
                  path + " is larger than " + std::to_string(limit) + " bytes");
    }
  }
}

namespace {

Status write_all(int fd, std::string_view content, const std::string& path) {
  while (!content.empty()) {
    const ssize_t put = ::write(fd, content.data(), content.size());
    if (put < 0) {
      if (errno == EINTR) continue;
      return fail(errno_error("write " + path));
    }
    content.remove_prefix(static_cast<std::size_t>(put));
  }
  if (::fsync(fd) != 0) return fail(errno_error("sync " + path));
  return {};
}

}  // namespace

Status write_file_atomically(const std::string& path, std::string_view content, mode_t mode) {
  const std::string beside = path + ".new";
  {
    const Fd fd(::open(beside.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode));
    if (!fd) return fail(errno_error("create " + beside));
    if (::fchmod(fd.get(), mode) != 0) return fail(errno_error("chmod " + beside));
    if (auto written = write_all(fd.get(), content, beside); !written) {
      ::unlink(beside.c_str());
      return written;
    }
  }
  if (::rename(beside.c_str(), path.c_str()) != 0) return fail(errno_error("rename to " + path));
  return {};
}

Status make_directories(const std::string& path) {
  if (path.empty()) return {};  // the parent of a relative name: where we are
  std::error_code error;
  const std::filesystem::path wanted(path);
  std::filesystem::path current;
  for (const auto& part : wanted) {
    current /= part;
    if (std::filesystem::is_directory(current, error)) continue;
    if (::mkdir(current.c_str(), 0750) != 0 && errno != EEXIST) {
      return fail(errno_error("create directory " + current.string()));
    }
  }
  if (!std::filesystem::is_directory(wanted, error)) {
    return fail(ErrorCode::kInvalidArgument, path + " exists and is not a directory");
  }
  return {};
}

}  // namespace headroom
