#include "aggregator/forecast/season.h"

#include <algorithm>
#include <cmath>

#include "aggregator/forecast/period_search.h"
#include "aggregator/forecast/season_test.h"

namespace headroom::forecast {

using std::chrono::hours;
using std::chrono::milliseconds;

namespace {

constexpr std::size_t kTries = 4;

// The likeliest period that no calendar knows and that the series itself confirms.
std::vector<Season> other_season(std::span<const double> usable) {
  const auto newest = usable.last(std::min(usable.size(), kOtherSeasonPoints));
  std::vector<double> y(newest.begin(), newest.end());
  interpolate(y);
  if (y.empty() || std::isnan(y.front())) return {};
  const Spectrum spectrum = spectrum_of(y, kClip);
  for (const SpectralPeriod& candidate : search_periods(spectrum, kSeasonPValue, kTries)) {
    const std::size_t period = refined_period(y, candidate.period);
    const PeriodTest test = test_period(newest, period, 0);
    if (test.p_value > kSeasonPValue || test.correlation < kOtherStrength || !test.recurs) continue;
    return {{period, test.correlation, candidate.p_value}};
  }
  return {};
}

}  // namespace

std::vector<Season> find_seasons(std::span<const double> values, milliseconds step) {
  const auto steps = [&](milliseconds length) {
    return static_cast<std::size_t>((length + step / 2) / step);
  };
  const std::vector<double> usable = clipped(values);
  std::vector<Season> found;
  std::size_t day = 0;
  const auto try_period = [&](std::size_t period, std::size_t inner, bool likely = false) {
    if (period < kPeriodMin || values.size() / 2 < period) return false;
    const PeriodTest test = test_period(usable, period, inner);
    const bool obvious =
        likely && test.correlation >= kObviousStrength && test.p_value <= kObviousPValue;
    if ((test.p_value > kSeasonPValue && !obvious) || test.correlation < kSeasonStrength ||
        !test.recurs) {
      return false;
    }
    found.push_back({period, test.correlation, test.p_value});
    return true;
  };
  if (try_period(steps(hours(24)), 0, true)) day = found.back().period;
  try_period(steps(hours(24 * 7)), day);
  try_period(steps(hours(1)), 0);
  if (step >= hours(12)) try_period(steps(hours(24) * 1461 / 4), 0);
  if (day == 0) {
    // Every 7 hours is every week too.
    auto other = other_season(usable);
    if (!other.empty() && std::all_of(found.begin(), found.end(), [&](const Season& season) {
          return season.period % other.front().period == 0;
        })) {
      return other;
    }
  }
  std::sort(found.begin(), found.end(),
            [](const Season& a, const Season& b) { return a.period < b.period; });
  return found;
}

std::size_t main_period(const std::vector<Season>& seasons, milliseconds step) {
  for (const Season& season : seasons) {
    if (step * static_cast<std::int64_t>(season.period) >= hours(23)) return season.period;
  }
  return seasons.empty() ? 0 : seasons.back().period;
}

}  // namespace headroom::forecast
