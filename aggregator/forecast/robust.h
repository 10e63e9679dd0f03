// Statistics that a few wild values cannot move. All inputs are finite; all results are finite as
// long as the inputs stay below 1e150 in size, which forecast() sees to by scaling the history
// to 1.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace headroom::forecast {

constexpr double real(std::size_t count) { return static_cast<double>(count); }

// Middle value, the mean of the two middle ones for an even count; 0 for none. Reorders its input,
// O(n).
double median_inplace(std::span<double> values);
double median(std::span<const double> values);

// Linear interpolation between order statistics (Hyndman & Fan 1996, type 7), p in [0, 1]; 0 for no
// values.
double quantile_sorted(std::span<const double> ascending, double p);

struct Weighted {
  double value = 0;
  double weight = 0;  // >= 0
};

// The point where half of the weight lies on either side, interpolated between the neighbours'
// weight centres, so it moves smoothly with the weights and equals the median for equal ones. 0 for
// no weight. Reorders its input.
double weighted_median_inplace(std::span<Weighted> items);

// The value at which half of the weight is passed, without interpolation, so that what several
// agree on comes out exactly; the mean of two where half lies just between them. 0 for no weight.
// Reorders its input.
double weighted_median_of(std::span<Weighted> items);

// Spread about a centre, comparable to a standard deviation under normality: 1.4826 × the median
// absolute deviation; where more than half of the values coincide, 1.2533 × the mean absolute
// deviation.
double spread(std::span<const double> values, double centre);

// Mean of |v[i] - v[i - lag]|; 0 where there is no pair.
double mean_abs_difference(std::span<const double> values, std::size_t lag);

// The power of two that the finite values scaled by its inverse stay below: those are at most 1 in
// size, so that neither their sums nor their squares overflow. 0 where all are 0 or unknown.
int exponent_of(std::span<const double> values);
// The values times 2^exponent.
std::vector<double> scaled(std::span<const double> values, int exponent);
// The same of one number, held within what a double can say; NaN stays.
double scaled_within(double value, int exponent);

// Medians of consecutive blocks of `length` values, aligned to the end, so that the last block is
// whole and the oldest remainder is left out. Oldest first.
std::vector<double> block_medians(std::span<const double> values, std::size_t length);

}  // namespace headroom::forecast
