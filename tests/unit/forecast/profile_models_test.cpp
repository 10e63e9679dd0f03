// Models that remember what is usual: by phase, by session, by week of the year.
#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "aggregator/forecast/calendar/builtin.h"
#include "aggregator/forecast/forecast.h"
#include "aggregator/forecast/registry.h"
#include "tests/support/catch.h"
#include "tests/unit/forecast/made_series.h"

using namespace headroom;
using namespace headroom::forecast;

namespace {

constexpr UnixMs kDayMs = 24 * 3'600'000;
// 2024-09-02T00:00Z, a Monday.
constexpr UnixMs kStart = 1'725'235'200'000;

std::vector<double> path_of(const std::string& name, const Series& series, std::size_t steps,
                            Settings settings = {}) {
  std::vector<double> path(steps);
  REQUIRE(find_model(name)->forecast(series, settings, path));
  return path;
}

// Requests per hour of a market: 100 while it is open, 20 otherwise, hours that are open in part in
// between.
std::vector<double> market(std::size_t hours) {
  const auto slots = find_builtin_calendar("XNYS")->slots(kStart, kHour, hours);
  std::vector<double> values;
  for (const Slot& slot : slots) values.push_back(slot.open ? 100 : 20);
  return values;
}

}  // namespace

TEST_CASE("a daily profile without memory is the last day, with all memory the mean of all days") {
  // Days of four steps at 1, 2 and 6 times the same shape; no deviation is left to decay in the
  // values that each phase has.
  const std::vector<double> values{1, 2, 3, 4, 2, 4, 6, 8, 6, 12, 18, 24};
  const Series series{.values = values, .periods = {}, .season = 4};
  const double nothing = 0;
  const double all = 1;
  const auto last = path_of("daily_profile", series, 4, {&nothing, 1});
  const auto mean = path_of("daily_profile", series, 4000, {&all, 1});
  for (std::size_t h = 0; h < 4; ++h) {
    CHECK(last[h] >= values[8 + h] * (1 - 1e-9));
    // In logarithms: the geometric mean of 1, 2 and 6, once the deviation has gone.
    CHECK(mean[3996 + h] == Approx(values[h] * std::cbrt(12.0)).epsilon(1e-6));
  }
}

TEST_CASE("the median profile takes the middle of the last four weeks") {
  std::vector<double> values;
  for (const double week : {9.0, 1.0, 2.0, 50.0, 4.0}) {
    for (std::size_t i = 0; i < 7; ++i) values.push_back(week + static_cast<double>(i) / 100);
  }
  const std::vector<std::size_t> periods{7};
  const auto path =
      path_of("median_profile", {.values = values, .periods = periods, .season = 7}, 9);
  for (std::size_t h = 0; h < 9; ++h) {
    CHECK(path[h] == Approx(3 + static_cast<double>(h % 7) / 100));
  }
}

TEST_CASE("next year is the smoothed mean of the years before, weekday on weekday") {
  // A daily series that repeats every 52 weeks, so each past year says the same.
  std::vector<double> values;
  const auto truth = [](std::size_t day) {
    return 0.5 + 0.2 * wave(day, 364) + (day % 7 >= 5 ? -0.1 : 0.0);
  };
  for (std::size_t day = 0; day < 3 * 364; ++day) values.push_back(truth(day));
  const Series series{.values = values,
                      .periods = {},
                      .season = 7,
                      .start = kStart,
                      .step = std::chrono::hours(24)};
  const auto path = path_of("year_profile", series, 364);
  for (std::size_t h = 0; h < path.size(); ++h) {
    // Nine weeks' mean of a yearly wave is 95.1 % of its height: the mean of cos(2 pi j / 52) over
    // j = -4 … 4.
    CHECK(path[h] == Approx(truth(values.size() + h)).margin(0.2 * 0.07));
  }
  std::vector<double> out(10);
  const Series short_one{
      .values = std::span(values).first(370), .start = kStart, .step = std::chrono::hours(24)};
  CHECK_FALSE(find_model("year_profile")->forecast(short_one, {}, out));
}

TEST_CASE("a session profile follows holidays, half days and the clock") {
  // History from September to Wednesday 2024-11-27; ahead lie Thanksgiving, a half day and, behind
  // the change of the clock on 3 November, openings at 14:30 UTC instead of 13:30.
  const std::size_t known = 86 * 24;
  const std::size_t ahead = 6 * 24;
  const auto truth = market(known + ahead);
  const std::span<const double> values = std::span(truth).first(known);
  Request request;
  request.horizon = ahead;
  request.calendar = find_builtin_calendar("XNYS");
  const auto made = forecast::forecast({values, kStart, kHour}, request);
  REQUIRE(made);
  for (std::size_t h = 0; h < ahead; ++h) {
    INFO("hour " << h << " of the horizon");
    CHECK(made->points[h].value == Approx(truth[known + h]).margin(1));
  }
}

TEST_CASE("without its calendar a holiday comes as a surprise, with it no model repeats it") {
  // Until Thursday 2024-12-05: a week before, Thanksgiving was closed.
  const std::size_t known = 94 * 24;
  const auto truth = market(known + 24);
  Request request;
  request.horizon = 24;
  request.model = "median_profile";
  request.parameters = {{"periods", 1}};
  const History history{std::span(truth).first(known), kStart, kHour};
  const auto without = forecast::forecast(history, request);
  request.calendar = find_builtin_calendar("XNYS");
  const auto with = forecast::forecast(history, request);
  REQUIRE(without);
  REQUIRE(with);
  // 15:00 UTC is 10:00 in New York.
  CHECK(without->points[15].value == Approx(20));
  CHECK(with->points[15].value == Approx(100));
}
