// Classical decomposition: the seasonal indices that textbooks work out by hand.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <vector>

namespace headroom::forecast {

// Seasonal indices by phase (index % period): means of the differences from (or, multiplicative,
// ratios to) a centred moving average of one period, adjusted to sum 0 (mean 1); Kendall & Stuart
// 1983, as R's decompose() has them. None with fewer than two whole periods, and, multiplicative,
// where an average or an index is not positive. O(n).
std::optional<std::vector<double>> classical_season(std::span<const double> values,
                                                    std::size_t period, bool multiplicative);

// Whether the autocorrelation at lag `period` is beyond the 90 % bound of Bartlett's formula: the
// test by which the Theta method decides on seasonal adjustment (Assimakopoulos & Nikolopoulos
// 2000). False with fewer than two periods and a value, and for a constant.
bool seems_seasonal(std::span<const double> values, std::size_t period);

}  // namespace headroom::forecast
