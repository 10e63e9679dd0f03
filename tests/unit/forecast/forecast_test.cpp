#include "aggregator/forecast/forecast.h"

#include <cmath>
#include <cstring>
#include <limits>
#include <string>
#include <vector>

#include "aggregator/forecast/choice.h"
#include "aggregator/forecast/registry.h"
#include "tests/support/catch.h"
#include "tests/unit/forecast/made_series.h"

using namespace headroom::forecast;
using headroom::ErrorCode;

namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
constexpr double kInf = std::numeric_limits<double>::infinity();
constexpr double kMax = std::numeric_limits<double>::max();

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

// What every forecast promises, whatever went in.
void check_promises(const History& history, const Request& request, const Forecast& made) {
  REQUIRE(made.points.size() == request.horizon);
  CHECK((made.model == kBlend || find_model(made.model) != nullptr));
  CHECK_FALSE(made.reason.empty());
  bool good = true;
  for (std::size_t h = 0; h < made.points.size(); ++h) {
    const Point& point = made.points[h];
    const auto slot = static_cast<std::int64_t>(history.values.size() + h);
    good = good && point.time == history.start + slot * history.step.count();
    good = good && std::isfinite(point.value) && point.value >= request.lower_bound &&
           point.value <= request.upper_bound;
    good = good && point.intervals.size() == request.levels.size();
    double lower = point.value;
    double upper = point.value;
    for (std::size_t l = 0; good && l < request.levels.size(); ++l) {
      const Interval& interval = point.intervals[l];
      good = interval.level == request.levels[l] && std::isfinite(interval.lower) &&
             std::isfinite(interval.upper) && interval.lower <= lower && interval.upper >= upper &&
             interval.lower >= request.lower_bound && interval.upper <= request.upper_bound;
      lower = interval.lower;
      upper = interval.upper;
    }
    INFO("point " << h << ": " << point.value);
    REQUIRE(good);
  }
}

Forecast forecast_of(const std::vector<double>& values, const Request& request) {
  const History history = hourly(values);
  const auto made = forecast(history, request);
  REQUIRE(made);
  check_promises(history, request, *made);
  return *made;
}

std::string bits(const Forecast& made) {
  std::string all = made.model + made.reason;
  const auto add = [&](double value) {
    char raw[sizeof(value)];
    std::memcpy(raw, &value, sizeof(value));
    all.append(raw, sizeof(raw));
  };
  for (const Point& point : made.points) {
    add(point.value);
    for (const Interval& interval : point.intervals) {
      add(interval.lower);
      add(interval.upper);
    }
  }
  add(made.backtest.mae);
  add(made.backtest.coverage);
  return all;
}

}  // namespace

TEST_CASE("what cannot be meant is refused with a reason") {
  const std::vector<double> values{1, 2, 3};
  const std::vector<double> unknown{kNan, kInf};
  const std::vector<double> empty;
  struct Bad {
    std::string what;
    History history;
    Request request;
  };
  const History good = hourly(values);
  const std::vector<Bad> table{
      {"no known value", hourly(unknown), {}},
      {"no known value", hourly(empty), {}},
      {"step", {values, 0, std::chrono::milliseconds(0)}, {}},
      {"step", {values, 0, std::chrono::milliseconds(-5)}, {}},
      {"times", {values, std::numeric_limits<headroom::UnixMs>::max() - 5, kHour}, {}},
      {"times",
       {values, 0, std::chrono::milliseconds(std::numeric_limits<std::int64_t>::max())},
       {}},
      {"horizon", good, {.horizon = 0}},
      {"horizon", good, {.horizon = kMaxHorizon + 1}},
      {"levels", good, {.levels = {0.0}}},
      {"levels", good, {.levels = {1.0}}},
      {"levels", good, {.levels = {0.9, 0.8}}},
      {"levels", good, {.levels = {0.9, 0.9}}},
      {"levels", good, {.levels = {kNan}}},
      {"lower_bound", good, {.lower_bound = 2, .upper_bound = 1}},
      {"lower_bound", good, {.lower_bound = kNan}},
      {"upper_bound", good, {.upper_bound = kNan}},
      {"upper_bound", good, {.upper_bound = -kInf}},
      {"lower_bound", good, {.lower_bound = kInf}},
  };
  for (const Bad& bad : table) {
    const auto made = forecast(bad.history, bad.request);
    INFO(bad.what);
    REQUIRE_FALSE(made);
    CHECK(made.error().code == ErrorCode::kInvalidArgument);
    CHECK(contains(made.error().message, bad.what));
  }
}

