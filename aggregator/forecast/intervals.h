// Intervals from what the forecasts of the past got wrong.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "aggregator/forecast/backtest.h"

namespace headroom::forecast {

// Error bounds around a forecast: truth - forecast lies in [lower, upper] with the probability of the level.
// lower <= 0 <= upper; a higher level never gives a narrower pair.
struct ErrorBounds {
  double lower = 0;
  double upper = 0;
};

// How much the values of each phase of the season usually move from one season to the next, against the mean of all
// phases (1 throughout where there is no season, or too little of it). Index: phase counted from values[0].
std::vector<double> phase_scales(std::span<const double> truth, std::size_t season);

// Error bounds by horizon, phase and level, learnt from a backtest.
class Intervals {
 public:
  // `errors[o][h]`: truth - forecast from origin o at step h + 1, NaN where unknown. `scales` from phase_scales().
  // `floor` > 0: the least half width that is believed, whatever the backtest says.
  Intervals(const std::vector<std::vector<double>>& errors, std::span<const std::size_t> origins,
            std::vector<double> scales, double floor);

  // Bounds of a level, to be scaled to a point with at().
  ErrorBounds unit(double level) const;
  // `index`: of the forecast point, counted from values[0]; `step` >= 1.
  ErrorBounds at(std::size_t index, std::size_t step, const ErrorBounds& unit) const;

  double growth(std::size_t step) const;  // of the errors' size; never falls with the step

 private:
  double phase_scale(std::size_t index) const { return scales_[index % scales_.size()]; }

  std::vector<double> scales_;
  double floor_ = 0;
  std::vector<double> growth_;      // at steps 1, 2, 4, 8 …
  std::size_t steps_ = 0;           // longest step seen
  double beyond_ = 0;               // power of growth past it
  // An error over scale and growth, and where its path began.
  struct Normalised {
    double error = 0;
    std::size_t origin = 0;
  };
  // How far the bounds that the other origins give must be stretched to hold each origin's errors at `level`.
  double stretch(double level) const;
  ErrorBounds bounds_without(std::size_t origin, double tail) const;

  std::vector<std::size_t> origins_;
  std::vector<Normalised> errors_;  // ascending
  double effective_ = 0;            // as many independent errors they are worth
};

// Without a backtest: one-step differences, growing with the square root of the step as a random walk's errors do.
class RandomWalkBounds {
 public:
  RandomWalkBounds(std::span<const double> truth, double floor);
  ErrorBounds at(std::size_t step, double level) const;

 private:
  double one_step_ = 0;
};

// Quantile of the standard normal distribution, p in (0, 1); solved from std::erfc by halving.
double normal_quantile(double p);

}  // namespace headroom::forecast
