// An answer that is written piece by piece, since a forecast of many series does not fit memory
// twice.
#pragma once

#include <iosfwd>
#include <string>
#include <string_view>
#include <sys/types.h>

#include "common/base/file.h"
#include "common/base/result.h"

namespace headroom::cli {

// Like write_output(): a regular file is replaced as a whole by commit(), and without it keeps its
// old content; devices, pipes and standard output (an empty path or "-") get the pieces at once.
class OutputStream {
 public:
  static Result<OutputStream> open(const std::string& path, std::ostream& standard);
  ~OutputStream();
  OutputStream(OutputStream&& other) noexcept;
  OutputStream& operator=(OutputStream&&) = delete;
  OutputStream(const OutputStream&) = delete;
  OutputStream& operator=(const OutputStream&) = delete;

  Status append(std::string_view text);
  Status commit();

 private:
  explicit OutputStream(std::ostream& standard) : standard_(&standard) {}
  Error failure() const;

  std::ostream* standard_ = nullptr;
  Fd fd_;               // -1: to standard_
  std::string path_;    // as given, for errors
  std::string target_;  // what temporary_ becomes
  std::string temporary_;
};

}  // namespace headroom::cli