TEST_CASE("a history beyond the limit is refused") {
  const std::vector<double> values(kMaxHistory + 1, 1.0);
  const auto made = forecast(hourly(values), {});
  REQUIRE_FALSE(made);
  CHECK(contains(made.error().message, "20000000"));
}

TEST_CASE("a season on a trend is continued exactly and surely") {
  std::vector<double> values;
  const auto truth = [](std::size_t i) {
    return 500 + 0.3 * static_cast<double>(i) + 80 * wave(i, 24);
  };
  for (std::size_t i = 0; i < 30 * 24; ++i) values.push_back(truth(i));
  const Forecast made = forecast_of(values, {.horizon = 72});
  CHECK(made.model == "seasonal_profile");
  CHECK(made.periods == std::vector<std::size_t>{24});
  for (std::size_t h = 0; h < 72; ++h) {
    const Point& point = made.points[h];
    CHECK(point.value == Approx(truth(values.size() + h)).epsilon(1e-9));
    CHECK(point.intervals[0].upper - point.intervals[0].lower < 2);
    CHECK(point.intervals[0].upper > point.intervals[0].lower);
  }
  CHECK(made.backtest.naive_mae > 5);
  CHECK(made.backtest.mae < 1e-6);
}

TEST_CASE("the selection beats the seasonal naive on a trend with a season and noise") {
  double ours = 0;
  double naive = 0;
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    std::vector<double> values = white_noise(30 * 24 + 48, seed);
    for (std::size_t i = 0; i < values.size(); ++i)
      values[i] += 100 + 0.1 * static_cast<double>(i) + 10 * wave(i, 24);
    const std::vector<double> past(values.begin(), values.end() - 48);
    const Forecast made = forecast_of(past, {.horizon = 48});
    CHECK(made.backtest.mae <= made.backtest.naive_mae);
    CHECK(made.backtest.origins >= 3);
    for (std::size_t h = 0; h < 48; ++h) {
      const std::size_t i = past.size() + h;
      ours += std::abs(values[i] - made.points[h].value);
      naive += std::abs(values[i] - past[past.size() - 24 + h % 24]);
    }
  }
  // The noise alone costs 0.8 a point, the naive's own noise and its lag of 24 to 48 steps of
  // trend 3.4 together.
  CHECK(ours < 0.35 * naive);
}

TEST_CASE("95 % intervals hold about 95 % of what comes, on seasons with autocorrelated noise") {
  for (const double phi : {0.0, 0.5, 0.8}) {
    for (const std::size_t days : {7u, 28u}) {
      double inside = 0;
      double total = 0;
      double claimed = 0;
      const std::uint64_t seeds = 120;
      for (std::uint64_t seed = 0; seed < seeds; ++seed) {
        const std::size_t n = days * 24;
        std::vector<double> values = autoregressive(n + 24, phi, seed);
        for (std::size_t i = 0; i < values.size(); ++i) values[i] += 50 + 10 * wave(i, 24);
        const Forecast made = forecast_of({values.begin(), values.end() - 24}, {.horizon = 24});
        claimed += made.backtest.coverage / static_cast<double>(seeds);
        for (std::size_t h = 0; h < 24; ++h) {
          const Interval& interval = made.points[h].intervals[0];
          inside += values[n + h] >= interval.lower && values[n + h] <= interval.upper ? 1 : 0;
          total += 1;
        }
      }
      INFO("phi " << phi << ", " << days << " days: " << inside / total << ", claimed " << claimed);
      CHECK(inside / total >= 0.92);
      // Nothing moves in these series, and intervals allow for what does.
      CHECK(inside / total <= 0.99);
      CHECK(claimed >= 0.92);
    }
  }
}

TEST_CASE("one point, two points and constants give a forecast that says what it is") {
  const Forecast one = forecast_of({7}, {.horizon = 3});
  CHECK(one.points[2].value == 7);
  CHECK(contains(one.reason, "only one value"));
  CHECK(one.points[0].intervals[0].upper > 7);

  const Forecast two = forecast_of({5, 9}, {.horizon = 4});
  CHECK(two.points[0].value == 9);
  CHECK(contains(two.reason, "2 points"));
  CHECK(contains(two.reason, "random walk"));
  CHECK(two.backtest.origins == 0);
  const auto width = [&](std::size_t h) {
    return two.points[h].intervals[0].upper - two.points[h].intervals[0].lower;
  };
  CHECK(width(3) == Approx(2 * width(0)));

  for (const double value : {0.0, 3.5, -1e300}) {
    const Forecast constant = forecast_of(std::vector<double>(200, value), {.horizon = 5});
    CHECK(constant.points[4].value == value);
    CHECK(constant.points[4].intervals[0].lower == constant.points[4].intervals[0].upper);
    CHECK(contains(constant.reason, "constant"));
  }
}

