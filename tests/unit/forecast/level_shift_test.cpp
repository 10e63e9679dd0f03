#include "aggregator/forecast/level_shift.h"

#include <vector>

#include "tests/support/catch.h"
#include "tests/unit/forecast/made_series.h"

using namespace headroom::forecast;

TEST_CASE("a doubling of the load is found to the day") {
  auto values = office_load(60 * 24, 3, 1);
  for (std::size_t i = 40 * 24; i < values.size(); ++i) values[i] += 120;
  // Days, though the weekend is quieter.
  const LevelShift shift = last_level_shift(values, 24);
  CHECK(shift.at == 40 * 24);
  CHECK(shift.jump == Approx(120).margin(45));
}

TEST_CASE("of two changes the last one counts") {
  auto values = white_noise(600, 2);
  for (std::size_t i = 200; i < values.size(); ++i) values[i] += i < 400 ? 30 : -40;
  const LevelShift shift = last_level_shift(values, 20);
  CHECK(shift.at == 400);
  CHECK(shift.jump == Approx(-70).margin(2));
}

TEST_CASE("noise, a trend and a season are no change of level, and a random walk hardly ever") {
  int noise = 0;
  int trend = 0;
  int season = 0;
  int walk = 0;
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    noise += last_level_shift(white_noise(600, seed), 10).at > 0 ? 1 : 0;
    auto rising = white_noise(600, seed);
    for (std::size_t i = 0; i < rising.size(); ++i) rising[i] += 0.3 * static_cast<double>(i);
    trend += last_level_shift(rising, 10).at > 0 ? 1 : 0;
    season += last_level_shift(office_load(600, 5, seed), 24).at > 0 ? 1 : 0;
    walk += last_level_shift(random_walk(600, seed), 10).at > 0 ? 1 : 0;
  }
  CHECK(noise == 0);
  CHECK(trend == 0);
  CHECK(season == 0);
  INFO(walk << " of 100 walks");
  CHECK(walk <= 15);
}

TEST_CASE("going to and fro between two levels is how a service is, not a change") {
  auto values = white_noise(900, 3);
  for (std::size_t i = 0; i < values.size(); ++i) values[i] += i / 150 % 2 == 0 ? 0 : 40;
  CHECK(last_level_shift(values, 10).at == 0);
}

TEST_CASE("two blocks of a new level are not yet a lasting change") {
  auto values = white_noise(200, 4);
  for (std::size_t i = 180; i < values.size(); ++i) values[i] += 100;
  CHECK(last_level_shift(values, 10).at == 0);
  CHECK(last_level_shift(white_noise(20, 5), 10).at == 0);
}
