#include "aggregator/forecast/season.h"

#include <limits>
#include <string>
#include <vector>

#include "tests/support/catch.h"
#include "tests/unit/forecast/made_series.h"

using namespace headroom::forecast;

namespace {

std::vector<std::size_t> periods(const std::vector<double>& values,
                                 std::chrono::milliseconds step = kHour) {
  std::vector<std::size_t> found;
  for (const Season& season : find_seasons(values, step)) found.push_back(season.period);
  return found;
}

// Share of 250 seeds on which any season is claimed.
template <typename Make>
double claims(Make make) {
  int found = 0;
  for (std::uint64_t seed = 1; seed <= 250; ++seed) found += periods(make(seed)).empty() ? 0 : 1;
  return found / 250.0;
}

}  // namespace

TEST_CASE("no season is claimed where there is none") {
  for (const std::size_t n : {48u, 60u, 100u, 168u, 400u, 1100u, 2016u}) {
    INFO("hours: " << n);
    CHECK(claims([&](std::uint64_t seed) { return white_noise(n, seed); }) <= 0.05);
    CHECK(claims([&](std::uint64_t seed) { return random_walk(n, seed); }) <= 0.05);
    CHECK(claims([&](std::uint64_t seed) { return autoregressive(n, 0.9, seed); }) <= 0.05);
  }
}

TEST_CASE("a trend with one large step is no season") {
  CHECK(claims([](std::uint64_t seed) {
          auto values = white_noise(48, seed);
          for (std::size_t i = 0; i < values.size(); ++i)
            values[i] += (i >= 24 ? 20 : 0) + 0.02 * static_cast<double>(i);
          return values;
        }) <= 0.05);
}

TEST_CASE("a day is found in a week of noisy hours, and nothing else") {
  auto values = white_noise(7 * 24, 3);
  for (std::size_t i = 0; i < values.size(); ++i) values[i] += 1.5 * wave(i, 24);
  CHECK(periods(values) == std::vector<std::size_t>{24});
}

TEST_CASE("day and week are found where both are") {
  CHECK(periods(office_load(28 * 24, 5, 1)) == std::vector<std::size_t>{24, 168});
  CHECK(periods(office_load(84 * 24, 15, 2)) == std::vector<std::size_t>{24, 168});
}

TEST_CASE("day and week are found through gaps and wild values") {
  auto values = office_load(28 * 24, 5, 4);
  for (std::size_t i = 200; i < 230; ++i) values[i] = std::numeric_limits<double>::quiet_NaN();
  for (std::size_t i = 10; i < values.size(); i += 11)
    values[i] = std::numeric_limits<double>::quiet_NaN();
  values[300] = 1e9;
  CHECK(periods(values) == std::vector<std::size_t>{24, 168});
}

TEST_CASE("a daily pattern that swells and shrinks is not taken for a weekly one") {
  int weekly = 0;
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    const auto swell = random_walk(1100, seed);
    auto values = white_noise(1100, seed + 1000);
    for (std::size_t i = 0; i < values.size(); ++i)
      values[i] = 0.3 * values[i] + (1 + 0.05 * swell[i]) * wave(i, 24);
    for (const std::size_t period : periods(values)) weekly += period == 168 ? 1 : 0;
  }
  CHECK(weekly <= 5);
}

TEST_CASE("one job a day that takes five minutes is a daily season") {
  auto values = white_noise(30 * 288, 9);
  for (std::size_t i = 100; i < values.size(); i += 288) values[i] += 12;
  CHECK(periods(values, std::chrono::minutes(5)) == std::vector<std::size_t>{288});
}

TEST_CASE("the candidates follow from the step") {
  std::vector<double> minutes = white_noise(1440, 5);
  for (std::size_t i = 0; i < minutes.size(); ++i) minutes[i] += 3 * wave(i, 60);
  CHECK(periods(minutes, std::chrono::minutes(1)) == std::vector<std::size_t>{60});

  std::vector<double> days = white_noise(200, 6);
  for (std::size_t i = 0; i < days.size(); ++i) days[i] += i % 7 >= 5 ? -5 : 0;
  CHECK(periods(days, std::chrono::hours(24)) == std::vector<std::size_t>{7});

  std::vector<double> months = white_noise(120, 7);
  for (std::size_t i = 0; i < months.size(); ++i) months[i] += 3 * wave(i, 12);
  CHECK(periods(months, std::chrono::milliseconds(2'629'800'000)) == std::vector<std::size_t>{12});
}

TEST_CASE("where no usual season shows, another one serves") {
  std::vector<double> values = white_noise(900, 5);
  for (std::size_t i = 0; i < values.size(); ++i) values[i] += i % 7 == 2 ? 6 : 0;
  CHECK(periods(values) == std::vector<std::size_t>{7});
  values = white_noise(900, 6);
  for (std::size_t i = 0; i < values.size(); ++i) values[i] += 2 * wave(i, 36);
  CHECK(periods(values) == std::vector<std::size_t>{36});
  // A job every 90 minutes in a history shorter than two days.
  values = white_noise(400, 7);
  for (std::size_t i = 0; i < values.size(); ++i) values[i] += i % 18 == 2 ? 8 : 0;
  CHECK(periods(values, std::chrono::minutes(5)) == std::vector<std::size_t>{18});
}

TEST_CASE("less than two periods say nothing") {
  std::vector<double> values;
  for (std::size_t i = 0; i < 47; ++i) values.push_back(wave(i, 24));
  CHECK(periods(values).empty());
  CHECK(periods({}).empty());
  CHECK(periods({1}).empty());
}

TEST_CASE("the day stands for the season even where hours and weeks repeat too") {
  const std::vector<Season> seasons{{.period = 12}, {.period = 288}, {.period = 2016}};
  CHECK(main_period(seasons, std::chrono::minutes(5)) == 288);
  CHECK(main_period({{.period = 12}}, std::chrono::minutes(5)) == 12);
  CHECK(main_period({}, std::chrono::minutes(5)) == 0);
}
