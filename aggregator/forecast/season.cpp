#include "aggregator/forecast/season.h"

#include <algorithm>

#include "aggregator/forecast/season_test.h"

namespace headroom::forecast {

using std::chrono::hours;
using std::chrono::milliseconds;

std::vector<Season> find_seasons(std::span<const double> values, milliseconds step) {
  const auto steps = [&](milliseconds length) {
    return static_cast<std::size_t>((length + step / 2) / step);
  };
  const std::vector<double> usable = clipped(values);
  std::vector<Season> found;
  std::size_t day = 0;
  const auto try_period = [&](std::size_t period, std::size_t inner) {
    if (period < kPeriodMin || values.size() / 2 < period) return false;
    const PeriodTest test = test_period(usable, period, inner);
    if (test.p_value > kSeasonPValue || test.correlation < kSeasonStrength) return false;
    found.push_back({period, test.correlation, test.p_value});
    return true;
  };
  if (try_period(steps(hours(24)), 0)) day = found.back().period;
  try_period(steps(hours(24 * 7)), day);
  try_period(steps(hours(1)), 0);
  if (step >= hours(12)) try_period(steps(hours(24) * 1461 / 4), 0);
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
