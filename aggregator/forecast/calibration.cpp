#include "aggregator/forecast/calibration.h"

#include <algorithm>
#include <cmath>

#include "aggregator/forecast/random_walk.h"

namespace headroom::forecast {
namespace {

constexpr double kSameLevel = 1e-9;
constexpr double kTailMost = 0.4;  // so near to the median, quantiles tell nothing of width

// Factor for a bound that `seen` of the truth passed where `wanted` should have.
double factor(double wanted, double seen, double points) {
  if (wanted >= kTailMost) return 1;
  // One point more than there were: nothing seen beyond a bound is no proof that nothing ever is.
  const double share = std::clamp(seen, std::min(1 / (points + 1), kTailMost), kTailMost);
  const double ratio = normal_quantile(wanted) / normal_quantile(share);
  const double trust = points / (points + kCalibrationBelief);
  return std::clamp(1 + trust * (ratio - 1), 1 / kCalibrationMost, kCalibrationMost);
}

}  // namespace

ErrorBounds calibrated(const ErrorBounds& bounds, double level, const Experience* experience) {
  if (experience == nullptr) return bounds;
  const auto seen =
      std::find_if(experience->levels.begin(), experience->levels.end(),
                   [&](const auto& one) { return std::abs(one.level - level) < kSameLevel; });
  if (seen == experience->levels.end() || !(seen->points > 0)) return bounds;
  const double tail = (1 - level) / 2;
  return {bounds.lower * factor(tail, seen->below, seen->points),
          bounds.upper * factor(tail, seen->above, seen->points)};
}

double experienced_mae(double mae, double naive_mae, double points, std::string_view model,
                       const Experience* experience) {
  if (experience == nullptr) return mae;
  const auto seen = std::find_if(experience->models.begin(), experience->models.end(),
                                 [&](const auto& one) { return one.model == model; });
  if (seen == experience->models.end() || !(seen->points + points > 0)) return mae;
  return (points * mae + seen->points * seen->relative_error * naive_mae) / (points + seen->points);
}

}  // namespace headroom::forecast
