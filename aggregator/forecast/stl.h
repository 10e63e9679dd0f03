// Decomposition into trend, seasons and remainder by local regression: STL (Cleveland, Cleveland,
// McRae & Terpenning 1990, J. Official Statistics 6) and, for several seasons, MSTL (Bandara,
// Hyndman & Bergmeir 2021). Pure functions, callable from any thread; O(values) for given periods.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "aggregator/forecast/loess.h"

namespace headroom::forecast {

struct StlOptions {
  std::size_t season_window = 11;  // periods over which a phase may change, odd, at least 3
  bool periodic = false;           // the season is the same in all periods
  bool robust = false;             // outliers lose their weight, 15 rounds
  // Fit at every tenth of a window only, straight in between, as R's stl() does.
  bool jumps = true;
};

struct Stl {
  std::vector<double> trend;
  std::vector<double> season;
  std::vector<double> remainder;  // values = trend + season + remainder
  std::vector<double> weights;    // robustness weights of the last round, in [0, 1]; empty without
};

// Windows of trend and low-pass filter follow from period and season_window as in R's stl(). Robust
// weights use the true median of the residuals' sizes, as the paper does; R's sorts wrongly for an
// even number of values.
// Needs period >= 2 and two periods of values (asserted).
Stl stl(std::span<const double> values, std::size_t period, const StlOptions& options);

// What the product shows: values = trend + Σ seasonals + remainder, all as long as the values.
struct Decomposition {
  std::vector<std::size_t> periods;            // those seen more than twice, ascending
  std::vector<std::vector<double>> seasonals;  // one per period
  std::vector<double> trend;
  std::vector<double> remainder;
};

// MSTL with two rounds over the periods and season windows of 11, 15, 19…; a single period gets
// STL with 11. Periods of which there are not more than two are left out; with none left the trend
// is a local line over a third of the history. Any number of values; none gives nothing.
Decomposition decompose(std::span<const double> values, std::span<const std::size_t> periods,
                        bool robust = false);

}  // namespace headroom::forecast
