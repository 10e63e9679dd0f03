// Decomposition. Reference values: R 4.2.2, stats::stl(), and forecast 8.20, mstl().
#include "aggregator/forecast/stl.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <vector>

#include "tests/unit/forecast/classic_series.h"
#include "tests/unit/forecast/made_series.h"

using namespace headroom::forecast;

namespace {

// Season, trend and remainder at a place counted from 1.
struct Row {
  std::size_t at;
  double season, trend, remainder;
};

void check_rows(const Stl& got, const std::vector<Row>& rows) {
  for (const Row& row : rows) {
    INFO("at " << row.at);
    CHECK(got.season[row.at - 1] == Approx(row.season).margin(1e-7).epsilon(0));
    CHECK(got.trend[row.at - 1] == Approx(row.trend).margin(1e-7).epsilon(0));
    CHECK(got.remainder[row.at - 1] == Approx(row.remainder).margin(1e-7).epsilon(0));
  }
}

// Two seasons, one growing, on a line, with a rest that repeats only after 11 steps.
std::vector<double> two_seasons() {
  std::vector<double> values;
  for (int i = 0; i < 300; ++i) {
    values.push_back(10 + 0.02 * i + 3 * std::sin(2 * std::numbers::pi * i / 7) +
                     2 * std::cos(2 * std::numbers::pi * i / 30) * (1 + i / 600.0) +
                     (i * 37 % 11 - 5) / 10.0);
  }
  return values;
}

}  // namespace

TEST_CASE("temperatures are decomposed as by stl() with a changing season") {
  check_rows(stl(kNottingham, 12, {.season_window = 7}),
             {{1, -7.9251873616, 48.8993811434, -0.3741937817},
              {2, -9.140111200, 48.935924413, 1.004186787},
              {13, -7.936387685, 49.713148120, 2.423239565},
              {100, -2.0233562564, 48.6882739661, 0.6350822902},
              {200, 12.4488906331, 48.8791705342, -0.2280611673},
              {240, -10.8232083901, 49.2175906860, -0.5943822959}});
}

TEST_CASE("fitted at every point, the decomposition is that of stl() with jumps of one") {
  check_rows(stl(kNottingham, 12, {.season_window = 7, .jumps = false}),
             {{1, -7.9258426952, 48.9018727689, -0.3760300737},
              {100, -2.0238969207, 48.6876455568, 0.6362513639},
              {240, -10.8217372063, 49.2186827626, -0.5969455562}});
}

TEST_CASE("a periodic season is the same every year, as by stl()") {
  check_rows(stl(kNottingham, 12, {.periodic = true}),
             {{1, -9.3471980275, 49.6806726488, 0.2665253789},
              {13, -9.3471980275, 49.775789671, 3.771408356},
              {120, -9.4781422783, 49.447358496, 1.930783783},
              {240, -9.4781422783, 49.005097082, -1.726954804}});
}

TEST_CASE("outliers lose their weight as by a robust stl()") {
  // An odd number of values: for an even one R's median is not the median.
  const std::vector<double> values(kNottingham.begin(), kNottingham.end() - 1);
  const Stl got = stl(values, 12, {.season_window = 7, .robust = true});
  check_rows(got, {{1, -8.276438982, 49.56596418, -0.6895251929},
                   {2, -9.643973407, 49.59028449, 0.8536889163},
                   {120, -9.683039112, 49.24806463, 2.334974483},
                   {239, -6.336217557, 49.87546462, 3.060752936}});
  CHECK(got.weights[0] == Approx(0.9721173215).margin(1e-7));
  CHECK(got.weights[238] == Approx(0.5414011079).margin(1e-7));
}

