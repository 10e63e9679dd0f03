// The spread to assume where the past is too short to have been forecast.
#pragma once

#include <cstddef>
#include <span>

#include "aggregator/forecast/intervals.h"

namespace headroom::forecast {

// Error bounds of the last value as a forecast, were the history a random walk: the mean one-step
// difference, taken for that of a normal distribution, grows with the square root of the step.
class RandomWalk {
 public:
  // Differences between neighbouring known values of `truth`; at least `least`.
  RandomWalk(std::span<const double> truth, double least);

  double one_step() const { return one_step_; }  // standard deviation
  ErrorBounds at(std::size_t step, double level) const;

 private:
  double one_step_ = 0;
};

// Quantile of the standard normal distribution, p in (0, 1); solved from std::erfc by halving.
double normal_quantile(double p);

}  // namespace headroom::forecast
