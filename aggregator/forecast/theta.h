// The Theta method: half of a straight line and an exponentially smoothed level, on the seasonally
// adjusted series.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace headroom::forecast {

// A series freed of its season, if the Theta method's test sees one (classical.h): by factors where
// all values are positive, as in the paper, else by summands.
class SeasonallyAdjusted {
 public:
  SeasonallyAdjusted(std::span<const double> values, std::size_t season);

  const std::vector<double>& values() const { return values_; }
  bool seasonal() const { return !index_.empty(); }
  // Gives path[h], which belongs to index values().size() + h, its season back.
  void restore(std::span<double> path) const;

 private:
  std::vector<double> values_;
  std::vector<double> index_;
  bool factors_ = false;
};

// The dynamic optimised Theta model of Fiorucci, Pellegrini, Louzada, Petropoulos & Koehler 2016,
// "Models for optimising the theta method and their relationship to state space models" (IJF 32):
// the straight line is refitted at every point, so that it follows changes of the trend.
struct DynamicTheta {
  double first_level = 0;
  double alpha = 0.5;
  double theta = 2;  // >= 1; 1 is simple exponential smoothing
};

// Σ of squared one-step errors from the second value on. `path` gets the forecasts after the last
// value and may be empty.
double run_dynamic_theta(std::span<const double> values, const DynamicTheta& model,
                         std::span<double> path);

// The least Σ over first level, alpha in [0.1, 0.99] and theta in [1, 50], as the paper searches;
// `theta` > 0 fixes that one. Needs 4 values.
DynamicTheta fit_dynamic_theta(std::span<const double> values, double theta = 0);

}  // namespace headroom::forecast