TEST_CASE("two seasons are told apart as by mstl()") {
  const std::vector<double> values = two_seasons();
  const Decomposition got = decompose(values, std::vector<std::size_t>{30, 7});
  CHECK(got.periods == std::vector<std::size_t>{7, 30});
  // mstl(msts(x, c(7, 30)), s.window = c(11, 15)): place, trend, seasons, remainder.
  const double rows[][5] = {{1, 9.92343509785, -0.08546730568, 2.43130041102, -0.76926820319},
                            {2, 9.9483848756, 2.3283025972, 2.1842897660, -0.2359270979},
                            {50, 10.98798225565, 0.07748856932, -1.45328341294, 0.32026004288},
                            {150, 12.9809610758, 2.8949702220, 2.3756620901, -0.2047011416},
                            {300, 15.9784301939, -2.9818924173, 2.6389889214, 0.6508718756}};
  for (const auto& row : rows) {
    const auto i = static_cast<std::size_t>(row[0]) - 1;
    CHECK(got.trend[i] == Approx(row[1]).margin(1e-7));
    CHECK(got.seasonals[0][i] == Approx(row[2]).margin(1e-7));
    CHECK(got.seasonals[1][i] == Approx(row[3]).margin(1e-7));
    CHECK(got.remainder[i] == Approx(row[4]).margin(1e-7));
  }
}

TEST_CASE("the parts of a decomposition always sum to the values") {
  const std::vector<std::size_t> periods{24, 168, 400};
  for (const std::size_t n : {0U, 1U, 2U, 5U, 30U, 49U, 337U, 500U}) {
    const std::vector<double> values = white_noise(n, n + 1);
    for (const bool robust : {false, true}) {
      const Decomposition got = decompose(values, periods, robust);
      CHECK(got.seasonals.size() == got.periods.size());
      for (std::size_t i = 0; i < n; ++i) {
        double sum = got.trend[i] + got.remainder[i];
        for (const auto& season : got.seasonals) sum += season[i];
        REQUIRE(sum == Approx(values[i]).margin(1e-9));
      }
    }
  }
}

TEST_CASE("a period seen no more than twice is left out, and a line alone is all trend") {
  std::vector<double> line;
  for (int i = 0; i < 48; ++i) line.push_back(3 + 0.5 * i);
  const Decomposition got = decompose(line, std::vector<std::size_t>{24});
  CHECK(got.periods.empty());
  for (std::size_t i = 0; i < line.size(); ++i) {
    CHECK(got.trend[i] == Approx(line[i]).margin(1e-9));
    CHECK(got.remainder[i] == Approx(0).margin(1e-9));
  }
}

TEST_CASE("a constant has no season and no remainder, robust or not") {
  const std::vector<double> values(100, 4.0);
  for (const bool robust : {false, true}) {
    const Decomposition got = decompose(values, std::vector<std::size_t>{7}, robust);
    CHECK(std::all_of(got.trend.begin(), got.trend.end(),
                      [](double v) { return std::abs(v - 4) < 1e-12; }));
    CHECK(std::all_of(got.seasonals[0].begin(), got.seasonals[0].end(),
                      [](double v) { return std::abs(v) < 1e-12; }));
  }
}

TEST_CASE("a wild value pulls the robust decomposition far less") {
  std::vector<double> values = kNottingham;
  values[120] += 60;
  const Stl plain = stl(values, 12, {});
  const Stl robust = stl(values, 12, {.robust = true});
  const Stl clean = stl(kNottingham, 12, {.robust = true});
  CHECK(std::abs(robust.season[120] - clean.season[120]) < 1.5);
  CHECK(std::abs(plain.season[120] - clean.season[120]) > 5);
  CHECK(robust.weights[120] == 0);
}

TEST_CASE("the model forecasts as forecast(mstl(x), method = ets) does") {
  std::vector<double> values = kAirPassengers;
  for (double& value : values) value = std::log(value);
  // etsmodel = "AAN", damped = TRUE; gains of the trend differ slightly.
  check_near(path_of("mstl", values, 12, 3, {0, 2}), {6.1041215475, 6.0528230739, 6.1917040246},
             0.005);
}
