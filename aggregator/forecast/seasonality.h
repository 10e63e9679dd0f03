// Seasonality of any period: which, how strong, and how sure. For people and reports; forecasting
// itself asks find_seasons(), which is cheaper and leaves out what a forecast cannot use.
#pragma once

#include <chrono>
#include <cstddef>
#include <span>
#include <vector>

namespace headroom::forecast {

struct Seasonality {
  std::size_t period = 0;  // steps
  // F_S = max(0, 1 - Var(R) / Var(S + R)) with S this period's pattern and R what no pattern and no
  // moving average explains (Hyndman & Athanasopoulos 2021, §4.3), with the degrees of freedom
  // taken into account, so that noise folded over a few periods has strength 0. In [0, 1].
  double strength = 0;
  // For the whole family of periods looked at, so that no correction is left to the caller.
  double p_value = 1;
};

// A claim's p_value is at most this, and so is the share of histories without any season for which
// one is claimed.
inline constexpr double kSeasonalityLevel = 0.02;
inline constexpr std::size_t kSeasonalityMost = 6;  // claims per series
// Newest points looked at for the hour, day, week and year…
inline constexpr std::size_t kSeasonalityPoints = 2'000'000;
// …and for periods that nobody named.
inline constexpr std::size_t kSearchPoints = 131'072;

// By ascending period; NaN is a value that is not known, an infinity too. The hour, the day, the
// week and the year are tested where the history holds two of them (season_test.h), any other
// period from six of them on (period_search.h, and season_test.h must agree). Candidates from the
// spectrum that the series itself must confirm: after Vlachos, Yu & Castelli 2005. What has been
// found is taken out before the next one is looked for.
//
// Of a period and its multiples the one is named that explains the series: every 90 minutes, not
// every day, where days differ no more than chance; the day and not its half, where two peaks a day
// differ. A divisor stands beside its multiple only if it explains kDivisorShare of that one's
// pattern, or repeats five times in it or more often, or is the hour, the day or the week.
// O(n log n).
std::vector<Seasonality> detect_seasonality(std::span<const double> values,
                                            std::chrono::milliseconds step);

inline constexpr double kDivisorShare = 0.85;

}  // namespace headroom::forecast
