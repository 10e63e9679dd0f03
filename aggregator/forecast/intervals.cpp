#include "aggregator/forecast/intervals.h"

#include <algorithm>
#include <cmath>

#include "aggregator/forecast/robust.h"
#include "common/base/result.h"

namespace headroom::forecast {
namespace {

constexpr double kTailErrors = 5;    // independent errors that a tail is fitted to
constexpr double kStretchMost = 10;  // one freak origin shall not make the bounds useless
constexpr std::size_t kNone = static_cast<std::size_t>(-1);

// Errors from one origin share the error of its level, so they are worth fewer independent ones;
// how many shows in how far the origins' mean errors scatter: were they independent, the mean of n
// would have an n-th of their variance. Windows that overlap are counted by the time they cover.
double independent_worth(const std::vector<std::vector<double>>& errors, double windows) {
  double squares = 0;
  double mean_squares = 0;
  double known = 0;
  double used = 0;
  for (const auto& path : errors) {
    double sum = 0;
    double count = 0;
    for (const double error : path) {
      if (std::isnan(error)) continue;
      sum += error;
      squares += error * error;
      count += 1;
    }
    if (!(count > 0)) continue;
    mean_squares += sum * sum / count / count;
    known += count;
    used += 1;
  }
  if (!(known > 0)) return 1;
  const double per_path = known / used;
  const double scatter = mean_squares / used;
  const double worth =
      scatter > 0 ? std::clamp(squares / known / scatter, 1.0, per_path) : per_path;
  return std::clamp(windows, 1.0, used) * worth;
}

// Bound that a fresh error passes with probability `tail`. Where fewer than kTailErrors independent
// errors lie beyond the plain quantile, the tail above a lower threshold is taken as exponential,
// its mean estimated from k errors, for which the predictive distribution is P(excess > c × mean) =
// (1 + c / k)^-k.
double tail_bound(std::span<const double> ascending, double tail, double worth) {
  const double threshold_tail = std::min(0.5, std::max(tail, kTailErrors / worth));
  const double threshold = quantile_sorted(ascending, 1 - threshold_tail);
  if (threshold_tail <= tail) return threshold;
  double excess = 0;
  double above = 0;
  for (std::size_t i = ascending.size(); i-- > 0 && ascending[i] > threshold; above += 1) {
    excess += ascending[i] - threshold;
  }
  if (!(above > 0)) return threshold;
  const double k = std::max(threshold_tail * worth, 1.0);
  return threshold + excess / above * k * (std::pow(threshold_tail / tail, 1 / k) - 1);
}

}  // namespace

Intervals::Intervals(std::vector<std::vector<double>> errors, std::span<const std::size_t> origins,
                     std::vector<double> scales, double floor)
    : origins_(origins.begin(), origins.end()), scales_(std::move(scales)), floor_(floor) {
  HEADROOM_ASSERT(errors.size() == origins_.size() && !scales_.empty());
  for (std::size_t o = 0; o < errors.size(); ++o) {
    steps_ = std::max(steps_, errors[o].size());
    for (std::size_t h = 0; h < errors[o].size(); ++h) errors[o][h] /= phase_scale(origins_[o] + h);
  }
  growth_ = Growth(errors);
  for (std::size_t o = 0; o < errors.size(); ++o) {
    for (std::size_t h = 0; h < errors[o].size(); ++h) {
      errors[o][h] /= growth_.at(h + 1);
      if (!std::isnan(errors[o][h])) errors_.push_back({errors[o][h], o});
    }
  }
  HEADROOM_ASSERT(!errors_.empty());
  std::sort(errors_.begin(), errors_.end(), [](const Normalised& a, const Normalised& b) {
    return a.error != b.error ? a.error < b.error : a.origin < b.origin;
  });
  const auto [oldest, newest] = std::minmax_element(origins_.begin(), origins_.end());
  worth_ = independent_worth(errors, real(*newest + steps_ - *oldest) / real(steps_));
}

// From all errors but those whose windows share time with that of `origin`; from all where none is
// left, or for kNone.
ErrorBounds Intervals::bounds_without(std::size_t origin, double level) const {
  std::vector<double> above;
  for (const Normalised& item : errors_) {
    if (origin != kNone) {
      const std::size_t here = origins_[origin];
      const std::size_t there = origins_[item.origin];
      if (std::max(here, there) - std::min(here, there) < steps_) continue;
    }
    above.push_back(item.error);
  }
  if (above.empty()) return bounds_without(kNone, level);
  std::vector<double> below(above.rbegin(), above.rend());
  for (double& error : below) error = -error;
  const double worth = std::max(1.0, worth_ * real(above.size()) / real(errors_.size()));
  const double tail = (1 - level) / 2;
  return {-std::max(0.0, tail_bound(below, tail, worth)),
          std::max(0.0, tail_bound(above, tail, worth))};
}

std::vector<double> Intervals::stretches(double level) const {
  std::vector<ErrorBounds> without;
  for (std::size_t o = 0; o < origins_.size(); ++o) without.push_back(bounds_without(o, level));
  std::vector<double> result;
  result.reserve(errors_.size());
  for (const Normalised& item : errors_) {
    const double bound = item.error < 0 ? without[item.origin].lower : without[item.origin].upper;
    const bool inside = std::abs(item.error) <= kStretchMost * std::abs(bound);
    result.push_back(item.error == 0 ? 0 : inside ? item.error / bound : kStretchMost);
  }
  return result;
}

ErrorBounds Intervals::unit(double level) const {
  const ErrorBounds bounds = bounds_without(kNone, level);
  std::vector<double> needed = stretches(level);
  std::sort(needed.begin(), needed.end());
  const double stretch = kAhead * std::max(1.0, quantile_sorted(needed, level));
  return {bounds.lower * stretch, bounds.upper * stretch};
}

ErrorBounds Intervals::at(std::size_t index, std::size_t step, const ErrorBounds& unit) const {
  const double size = phase_scale(index) * growth_.at(step);
  return {std::min(-floor_, unit.lower * size), std::max(floor_, unit.upper * size)};
}

double Intervals::held_out_coverage(double level) const {
  const std::vector<double> needed = stretches(level);
  double inside = 0;
  for (std::size_t o = 0; o < origins_.size(); ++o) {
    std::vector<double> others;
    for (std::size_t i = 0; i < errors_.size(); ++i) {
      if (errors_[i].origin != o) others.push_back(needed[i]);
    }
    std::sort(others.begin(), others.end());
    const double stretch = std::max(1.0, quantile_sorted(others, level));
    for (std::size_t i = 0; i < errors_.size(); ++i) {
      inside += errors_[i].origin == o && needed[i] <= stretch ? 1 : 0;
    }
  }
  return inside / real(errors_.size());
}

}  // namespace headroom::forecast
