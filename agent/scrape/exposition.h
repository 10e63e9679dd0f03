// Prometheus's text format, version 0.0.4
// (https://prometheus.io/docs/instrumenting/exposition_formats/#text-format-details).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "common/model/series.h"

namespace headroom::agent::scrape {

inline constexpr std::size_t kMaxSeries = 500;  // of all targets together
inline constexpr std::size_t kMaxNameBytes = 190;
inline constexpr std::size_t kMaxLabels = 8;
inline constexpr std::size_t kMaxLabelBytes = 200;  // of a label's value

struct Point {
  std::string key;  // the series in one spelling
  Series series;
  double value = 0;  // NaN and infinities as they were told
};

// Why a line of the text brings no point.
struct Refused {
  std::uint64_t malformed = 0;
  std::uint64_t labels = 0;  // too many, too long, or no names of Headroom's
  std::uint64_t limit = 0;   // beyond the number of points
  bool operator==(const Refused&) const = default;
};

// The wanted points of the text, at most `room`. `wanted` as Options::metrics. Names keep their
// spelling but for ':', which becomes '_'; units are told by the suffixes _seconds, _bytes and
// _ratio.
// Counters are what the text calls so, histograms, sums and counts of summaries, and names in
// _total.
std::vector<Point> parse_exposition(std::string_view text, const std::vector<std::string>& wanted,
                                    std::size_t room, Refused& refused);

}  // namespace headroom::agent::scrape
