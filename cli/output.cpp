#include "cli/output.h"

#include <filesystem>
#include <fstream>
#include <ostream>
#include <sys/stat.h>

#include "common/base/file.h"

namespace headroom::cli {
namespace {

mode_t current_umask() {
  const mode_t mask = ::umask(0);
  ::umask(mask);
  return mask;
}

}  // namespace

Status write_output(const std::string& path, std::string_view text, std::ostream& standard) {
  if (path.empty() || path == "-") {
    standard << text << std::flush;
    if (!standard)
      return fail(ErrorCode::kUnavailable, "writing to standard output failed (is the disk full?)");
    return {};
  }
  struct stat found{};
  const bool exists = ::stat(path.c_str(), &found) == 0;
  if (exists && !S_ISREG(found.st_mode)) {
    std::ofstream file(path, std::ios::binary);
    file << text << std::flush;
    if (!file) return fail(errno_error("write " + path));
    return {};
  }
  // A link keeps pointing where it points; what it points to is replaced.
  std::error_code error;
  const std::filesystem::path target =
      exists ? std::filesystem::canonical(path, error) : std::filesystem::path(path);
  const mode_t mode = exists ? found.st_mode & 07777u : 0666u & ~current_umask();
  return write_file_atomically(error ? path : target.string(), text, mode);
}

}  // namespace headroom::cli
