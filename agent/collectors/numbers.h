// What collectors do with numbers: growth of counters, and values as short decimals. Short decimals
// are what the column codec packs best; a ratio's fifth digit is noise.
#pragma once

#include <chrono>
#include <cstdint>
#include <limits>
#include <optional>

namespace headroom::agent {

// A number that was not to be had: whatever is reckoned from it is unknown too, and no series takes
// it.
inline constexpr double kUnknown = std::numeric_limits<double>::quiet_NaN();

// 0 for negative numbers; unknown stays unknown.
inline double not_below_zero(double value) { return value < 0 ? 0.0 : value; }

// To 0.0001.
double quantised_ratio(double ratio);
// To whole units per second.
double quantised_rate(double rate);

double to_seconds(std::chrono::nanoseconds duration);

// A counter of the kernel's, looked at once per grid point.
class Counter {
 public:
  // How much it grew since the last look. Nothing the first time, and nothing once when it stepped
  // back, which means that it began anew. Fields that the kernel keeps in 32 bits wrap: where the
  // growth across the wrap would be at most `plausible_wrap`, it is taken for that.
  std::optional<std::uint64_t> growth(std::uint64_t now, std::uint64_t plausible_wrap = 0);
  // The next look is a first one again.
  void forget() { before_.reset(); }

 private:
  std::optional<std::uint64_t> before_;
};

// A sum over devices never steps back when one of them leaves and takes its share along.
class SteadyCounter {
 public:
  double value(std::uint64_t now);

 private:
  std::uint64_t before_ = 0;
  std::uint64_t left_ = 0;  // with devices that are gone
};

}  // namespace headroom::agent
