#include "agent/collectors/cgroup_file.h"

#include <cerrno>
#include <fcntl.h>
#include <unistd.h>
#include <utility>

namespace headroom::agent {
namespace {

// Gone, not there, not allowed, or switched off in this kernel or cgroup.
bool is_absence(int error) {
  return error == ENOENT || error == ENODEV || error == EACCES || error == EPERM ||
         error == EOPNOTSUPP || error == ENOTDIR;
}

}  // namespace

bool CgroupFile::open(const CgroupContext& context) {
  fd_ = Fd(::open(context.path.c_str(), O_RDONLY | O_CLOEXEC));
  if (fd_) return true;
  if (!is_absence(errno)) context.failure.add(errno_error("open " + context.path));
  absent_ = is_absence(errno);
  return false;
}

std::optional<std::string_view> CgroupFile::read(const CgroupContext& context,
                                                 const std::string& hierarchy,
                                                 std::string_view cgroup, std::string_view name) {
  if (absent_ || hierarchy.empty()) return std::nullopt;
  context.path.assign(hierarchy).append(cgroup).append("/").append(name);
  bool fresh = !fd_;
  if (fresh && !open(context)) return std::nullopt;
  for (;;) {
    // The kernel writes such a file as one record, which it hands out whole.
    const ssize_t got = ::pread(fd_.get(), context.text.data(), context.text.size(), 0);
    if (got >= 0 && static_cast<std::size_t>(got) < context.text.size()) {
      return std::string_view(context.text.data(), static_cast<std::size_t>(got));
    }
    if (got >= 0) {
      context.failure.add(
          {ErrorCode::kLimitExceeded,
           context.path + " is larger than " + std::to_string(context.text.size()) + " bytes"});
      return std::nullopt;
    }
    if (errno == EINTR) continue;
    const int error = errno;
    if (!is_absence(error)) context.failure.add(errno_error("read " + context.path));
    fd_.reset();
    absent_ = fresh && is_absence(error);
    // The cgroup may have been made anew under its old name.
    if (std::exchange(fresh, true) || !open(context)) return std::nullopt;
  }
}

void CgroupFile::forget() {
  fd_.reset();
  absent_ = false;
}

}  // namespace headroom::agent
