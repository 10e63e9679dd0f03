// One line of the StatsD protocol: NAME:VALUE|TYPE[|@RATE][|#TAG:VALUE,...]
// (https://github.com/statsd/statsd/blob/master/docs/metric_types.md, and for tags, several values
// and the types h and d https://docs.datadoghq.com/developers/dogstatsd/datagram_shell). Nothing is
// copied and nothing allocated.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace headroom::agent::statsd {

enum class Type : std::uint8_t {
  kCounter,       // c
  kGauge,         // g
  kTimer,         // ms: milliseconds
  kDistribution,  // h, d: numbers of any unit
};

struct Line {
  std::string_view name;
  std::string_view values;  // one or more, separated by ':'
  Type type = Type::kCounter;
  double rate = 1;        // share of events that were sent, above 0 and at most 1
  std::string_view tags;  // between '#' and the end of the section, may be empty
};

// Nothing when it is not of this form, or is of a type that is not understood (sets, events,
// service checks). Sections that are not known are passed over.
std::optional<Line> parse_line(std::string_view text);

struct Number {
  double value = 0;
  bool is_signed = false;  // with an explicit '+' or '-', which makes a gauge's a change
};

// Takes the first value off `values`. Nothing when it is no finite number below kLargest.
std::optional<Number> take_value(std::string_view& values);

inline constexpr double kLargest = 1e15;
// A rate below it is a mistake: one event would stand for more than a million.
inline constexpr double kSmallestRate = 1e-6;

}  // namespace headroom::agent::statsd
