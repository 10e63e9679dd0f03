// What a series is: a metric name, a unit, a kind and a sorted set of attributes. Names and units
// follow the OpenTelemetry semantic conventions
// (https://opentelemetry.io/docs/specs/semconv/system/).
#pragma once

#include <bit>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/base/clock.h"
#include "common/base/result.h"

namespace headroom {

enum class Kind : std::uint8_t {
  kGauge = 0,
  kCounter = 1,  // only grows, except when it starts again from zero
};

struct Attribute {
  std::string key;
  std::string value;
  friend auto operator<=>(const Attribute&, const Attribute&) = default;
};
using Attributes = std::vector<Attribute>;  // sorted by key, no key twice

struct Series {
  std::string metric;  // for example system.memory.usage
  std::string unit;    // UCUM: "By", "s", "1" for ratios, "{cpu}"
  Kind kind = Kind::kGauge;
  Attributes attributes;
  friend bool operator==(const Series&, const Series&) = default;
};

struct Sample {
  UnixMs time = 0;
  double value = 0;
  friend bool operator==(const Sample&, const Sample&) = default;
};

// A value that was not there at its grid point: a device that went away, a file that could not be
// read. It is a NaN with Prometheus's stale-marker payload, so it can be told from a NaN that was
// measured.
inline constexpr std::uint64_t kMissingBits = 0x7ff0000000000002;
inline double missing_value() { return std::bit_cast<double>(kMissingBits); }
inline bool is_missing(double value) { return std::bit_cast<std::uint64_t>(value) == kMissingBits; }

// The attribute's value, or empty.
std::string_view attribute(const Attributes& attributes, std::string_view key);

// Sorts by key; a key that stands twice keeps its first value.
void normalize(Attributes& attributes);

// Both sets; where a key is in both, `first` wins. Sorted.
Attributes merged(const Attributes& first, const Attributes& second);

// Names, attribute keys and sizes within the limits of common/base/limits.h, attributes sorted and
// unique.
Status validate(const Series& series);

// system.memory.usage{host.name="a",system.memory.state="used"}
std::string to_string(const Series& series);

}  // namespace headroom
