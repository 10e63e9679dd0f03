#include "aggregator/forecast/theta.h"

#include <algorithm>
#include <cmath>

#include "aggregator/forecast/classical.h"
#include "aggregator/forecast/ets.h"
#include "aggregator/forecast/optimise.h"
#include "aggregator/forecast/robust.h"
#include "common/base/result.h"

namespace headroom::forecast {
namespace {

constexpr double kAlphaLeast = 0.1;
constexpr double kAlphaMost = 0.99;
constexpr double kThetaLeast = 1;
constexpr double kThetaMost = 50;

}  // namespace

SeasonallyAdjusted::SeasonallyAdjusted(std::span<const double> values, std::size_t season)
    : values_(values.begin(), values.end()), factors_(ets_positive(values)) {
  if (!seems_seasonal(values, season)) return;
  auto index = classical_season(values, season, factors_);
  if (!index) return;
  index_ = std::move(*index);
  for (std::size_t i = 0; i < values_.size(); ++i) {
    const double by = index_[i % season];
    values_[i] = factors_ ? values_[i] / by : values_[i] - by;
  }
}

void SeasonallyAdjusted::restore(std::span<double> path) const {
  if (index_.empty()) return;
  for (std::size_t h = 0; h < path.size(); ++h) {
    const double by = index_[(values_.size() + h) % index_.size()];
    path[h] = factors_ ? path[h] * by : path[h] + by;
  }
}

double run_dynamic_theta(std::span<const double> values, const DynamicTheta& model,
                         std::span<double> path) {
  HEADROOM_ASSERT(!values.empty());
  const double keep = 1 - model.alpha;
  const double share = 1 - 1 / model.theta;
  double level = model.alpha * values[0] + keep * model.first_level;
  double mean = values[0];
  double intercept = values[0];
  double slope = 0;
  double kept = keep;  // keep^t after t values
  double squares = 0;
  const std::size_t n = values.size();
  for (std::size_t i = 1; i < n + path.size(); ++i) {
    const double next = kept * keep;
    const double forecast = level + share * (kept * intercept + (1 - next) / model.alpha * slope);
    // Past the end the forecast stands for the value.
    const double value = i < n ? values[i] : forecast;
    if (i >= n) path[i - n] = forecast;
    squares += (value - forecast) * (value - forecast);
    kept = next;
    level = model.alpha * value + keep * level;
    // Least squares on 1 … t, one value at a time.
    const double t = real(i + 1);
    slope = ((t - 2) * slope + 6 / t * (value - mean)) / (t + 1);
    mean += (value - mean) / t;
    intercept = mean - (t + 1) / 2 * slope;
  }
  return squares;
}

DynamicTheta fit_dynamic_theta(std::span<const double> values, double theta) {
  double most = 1e-9;
  for (const double value : values) most = std::max(most, std::abs(value));
  const auto model_of = [&](std::span<const double> free) {
    return DynamicTheta{
        .first_level = most * free[0],
        .alpha = bounded(free[1], kAlphaLeast, kAlphaMost),
        .theta =
            theta > 0 ? std::max(theta, kThetaLeast) : bounded(free[2], kThetaLeast, kThetaMost),
    };
  };
  const Objective objective = [&](std::span<const double> free) {
    return std::log(run_dynamic_theta(values, model_of(free), {}) + 1e-24);
  };
  std::vector<double> start{values[0] / 2 / most, unbounded(0.5, kAlphaLeast, kAlphaMost)};
  if (!(theta > 0)) start.push_back(unbounded(2, kThetaLeast, kThetaMost));
  const Search search{.evaluations = 60 * start.size(), .tolerance = 1e-7};
  return model_of(nelder_mead(objective, start, 0.5, search).at);
}

}  // namespace headroom::forecast
