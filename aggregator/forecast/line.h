// A straight line through a series, with a level for each phase of its season.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace headroom::forecast {

struct Line {
  double slope = 0;              // per step
  std::vector<double> by_phase;  // level at index 0 of each phase; one entry without a season

  double at(std::size_t index) const {
    return by_phase[index % by_phase.size()] + slope * static_cast<double>(index);
  }
};

// Weighted least squares of y on the index and on dummies for the phases index % period (1: a
// common level). The dummies are taken out by subtracting each phase's weighted means (Frisch &
// Waugh 1933), so a fit is O(n) for any period. `weights` >= 0, one per value, or empty for equal
// ones. Needs n >= period >= 1. Where no phase holds two values of weight the slope is 0.
Line fit_line(std::span<const double> y, std::size_t period, std::span<const double> weights = {});

// Huber's M-estimate of the same line (Huber 1964, 1973): iteratively reweighted least squares with
// the tuning constant 1.345 and the scale re-estimated by the median absolute residual / 0.6745 in
// every round, until no residual moves by more than 1e-6 of that scale or 30 rounds.
Line fit_huber_line(std::span<const double> y, std::size_t period);

}  // namespace headroom::forecast
