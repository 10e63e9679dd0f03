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

SideFactors calibration_of(double level, const Experience* experience) {
  if (experience == nullptr) return {};
  const auto seen =
      std::find_if(experience->levels.begin(), experience->levels.end(),
                   [&](const auto& one) { return std::abs(one.level - level) < kSameLevel; });
  if (seen == experience->levels.end() || !(seen->points > 0)) return {};
  const double tail = (1 - level) / 2;
  return {factor(tail, seen->below, seen->points), factor(tail, seen->above, seen->points)};
}

ErrorBounds calibrated(const ErrorBounds& bounds, double level, const Experience* experience) {
  const SideFactors factors = calibration_of(level, experience);
  return {bounds.lower * factors.lower, bounds.upper * factors.upper};
}

std::vector<Interval> uncalibrated(const Point& point, std::span<const SideFactors> factors,
                                   double least) {
  std::vector<Interval> plain;
  plain.reserve(point.intervals.size());
  for (std::size_t l = 0; l < point.intervals.size(); ++l) {
    const Interval& given = point.intervals[l];
    const SideFactors by = l < factors.size() ? factors[l] : SideFactors{};
    Interval one = given;
    if (given.lower > least) {
      one.lower = std::max(least, point.value - (point.value - given.lower) / by.lower);
    }
    one.upper = point.value + (given.upper - point.value) / by.upper;
    // A bound that had to hold the level before was moved by that one's factor, not by its own.
    if (l > 0 && given.lower == point.intervals[l - 1].lower) one.lower = plain.back().lower;
    if (l > 0 && given.upper == point.intervals[l - 1].upper) one.upper = plain.back().upper;
    plain.push_back(one);
  }
  return plain;
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
