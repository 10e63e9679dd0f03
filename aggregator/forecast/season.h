// Which seasons a history has: only those that a test shows, never one that the calendar merely
// suggests.
#pragma once

#include <chrono>
#include <cstddef>
#include <span>
#include <vector>

namespace headroom::forecast {

struct Season {
  std::size_t period = 0;  // steps
  // Mean correlation between a period and later ones at the same phase, in (0, 1].
  double strength = 0;
  double p_value = 1;  // one-sided, of that correlation
};

// Looks for the day, the week, the hour and (for steps of half a day and longer) the year, each
// where the history holds at least two of it. `values` may contain NaN. Returns what it found by
// ascending period.
//
// The test of one period: the history, clipped at its outermost 0.2 %, is averaged into at most 168
// bins per period and freed of a moving average one period long. What then repeats from period to
// period is the season: under a random walk as under white noise the correlation at whole periods
// is zero, because the average's window is no longer than the lag. Its standard error follows
// Bartlett (1946), with the autocorrelation of what remains without the phase means, so that a
// smooth wandering history needs more periods to convince than a noisy one. A week is tested on
// what the day leaves, and must correlate better than the days around it, so that a daily pattern
// that slowly changes is not taken for a weekly one.
std::vector<Season> find_seasons(std::span<const double> values, std::chrono::milliseconds step);

// The period that stands for "the season" where one is needed: the shortest that is at least a day,
// else the longest; 0 for none.
std::size_t main_period(const std::vector<Season>& seasons, std::chrono::milliseconds step);

// The smallest significance that counts; four candidates keep the share of false claims below 2 %.
inline constexpr double kSeasonPValue = 0.004;
// A weaker repetition is no help to a forecast, however significant in a long history.
inline constexpr double kSeasonStrength = 0.03;

}  // namespace headroom::forecast