TEST_CASE("no interval is empty unless the history is constant") {
  for (std::size_t n = 2; n < 60; ++n) {
    std::vector<double> values(n, 4.0);
    values[0] = 5;
    INFO("points: " << n);
    const Forecast made = forecast_of(values, {.horizon = 30, .levels = {0.5, 0.95}});
    CHECK(made.points[0].intervals[0].upper > made.points[0].intervals[0].lower);
    CHECK(made.points[29].intervals[1].upper > made.points[29].intervals[1].lower);
  }
}

TEST_CASE("unknown values at the end move the forecast on by as many steps") {
  std::vector<double> values;
  for (std::size_t i = 0; i < 14 * 24; ++i) values.push_back(100 + 20 * wave(i, 24));
  const std::size_t known = values.size();
  values.resize(known + 5, kNan);
  const Forecast made = forecast_of(values, {.horizon = 24});
  for (std::size_t h = 0; h < 24; ++h)
    CHECK(made.points[h].value == Approx(100 + 20 * wave(known + 5 + h, 24)));
  CHECK(contains(made.reason, "nothing is known of the last 5h"));
}

TEST_CASE("a host that was silent for an age still keeps its phase") {
  std::vector<double> values;
  for (std::size_t i = 0; i < 14 * 24; ++i) values.push_back(100 + 20 * wave(i, 24));
  values.resize(1'000'000, kNan);
  const Forecast made = forecast_of(values, {.horizon = 24});
  for (std::size_t h = 0; h < 24; ++h)
    CHECK(made.points[h].value == Approx(100 + 20 * wave(1'000'000 + h, 24)));
}

TEST_CASE("gaps, infinities and spikes are cleaned and counted") {
  auto values = office_load(28 * 24, 2, 5);
  values[50] = kInf;
  for (std::size_t i = 300; i < 310; ++i) values[i] = kNan;
  values[400] = 5000;
  const Forecast made = forecast_of(values, {.horizon = 24, .lower_bound = 0});
  CHECK(contains(made.reason, "11 missing points"));
  CHECK(contains(made.reason, "1 infinity"));
  CHECK(contains(made.reason, "1 spike"));
  CHECK(contains(made.reason, "seasons of 1d and 7d"));
  for (const Point& point : made.points) CHECK(point.intervals[0].upper < 250);
}

TEST_CASE("a history that is nearly all gap does not pretend to have been tested") {
  std::vector<double> values(1000, kNan);
  values.front() = 10;
  values.back() = 20;
  const Forecast made = forecast_of(values, {.horizon = 10});
  CHECK(made.backtest.origins == 0);
  CHECK(made.points[0].value == 20);
}

TEST_CASE("after a deploy that doubled the load the old level is forgotten") {
  auto values = office_load(60 * 24, 3, 6);
  for (std::size_t i = 48 * 24; i < values.size(); ++i) values[i] += 200;
  const auto future = office_load(61 * 24, 3, 6);
  const Forecast made = forecast_of(values, {.horizon = 24});
  CHECK(contains(made.reason, "the level changed"));
  for (std::size_t h = 0; h < 24; ++h)
    CHECK(made.points[h].value == Approx(future[60 * 24 + h] + 200).margin(25));
}

TEST_CASE("values at the ends of what a double holds give finite forecasts") {
  const auto shape = office_load(14 * 24, 3, 7);
  for (const double unit : {1e300, 1e306, 5e-324, 1e-310}) {
    std::vector<double> values;
    for (const double value : shape) values.push_back(value * unit);
    INFO("unit " << unit);
    forecast_of(values, {.horizon = 48, .levels = {0.5, 0.999999}});
  }
  const Forecast wild =
      forecast_of({kMax, -kMax, kMax, -kMax, 0, kMax, -kMax, 5e-324, kMax, 1, -kMax, kMax, 3}, {});
  CHECK(std::isfinite(wild.backtest.mae));
}

TEST_CASE("a change of unit by a power of two changes nothing else") {
  const auto values = office_load(14 * 24, 3, 8);
  std::vector<double> larger;
  for (const double value : values) larger.push_back(value * 1024);
  const Forecast a = forecast_of(values, {.horizon = 30});
  const Forecast b = forecast_of(larger, {.horizon = 30});
  CHECK(a.model == b.model);
  for (std::size_t h = 0; h < 30; ++h) {
    CHECK(b.points[h].value == 1024 * a.points[h].value);
    CHECK(b.points[h].intervals[0].lower == 1024 * a.points[h].intervals[0].lower);
  }
}

