// Does a history repeat itself after so many steps?
#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace headroom::forecast {

struct PeriodTest {
  double correlation = 0;  // mean over up to five later periods at the same phase, in [-1, 1]
  double p_value = 1;      // one-sided
  // Whether the next period looks like this one, as far as chance allows to tell. If it is rather
  // every third, the history has another period, and this one merely shares a divisor with it.
  bool recurs = true;
};

// `values` may hold NaN and are clipped already; there must be two periods of them. Averaged into
// at most 168 bins per period and freed of a moving average one period long; then what correlates
// with the same phase of later periods is the season. Under a random walk as under white noise that
// correlation is zero, because the average's window is no longer than the lag. Its standard error
// follows Bartlett (1946), with the autocorrelation of what remains without the phase means, so
// that a smooth wandering history needs more periods to convince than a noisy one. `inner` is a
// shorter period that is known already, 0 for none: where it divides this one, the test is of what
// it leaves, and the correlation must exceed that about a seventh of the period before and after,
// at the same phase of the short one, so that a short pattern that slowly changes is not taken for
// a longer one.
PeriodTest test_period(std::span<const double> values, std::size_t period, std::size_t inner);

// Share of the values on either side.
inline constexpr double kClip = 0.002;

// The values, clipped at the outermost `share` of the known ones on either side, so that one wild
// value can neither hide nor feign a season; not at all where all others are the same. NaN stays.
std::vector<double> clipped(std::span<const double> values, double share = kClip);

// Straight lines in place of NaN, flat beyond the first and the last known value; all NaN stays.
void interpolate(std::span<double> y);

// The series less a centred moving average of `window` < size() values, all of them known. The
// average stays flat beyond its ends: going on in a line would make a single step in two periods
// look like a sawtooth that repeats.
std::vector<double> detrended(std::span<const double> y, std::size_t window);

// Sum of y[i] × y[i - lag]; 0 where there is no pair.
double lagged_product(std::span<const double> y, std::size_t lag);

// Takes the mean of the known values at each phase away; NaN stays.
void remove_phase_means(std::span<double> y, std::size_t period);

inline constexpr std::size_t kPeriodMin = 3;  // steps

}  // namespace headroom::forecast
