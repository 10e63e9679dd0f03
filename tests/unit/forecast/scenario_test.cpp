// Scenarios in cases that can be worked out by hand.
#include "aggregator/forecast/scenario.h"

#include <cmath>

#include "tests/support/catch.h"
#include "tests/unit/forecast/made_series.h"

namespace headroom::forecast {
namespace {

constexpr UnixMs kStart = 1'000'000;

std::vector<Point> flat(std::size_t steps, double value) {
  std::vector<Point> points;
  for (std::size_t i = 0; i < steps; ++i) {
    points.push_back(
        {kStart + static_cast<UnixMs>(i) * 1000, value, {{0.8, value - 1, value + 1}}});
  }
  return points;
}

}  // namespace

TEST_CASE("a steady growth is known exactly") {
  std::vector<double> values(24 * 10);
  for (std::size_t i = 0; i < values.size(); ++i) {
    values[i] = 100 + 0.5 * static_cast<double>(i) + 20 * wave(i, 24);
  }
  const GrowthOutlook outlook = growth_outlook(values, 24);
  CHECK(outlook.seasons == 10);
  CHECK(outlook.p10 == Approx(0.5));
  CHECK(outlook.p50 == Approx(0.5));
  CHECK(outlook.p90 == Approx(0.5));
}

TEST_CASE("the limits of a slope are Sen's") {
  // Pairwise slopes, sorted: -1 -1 1/2 2/3 1 1 5/4 7/5 3/2 3/2 5/3 2 2 3 4. n = 6: the variance of
  // S is 6 × 5 × 17 / 18 = 28.33, the reach 1.28155 × 5.32291 = 6.82158, so the limits have the
  // ranks (15 - 6.82158) / 2 = 4.08921 and (15 + 6.82158) / 2 + 1 = 11.91079.
  const std::vector<double> values{1, 3, 2, 6, 5, 8};
  const GrowthOutlook outlook = growth_outlook(values, 0);
  CHECK(outlook.level == 8);
  CHECK(outlook.p50 == Approx(1.4));
  CHECK(outlook.p10 == Approx(2.0 / 3 + 0.08921 / 3).margin(1e-4));
  CHECK(outlook.p90 == Approx(5.0 / 3 + 0.91079 / 3).margin(1e-4));
}

TEST_CASE("growth scales a level above zero, peaks and all, and is added to another") {
  const GrowthOutlook outlook{.level = 50, .p10 = -1, .p50 = 0.5, .p90 = 1.5, .seasons = 9};
  std::vector<Point> points = flat(10, 100);
  const auto high = apply_scenario(points, outlook, {.growth = GrowthCase::kP90});
  REQUIRE(high);
  // One step ahead the level grows by 1 of 50 more than forecast: by 2 %.
  CHECK((*high)[0].value == Approx(102));
  CHECK((*high)[9].value == Approx(120));
  CHECK((*high)[9].intervals[0].upper == Approx(101 * 1.2));
  const auto low = apply_scenario(points, outlook, {.growth = GrowthCase::kP10});
  CHECK((*low)[9].value == Approx(100 * (1 - 1.5 * 10 / 50)));
  const GrowthOutlook below{.level = -3, .p10 = -1, .p50 = 0, .p90 = 2, .seasons = 9};
  CHECK((*apply_scenario(points, below, {.growth = GrowthCase::kP90}))[4].value == 110);
  // A level does not shrink below nothing.
  const auto gone = apply_scenario(flat(100, 100), outlook, {.growth = GrowthCase::kP10});
  CHECK((*gone)[99].value == 0);
}

TEST_CASE("growth, then changes, then events, then bounds") {
  const GrowthOutlook outlook{.level = 100, .p10 = 0, .p50 = 0, .p90 = 10, .seasons = 9};
  Scenario scenario{.growth = GrowthCase::kP90};
  scenario.changes = {{kStart + 1000, 1.2, 0}, {kStart + 2000, 1, 7}};
  scenario.events = {{kStart + 2000, kStart + 4000, 2.5}, {kStart + 3000, kStart + 4000, 2}};
  scenario.upper_bound = 800;
  const auto made = apply_scenario(flat(5, 100), outlook, scenario);
  REQUIRE(made);
  CHECK((*made)[0].value == Approx(110));
  CHECK((*made)[1].value == Approx(120 * 1.2));
  CHECK((*made)[2].value == Approx((130 * 1.2 + 7) * 2.5));
  CHECK((*made)[3].value == 800);  // (140 × 1.2 + 7) × 5 = 875
  CHECK((*made)[3].intervals[0].upper == 800);
  CHECK((*made)[4].value == Approx(150 * 1.2 + 7));
}

TEST_CASE("without a change a scenario is the forecast") {
  const auto points = flat(3, 5);
  const auto made = apply_scenario(points, growth_outlook({}, 24), {});
  REQUIRE(made);
  for (std::size_t i = 0; i < 3; ++i) CHECK((*made)[i].value == 5);
  // Too short a history has no growth to be unsure of.
  const std::vector<double> day(24, 1.0);
  const GrowthOutlook outlook = growth_outlook(day, 24);
  CHECK(outlook.seasons == 1);
  CHECK(outlook.p90 == 0);
}

TEST_CASE("what cannot be meant is refused, and so is more than the limit") {
  const auto points = flat(2, 5);
  const auto problem = [&](const Scenario& scenario) {
    const auto made = apply_scenario(points, {}, scenario);
    return made ? ErrorCode::kInternal : made.error().code;
  };
  CHECK(problem({.changes = {{0, -1, 0}}}) == ErrorCode::kInvalidArgument);
  CHECK(problem({.changes = {{0, 1, std::nan("")}}}) == ErrorCode::kInvalidArgument);
  CHECK(problem({.events = {{5, 5, 2}}}) == ErrorCode::kInvalidArgument);
  CHECK(problem({.events = {{5, 6, HUGE_VAL}}}) == ErrorCode::kInvalidArgument);
  CHECK(problem({.lower_bound = 2, .upper_bound = 1}) == ErrorCode::kInvalidArgument);
  Scenario many;
  many.events.assign(kScenarioEventsMost, {5, 6, 1});
  CHECK(apply_scenario(points, {}, many));
  many.events.push_back({5, 6, 1});
  CHECK(problem(many) == ErrorCode::kLimitExceeded);
}

}  // namespace headroom::forecast
