#include "agent/collectors/numbers.h"

#include <cmath>
#include <utility>

namespace headroom::agent {
namespace {

constexpr double kRatioSteps = 10'000;
constexpr std::uint64_t kWrap = 1ULL << 32;

}  // namespace

// Dividing by a power of ten gives the double nearest to the short decimal; multiplying by 0.0001
// would not.
double quantised_ratio(double ratio) { return std::round(ratio * kRatioSteps) / kRatioSteps; }

double quantised_rate(double rate) { return std::round(rate); }

double to_seconds(std::chrono::nanoseconds duration) {
  return std::chrono::duration<double>(duration).count();
}

std::optional<std::uint64_t> Counter::growth(std::uint64_t now, std::uint64_t plausible_wrap) {
  const auto before = std::exchange(before_, now);
  if (!before) return std::nullopt;
  if (now >= *before) return now - *before;
  if (*before < kWrap && now + kWrap - *before <= plausible_wrap) return now + kWrap - *before;
  return std::nullopt;
}

double SteadyCounter::value(std::uint64_t now) {
  if (now < before_) left_ += before_ - now;
  before_ = now;
  return static_cast<double>(left_ + now);
}

}  // namespace headroom::agent
