// Robust trend: its slope and whether there is one at all.
#pragma once

#include <cstddef>
#include <span>

namespace headroom::forecast {

// Above this many values theil_sen() works on medians of equal blocks, which keeps it below 125 000
// pairs.
inline constexpr std::size_t kTheilSenExact = 500;

// Slope per index: the median over all pairs of (y[j] - y[i]) / (j - i); 0 for fewer than two
// values. Theil 1950, Sen 1968. Exact up to kTheilSenExact values.
double theil_sen(std::span<const double> y);

struct MannKendall {
  double s = 0;         // pairs that rise minus pairs that fall
  double variance = 0;  // of s without a trend, ties corrected
  double z = 0;         // s over its standard deviation, continuity corrected
  double p_value = 1;   // two-sided, normal approximation
};

// Mann 1945, Kendall 1975. O(n log n): pairs that fall are counted while the values are sorted by
// merging (Knight 1966).
// With `serial_correlation` the variance grows by (1 + r) / (1 - r), r being the lag-1
// autocorrelation about the Theil–Sen line where that is positive (Yue & Wang 2004), so that a
// wandering level is not called a trend.
MannKendall mann_kendall(std::span<const double> y, bool serial_correlation = false);

// Steps that a damped trend has run `step` steps ahead: all of them up to `straight`, then ever
// fewer, `straight` more at most. A trend seen for a month says little about next year.
double damped_steps(double step, double straight);

}  // namespace headroom::forecast
