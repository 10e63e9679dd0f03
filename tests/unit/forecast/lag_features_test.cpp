#include "aggregator/forecast/lag_features.h"

#include <chrono>
#include <cmath>
#include <limits>
#include <vector>

#include "tests/support/catch.h"
#include "tests/unit/forecast/made_series.h"

using namespace headroom::forecast;

namespace {

std::vector<double> positive_load(std::size_t hours) {
  std::vector<double> values = office_load(hours, 4, 3);
  for (double& value : values) value /= 256;
  return values;
}

const std::vector<std::size_t> kDayAndWeek{24, 168};

}  // namespace

TEST_CASE("no change expected is the seasonal naive") {
  const auto values = positive_load(1000);
  const auto features = LagFeatures::make({values, kDayAndWeek, 24}, 50);
  REQUIRE(features);
  std::vector<double> path(50);
  REQUIRE(features->run([](auto) { return 0.0; }, path));
  for (std::size_t h = 0; h < path.size(); ++h) {
    CHECK(path[h] == Approx(values[1000 - 24 + h % 24]).epsilon(1e-12));
  }
}

TEST_CASE("a target is the change of the logarithm against the season before") {
  const auto values = positive_load(1000);
  const auto features = LagFeatures::make({values, kDayAndWeek, 24}, 1);
  REQUIRE(features);
  REQUIRE(features->matrix().size() == features->rows() * features->columns());
  CHECK(features->targets().back() == Approx(std::log(values[999] / values[975])).epsilon(1e-12));
  // The change of the point before is a lag in its row.
  const auto last = features->matrix().last(features->columns());
  CHECK(last[3] == Approx(std::log(values[998] / values[974])).epsilon(1e-12));
}

TEST_CASE("feedback that runs away is held near what was seen") {
  const auto values = positive_load(1000);
  const auto features = LagFeatures::make({values, kDayAndWeek, 24}, 2000);
  REQUIRE(features);
  for (const double push : {1e9, -1e9}) {
    std::vector<double> path(2000);
    REQUIRE(features->run([&](auto) { return push; }, path));
    for (const double value : path) {
      CHECK(value < 2);
      CHECK(value > 0);
    }
  }
}

TEST_CASE("an answer that is no number is no forecast") {
  const auto values = positive_load(1000);
  const auto features = LagFeatures::make({values, kDayAndWeek, 24}, 5);
  REQUIRE(features);
  std::vector<double> path(5);
  CHECK_FALSE(features->run([](auto) { return std::numeric_limits<double>::quiet_NaN(); }, path));
}

TEST_CASE("the rows of a long history are its newest and keep their phase") {
  const auto values = positive_load(5000);
  const auto features = LagFeatures::make({values, kDayAndWeek, 24}, 1);
  REQUIRE(features);
  CHECK(features->rows() == kLagRows);
  const auto last = features->matrix().last(features->columns());
  // Phase in the day, in the day again, in the week, the weekday.
  CHECK(last[features->columns() - 4] == 4999 % 24);
  CHECK(last[features->columns() - 2] == 4999 % 168);
  CHECK(last[features->columns() - 1] == 4999 % 168 / 24);
}

TEST_CASE("a history too short for rows carries no features") {
  const auto values = positive_load(24);
  CHECK_FALSE(LagFeatures::make({values, {}, 0}, 1));
  const auto more = positive_load(60);
  const auto without_season = LagFeatures::make({more, kDayAndWeek, 24}, 1);
  REQUIRE(without_season);
  CHECK(without_season->targets().back() == Approx(std::log(more[59] / more[58])).epsilon(1e-12));
}

TEST_CASE("the calendar counts only where it reaches to the end of the path") {
  const auto values = positive_load(1000);
  Series series{values, kDayAndWeek, 24, 0, std::chrono::hours(1)};
  const auto without = LagFeatures::make(series, 24);
  std::vector<Slot> slots(1024);
  slots[10].events = 5;
  series.slots = slots;
  const auto with = LagFeatures::make(series, 24);
  const auto beyond = LagFeatures::make(series, 25);
  REQUIRE((without && with && beyond));
  // Type, openness and minute now and a season before, and the same of two events.
  CHECK(with->columns() == without->columns() + 6 + 4);
  CHECK(beyond->columns() == without->columns());
}
