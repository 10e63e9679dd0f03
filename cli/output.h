// Where answers go: standard output, or the file of --output.
#pragma once

#include <iosfwd>
#include <string>
#include <string_view>

#include "common/base/result.h"

namespace headroom::cli {

enum class Format { kTable, kJson, kCsv };

// Replaces a regular file as a whole, so a failed verb leaves the old content; writes into devices
// and pipes as they are. An empty path or "-" is standard output. Errors name the path.
Status write_output(const std::string& path, std::string_view text, std::ostream& standard);

}  // namespace headroom::cli
