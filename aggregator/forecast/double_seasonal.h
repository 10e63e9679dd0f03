// Exponential smoothing with two seasons, such as the day and the week, and an autoregressive
// correction of its errors: Taylor 2003, "Short-term electricity demand forecasting using double
// seasonal exponential smoothing" (JORS 54).
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <vector>

namespace headroom::forecast {

struct DoubleSeasonal {
  bool factors = false;  // seasons multiply, as in the paper; else they add up (Taylor 2010)
  double alpha = 0.05;   // gain of the level
  double beta = 0;       // of the trend
  double gamma = 0.1;    // of the shorter season
  double omega = 0.1;    // of the longer season
  double phi = 0.5;      // of the last error in the next forecast
  // The state: before the first value, moved by run() to after the last.
  double level = 0;
  double slope = 0;
  std::vector<double> brief;  // one per phase, brief[0] for the next value
  std::vector<double> whole;
  double error = 0;  // of the last value, before the correction

  // Mean squared one-step error. With factors, infinity where the state leaves the positive
  // numbers.
  double run(std::span<const double> values);
  void path(std::span<double> to) const;
};

// Least squares over alpha, gamma, omega, phi and, with `trend`, beta, in about 100 passes; the
// first states come from a classical decomposition. None with fewer than two of the longer period
// or, with factors, where one cannot divide by the values.
std::optional<DoubleSeasonal> fit_double_seasonal(std::span<const double> values, std::size_t brief,
                                                  std::size_t whole, bool factors, bool trend);

}  // namespace headroom::forecast
