// What if: a forecast under other assumptions. A scenario changes a forecast's points in this
// order: growth, changes of level in the order given, events, bounds. Values and their intervals
// change alike. Pure; thread-safe.
#pragma once

#include <cstddef>
#include <limits>
#include <span>
#include <string>
#include <vector>

#include "aggregator/forecast/forecast.h"

namespace headroom::forecast {

// How fast the level of a history grew, and how well that is known: Theil–Sen slope of the medians
// of whole seasons, with the distribution-free confidence limits of Sen (1968) at 10 and 90 %.
struct GrowthOutlook {
  double level = 0;  // median of the newest season
  double p10 = 0;    // slopes per step; p10 <= p50 <= p90
  double p50 = 0;
  double p90 = 0;
  std::size_t seasons = 0;  // that it rests on; with less than two all slopes are 0
};

inline constexpr std::size_t kGrowthSeasonsMost = 400;  // the newest

// `season` in steps; 0 without one, then every value counts by itself, in at most
// kGrowthSeasonsMost blocks. Unknown values (NaN) are left out.
GrowthOutlook growth_outlook(std::span<const double> history, std::size_t season);

enum class GrowthCase { kForecast, kP10, kP90 };  // the forecast itself is the P50

// From `from` on: value × factor + add. A percentage is a factor.
struct LevelChange {
  UnixMs from = 0;
  double factor = 1;  // >= 0
  double add = 0;
};

// Within [from, to): value × factor. Events that overlap multiply.
struct EventFactor {
  UnixMs from = 0;
  UnixMs to = 0;
  double factor = 1;  // >= 0
};

struct Scenario {
  GrowthCase growth = GrowthCase::kForecast;
  std::vector<LevelChange> changes{};
  std::vector<EventFactor> events{};
  double lower_bound = -std::numeric_limits<double>::infinity();
  double upper_bound = std::numeric_limits<double>::infinity();
};

inline constexpr std::size_t kScenarioEventsMost = 10'000;

// Growth beyond the forecast's is (slope - p50) × steps ahead. A level above 0 grows in proportion,
// so that peaks grow with it: every value is multiplied by the share by which the level grows,
// never below 0; another level is raised by the growth itself. A step that an event or change
// begins within belongs to the time before. Errors: kInvalidArgument for a factor below 0 or not
// finite, an event that ends before it begins, bounds the wrong way round; kLimitExceeded for more
// than kScenarioEventsMost events or changes.
Result<std::vector<Point>> apply_scenario(std::span<const Point> forecast,
                                          const GrowthOutlook& outlook, const Scenario& scenario);

}  // namespace headroom::forecast
