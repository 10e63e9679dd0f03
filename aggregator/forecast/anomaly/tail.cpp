#include "aggregator/forecast/anomaly/tail.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace headroom::forecast {
namespace {

constexpr double kTailShare = 0.02;
constexpr std::size_t kLeastTail = 10;
// Thinner than this a tail of some dozen values cannot be known to be.
constexpr double kLeastIndex = 0.05;
constexpr double kMostSize = 1e6;

float bounded(double size) {
  return static_cast<float>(std::clamp(size, TailSurprise::kResolution, kMostSize));
}

}  // namespace

double hill_tail_index(std::span<const double> descending) {
  if (descending.size() < 2) return 0;
  double sum = 0;
  for (const double value : descending) sum += std::log(value / descending.back());
  return sum / static_cast<double>(descending.size() - 1);
}

double TailSurprise::of(double size) const {
  const std::size_t n = past_.size();
  if (n < kLeastPast) return 0;
  const float now = bounded(size);
  const std::size_t k =
      std::max(kLeastTail, static_cast<std::size_t>(kTailShare * static_cast<double>(n)));
  const float threshold = past_.largest(k - 1);
  if (now <= threshold) {
    const double as_large = static_cast<double>(past_.count_at_least(now));
    return std::max(0.0, -std::log10((as_large + 0.5) / (static_cast<double>(n) + 1)));
  }
  constexpr std::size_t kMostTail = static_cast<std::size_t>(kTailShare * kMostPast) + kLeastTail;
  std::array<double, kMostTail> tail{};
  for (std::size_t i = 0; i < k; ++i) tail[i] = static_cast<double>(past_.largest(i));
  const double index = std::max(kLeastIndex, hill_tail_index({tail.data(), k}));
  const double share = static_cast<double>(k) / static_cast<double>(n);
  const double beyond = std::log10(static_cast<double>(now) / static_cast<double>(threshold));
  return std::clamp(beyond / index - std::log10(share), 0.0, kMost);
}

void TailSurprise::learn(double size) { past_.push(bounded(size)); }

}  // namespace headroom::forecast
