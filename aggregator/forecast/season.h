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
// where the history holds at least two of it; where no day shows, for any other period from
// six of it on (period_search.h), such as a job every seven hours, in the newest
// kOtherSeasonPoints. `values` may contain NaN. Returns what it found by ascending period.
//
// The test of one period is season_test.h's. A week is tested on what the day leaves, and must
// correlate better than the days around it, so that a daily pattern that slowly changes is not
// taken for a weekly one.
std::vector<Season> find_seasons(std::span<const double> values, std::chrono::milliseconds step);

// The period that stands for "the season" where one is needed: the shortest that is at least a day,
// else the longest; 0 for none.
std::size_t main_period(const std::vector<Season>& seasons, std::chrono::milliseconds step);

// The smallest significance that counts; four candidates keep the share of false claims below 2 %.
inline constexpr double kSeasonPValue = 0.004;
// Three days that are alike are taken for a daily season, although three of anything prove little:
// nearly all load has one.
inline constexpr double kObviousPValue = 0.02;
inline constexpr double kObviousStrength = 0.9;
// A weaker repetition is no help to a forecast, however significant in a long history; one that no
// calendar supports has to be clearer.
inline constexpr double kSeasonStrength = 0.03;
inline constexpr double kOtherStrength = 0.15;
inline constexpr std::size_t kOtherSeasonPoints = 8192;

}  // namespace headroom::forecast
