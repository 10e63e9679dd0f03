// Files of /proc, /sys and cgroups that are read again and again.
//
// The kernel writes such a file anew for every read from its start, so it is opened once and read
// with pread into a buffer that is kept. Nothing is allocated once the buffer has its size. Each
// object belongs to one thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/file.h"
#include "common/base/result.h"

namespace headroom::agent {

class ProcFile {
 public:
  // The largest file that is read whole; /proc/stat of a host with 1000 cores has a twentieth of
  // it.
  static constexpr std::size_t kLimitBytes = 4u << 20;

  // How long one record can be. The kernel hands out whole records, as many as fit a page: a read
  // that gave less than half of one, and less than was asked for, gave all there is, unless a
  // single record may be longer than the other half.
  enum class Records { kShort, kLong };

  explicit ProcFile(std::string path, Records records = Records::kShort)
      : path_(std::move(path)), records_(records) {}

  // The whole content as of now, valid until the next read(). A descriptor that stopped working
  // (its device went away and came back) is replaced once. Errors name the path: kNotFound,
  // kPermissionDenied, kLimitExceeded, kUnavailable for an empty file, kInternal for what else the
  // kernel says.
  Result<std::string_view> read();

  const std::string& path() const { return path_; }

 private:
  Status open();
  Result<std::size_t> fill();

  std::string path_;
  Records records_;
  Fd fd_;
  std::vector<char> buffer_;
};

// A file that need not be there: a kernel module that is not loaded, a limit that is not set. It is
// looked for again at every kRetryReads-th read only, because a failing open costs more than most
// reads.
class OptionalProcFile {
 public:
  static constexpr unsigned kRetryReads = 60;

  explicit OptionalProcFile(std::string path) : file_(std::move(path)) {}

  // Nothing when it is not there, cannot be read or is empty.
  std::optional<std::string_view> read();

 private:
  ProcFile file_;
  unsigned skip_reads_ = 0;
};

// A file that holds one whole number (it may be negative), opened and closed again: for what is
// read once a minute from many places, such as link speeds. Nothing when it cannot be read or holds
// something else.
std::optional<std::int64_t> read_number_file(const std::string& path);

}  // namespace headroom::agent
