#include "cli/offline/output_stream.h"

#include <cerrno>
#include <cstdlib>
#include <fcntl.h>
#include <filesystem>
#include <ostream>
#include <sys/stat.h>
#include <unistd.h>

namespace headroom::cli {
namespace {

mode_t current_umask() {
  const mode_t mask = ::umask(0);
  ::umask(mask);
  return mask;
}

}  // namespace

Result<OutputStream> OutputStream::open(const std::string& path, std::ostream& standard) {
  OutputStream stream(standard);
  if (path.empty() || path == "-") return stream;
  stream.path_ = path;
  struct stat found{};
  const bool exists = ::stat(path.c_str(), &found) == 0;
  if (exists && !S_ISREG(found.st_mode)) {
    stream.fd_ = Fd(::open(path.c_str(), O_WRONLY | O_CLOEXEC));
    if (!stream.fd_) return fail(errno_error("open " + path));
    return stream;
  }
  // A link keeps pointing where it points; what it points to is replaced.
  std::error_code error;
  const auto target =
      exists ? std::filesystem::canonical(path, error) : std::filesystem::path(path);
  stream.target_ = error ? path : target.string();
  std::string pattern = stream.target_ + ".XXXXXX";
  stream.fd_ = Fd(::mkostemp(pattern.data(), O_CLOEXEC));
  if (!stream.fd_) return fail(errno_error("create a file beside " + path));
  stream.temporary_ = pattern;
  if (::fchmod(stream.fd_.get(), exists ? found.st_mode & 07777u : 0666u & ~current_umask()) != 0)
    return fail(errno_error("set the mode of " + path));
  return stream;
}

OutputStream::OutputStream(OutputStream&& other) noexcept
    : standard_(other.standard_),
      fd_(std::move(other.fd_)),
      path_(std::move(other.path_)),
      target_(std::move(other.target_)),
      temporary_(std::move(other.temporary_)) {
  other.temporary_.clear();
}

OutputStream::~OutputStream() {
  if (!temporary_.empty()) ::unlink(temporary_.c_str());
}

Error OutputStream::failure() const { return errno_error("write " + path_); }

Status OutputStream::append(std::string_view text) {
  if (!fd_) {
    standard_->write(text.data(), static_cast<std::streamsize>(text.size()));
    if (*standard_) return {};
    return fail(ErrorCode::kUnavailable, "writing to standard output failed (is the disk full?)");
  }
  while (!text.empty()) {
    const ssize_t written = ::write(fd_.get(), text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return fail(failure());
    text.remove_prefix(static_cast<std::size_t>(written));
  }
  return {};
}

Status OutputStream::commit() {
  if (!fd_) {
    standard_->flush();
    return append({});
  }
  if (temporary_.empty()) return {};
  if (::fsync(fd_.get()) != 0) return fail(failure());
  if (::rename(temporary_.c_str(), target_.c_str()) != 0) return fail(failure());
  temporary_.clear();
  return {};
}

}  // namespace headroom::cli
