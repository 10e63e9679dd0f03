#include "aggregator/forecast/scenario.h"

#include <algorithm>
#include <cmath>

#include "aggregator/forecast/robust.h"
#include "common/base/text.h"

namespace headroom::forecast {
namespace {

constexpr double kLargest = std::numeric_limits<double>::max();
constexpr double kNormalP90 = 1.2815515655446004;  // quantile 0.9 of the standard normal

// Median of the known values of each block, aligned to the end; NaN where none is known.
std::vector<double> season_medians(std::span<const double> history, std::size_t length) {
  const std::size_t blocks = std::min(history.size() / length, kGrowthSeasonsMost);
  std::vector<double> medians;
  medians.reserve(blocks);
  std::vector<double> known;
  for (std::size_t block = blocks; block > 0; --block) {
    known.clear();
    for (const double value : history.subspan(history.size() - block * length, length)) {
      if (std::isfinite(value)) known.push_back(value);
    }
    medians.push_back(known.empty() ? std::numeric_limits<double>::quiet_NaN()
                                    : median_inplace(known));
  }
  return medians;
}

Status check(const Scenario& scenario) {
  const auto invalid = [](std::string what) {
    return fail(ErrorCode::kInvalidArgument, std::move(what));
  };
  if (scenario.events.size() > kScenarioEventsMost ||
      scenario.changes.size() > kScenarioEventsMost) {
    return fail(ErrorCode::kLimitExceeded, "a scenario may have at most " +
                                               std::to_string(kScenarioEventsMost) +
                                               " events and as many changes");
  }
  for (const LevelChange& change : scenario.changes) {
    if (!(change.factor >= 0 && std::isfinite(change.factor)) || !std::isfinite(change.add)) {
      return invalid("the change from " + format_time(change.from) +
                     " on needs a factor of 0 or more and a finite amount");
    }
  }
  for (const EventFactor& event : scenario.events) {
    if (!(event.factor >= 0 && std::isfinite(event.factor)))
      return invalid("the event of " + format_time(event.from) + " needs a factor of 0 or more");
    if (event.to <= event.from)
      return invalid("the event of " + format_time(event.from) + " ends before it begins");
  }
  if (!(scenario.lower_bound <= scenario.upper_bound)) {
    return invalid("no value lies between the bounds " + format_double(scenario.lower_bound) +
                   " and " + format_double(scenario.upper_bound));
  }
  return {};
}

// value × factor + add; factor >= 0, so the order of a point's values stays.
struct Affine {
  double factor = 1;
  double add = 0;
};

Affine growth_at(std::size_t step, const GrowthOutlook& outlook, GrowthCase growth) {
  if (growth == GrowthCase::kForecast) return {};
  const double slope = (growth == GrowthCase::kP10 ? outlook.p10 : outlook.p90) - outlook.p50;
  const double more = slope * real(step);
  if (outlook.level > 0) return {std::max(0.0, 1 + more / outlook.level), 0};
  return {1, more};
}

Affine change_at(UnixMs time, const GrowthOutlook& outlook, std::size_t step,
                 const Scenario& scenario) {
  Affine all = growth_at(step, outlook, scenario.growth);
  for (const LevelChange& change : scenario.changes) {
    if (time < change.from) continue;
    all = {all.factor * change.factor, all.add * change.factor + change.add};
  }
  for (const EventFactor& event : scenario.events) {
    if (time < event.from || time >= event.to) continue;
    all = {all.factor * event.factor, all.add * event.factor};
  }
  return all;
}

}  // namespace

GrowthOutlook growth_outlook(std::span<const double> history, std::size_t season) {
  const std::size_t length =
      season > 0 ? season : std::max<std::size_t>(1, history.size() / kGrowthSeasonsMost);
  const std::vector<double> medians = season_medians(history, length);
  GrowthOutlook outlook;
  std::vector<double> slopes;
  for (std::size_t i = 0; i < medians.size(); ++i) {
    if (std::isnan(medians[i])) continue;
    ++outlook.seasons;
    outlook.level = medians[i];
    for (std::size_t j = 0; j < i; ++j) {
      if (std::isnan(medians[j])) continue;
      slopes.push_back((medians[i] - medians[j]) / real((i - j) * length));
    }
  }
  if (slopes.empty()) return outlook;
  std::sort(slopes.begin(), slopes.end());
  const double n = real(outlook.seasons);
  // Kendall's S has this variance without a trend and without ties.
  const double reach = kNormalP90 * std::sqrt(n * (n - 1) * (2 * n + 5) / 18);
  // The limits are the slopes of rank (N - reach) / 2 and (N + reach) / 2 + 1, counted from 1.
  const double last = real(slopes.size() - 1);
  const auto at_rank = [&](double rank) {
    return quantile_sorted(slopes, last > 0 ? std::clamp((rank - 1) / last, 0.0, 1.0) : 0);
  };
  outlook.p10 = at_rank((last + 1 - reach) / 2);
  outlook.p50 = quantile_sorted(slopes, 0.5);
  outlook.p90 = at_rank((last + 1 + reach) / 2 + 1);
  return outlook;
}

Result<std::vector<Point>> apply_scenario(std::span<const Point> forecast,
                                          const GrowthOutlook& outlook, const Scenario& scenario) {
  if (auto checked = check(scenario); !checked) return fail(checked.error());
  std::vector<Point> points(forecast.begin(), forecast.end());
  for (std::size_t i = 0; i < points.size(); ++i) {
    const Affine change = change_at(points[i].time, outlook, i + 1, scenario);
    const auto changed = [&](double value) {
      const double raw = value * change.factor + change.add;
      return std::clamp(std::clamp(raw, scenario.lower_bound, scenario.upper_bound), -kLargest,
                        kLargest);
    };
    points[i].value = changed(points[i].value);
    for (Interval& interval : points[i].intervals) {
      interval.lower = changed(interval.lower);
      interval.upper = changed(interval.upper);
    }
  }
  return points;
}

}  // namespace headroom::forecast
