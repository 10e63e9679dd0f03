// Time zone files in the TZif format of RFC 8536, versions 1 to 4 (RFC 9636), as `zic` writes them.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "common/base/posix_tz.h"
#include "common/base/result.h"
#include "common/base/time_zone.h"

namespace headroom {

struct TzifContent {
  std::vector<TimeZone::Span> spans;  // never empty; ascending
  std::optional<PosixZone> rule;      // after the last span; the file's footer
};

// Any bytes are safe. kCorruption where they are no such file, with what is wrong; kUnsupported for
// files that count leap seconds ("right/…"), because Unix time does not.
Result<TzifContent> parse_tzif(std::string_view bytes);

}  // namespace headroom