TEST_CASE("horizons from one point to the longest are answered") {
  const auto values = office_load(14 * 24, 3, 9);
  forecast_of(values, {.horizon = 1});
  const Forecast made = forecast_of(values, {.horizon = kMaxHorizon, .lower_bound = 0});
  CHECK(made.points.back().value < 1000);
  forecast_of({1, 2}, {.horizon = kMaxHorizon});
}

TEST_CASE("bounds hold, even against the whole history") {
  const auto values = office_load(14 * 24, 3, 10);
  for (const Point& point : forecast_of(values, {.horizon = 9, .upper_bound = 20}).points)
    CHECK(point.value == 20);
  forecast_of(values, {.horizon = 9, .lower_bound = 70, .upper_bound = 70});
  forecast_of(values, {.horizon = 9, .lower_bound = 80, .upper_bound = 110});
}

TEST_CASE("without levels there are points and no intervals") {
  const Forecast made = forecast_of(office_load(14 * 24, 3, 11), {.horizon = 3, .levels = {}});
  CHECK(made.points[0].intervals.empty());
}

TEST_CASE("whatever history comes, the promises hold and the answer repeats bit for bit") {
  for (std::uint64_t seed = 1; seed <= 150; ++seed) {
    INFO("seed " << seed);
    headroom::Random random(seed);
    const auto up_to = [&](std::uint64_t most) {
      return static_cast<std::size_t>(random() % (most + 1));
    };
    const std::size_t n = 1 + up_to(seed % 5 == 0 ? 1500 : 60);
    std::vector<double> values = seed % 3 == 0 ? random_walk(n, seed) : white_noise(n, seed);
    const double size = std::pow(10.0, static_cast<double>(up_to(24)) - 12);
    for (std::size_t i = 0; i < n; ++i) {
      values[i] = size * (values[i] + (seed % 2 == 0 ? 5 * wave(i, 24) : 0));
      if (seed % 7 == 0) values[i] = std::max(0.0, std::round(values[i] / size - 1));
      if (up_to(9) == 0 && seed % 4 == 0) values[i] = up_to(3) == 0 ? kInf : kNan;
      if (up_to(99) == 0) values[i] *= 1000;
    }
    if (up_to(2) == 0 && n > 20)
      std::fill(values.begin() + 5, values.begin() + static_cast<std::ptrdiff_t>(n / 2), kNan);
    Request request{.horizon = 1 + up_to(100), .levels = {0.1, 0.5, 0.8, 0.95, 0.999}};
    if (up_to(1) == 0) request.lower_bound = 0;
    if (up_to(2) == 0) request.upper_bound = size;
    const History history = hourly(values);
    const auto made = forecast(history, request);
    if (!made) {
      CHECK(contains(made.error().message, "no known value"));
      continue;
    }
    check_promises(history, request, *made);
    CHECK(bits(*made) == bits(*forecast(history, request)));
  }
}

TEST_CASE("ten million seconds are answered from the newest, season and all") {
  std::vector<double> values = white_noise(10'000'000, 1);
  for (std::size_t i = 0; i < values.size(); ++i) values[i] += 20 + 10 * wave(i, 86'400);
  const History history{values, 0, std::chrono::seconds(1)};
  const Request request{.horizon = 3600};
  const auto made = forecast(history, request);
  REQUIRE(made);
  check_promises(history, request, *made);
  CHECK(made->periods == std::vector<std::size_t>{86'400});
  CHECK(contains(made->reason, "8000000 older points not used"));
}

TEST_CASE("levels as near to 1 as a double can be are answered") {
  const std::vector<double> values{1, 2, 4};
  Request request;
  request.levels = {0.5, std::nextafter(1.0, 0.0)};
  const auto made = forecast(hourly(values), request);
  REQUIRE(made);
  CHECK(std::isfinite(made->points[0].intervals[1].upper));
}

TEST_CASE("a silence longer than any horizon is answered, whatever the season") {
  std::vector<double> values = office_load(20 * 24, 5, 2);
  values.resize(values.size() + kMaxHorizon + 50'000, std::numeric_limits<double>::quiet_NaN());
  for (const char* model : {kAutomatic, "naive"}) {
    Request request;
    request.horizon = 3;
    request.model = model;
    const auto made = forecast(hourly(values), request);
    REQUIRE(made);
    CHECK(made->points.size() == 3);
  }
}

TEST_CASE("a model that needs more history than look-backs leave it forecasts all the same") {
  // Sixty weeks and a bit: enough for the year profile at the end, not at any earlier moment.
  const auto values = office_load(63 * 168, 5, 4);
  Request request;
  request.model = "year_profile";
  const auto made = forecast(hourly(values), request);
  REQUIRE(made);
  CHECK(made->model == "year_profile");
}
