// Moving average and regressions. Reference values: R 4.2.2, stats::lm and MASS::rlm 7.3-58
// (acc = 1e-10).
#include <cmath>
#include <vector>

#include "aggregator/forecast/line.h"
#include "tests/unit/forecast/classic_series.h"

using namespace headroom::forecast;

TEST_CASE("a straight line and monthly dummies forecast what lm() does") {
  check_near(path_of("linear_regression", kNile, 0, 3), {782.2775758, 779.5632703, 776.8489649},
             1e-6);
  check_near(path_of("linear_regression", kAirPassengers, 12, 12),
             {449.2556818, 442.5056818, 477.6723485, 474.5890152, 479.3390152, 519.1723485,
              558.8390152, 558.5890152, 509.9223485, 474.0890152, 440.3390152, 469.3390152},
             1e-6);
}

TEST_CASE("Huber's line is the one of rlm()") {
  const Line line = fit_huber_line(kWwwUsage, 1);
  // rlm() counts from 1.
  CHECK(line.slope == Approx(0.6503855752).epsilon(1e-5));
  CHECK(line.by_phase[0] - line.slope == Approx(105.5413893242).epsilon(1e-5));
}

TEST_CASE("one wild value moves Huber's seasonal line as little as rlm()'s") {
  std::vector<double> deaths = kAccidentalDeaths;
  deaths[29] = 30'000;
  CHECK(fit_huber_line(deaths, 12).slope == Approx(-12.09491917).epsilon(1e-3));
  check_near(path_of("robust_regression", deaths, 12, 12),
             {7536.013395, 6775.846728, 7554.346728, 7767.346728, 8616.346728, 9255.452703,
              9944.846728, 9241.180062, 8174.33795, 8482.180062, 7959.180062, 8181.94388},
             0.5);
  // Least squares, 7557.275 without that value as lm() has it, is pulled away much further.
  CHECK(path_of("linear_regression", kAccidentalDeaths, 12, 1)[0] == Approx(7557.275).margin(1e-3));
  CHECK(std::abs(path_of("linear_regression", deaths, 12, 1)[0] - 7557.275) > 150);
}

TEST_CASE("a line whose phases were seen once each has no slope of its own") {
  const std::vector<double> y{1, 2, 3};
  CHECK(fit_line(y, 3).slope == 0);
  CHECK(fit_line(y, 3).at(4) == 2);
  CHECK(fit_line(std::vector<double>{5}, 1).at(9) == 5);
}

TEST_CASE("a moving average is the mean of its window, by default of one season") {
  check_near(path_of("moving_average", kAirPassengers, 12, 2), {5714.0 / 12, 5714.0 / 12}, 1e-9);
  check_near(path_of("moving_average", kNile, 0, 1, {4}), {(919 + 718 + 714 + 740) / 4.0}, 1e-9);
  check_near(path_of("moving_average", kNile, 0, 1, {2}), {727}, 1e-9);
}

TEST_CASE("without a season the window is short on a walk and long on noise") {
  std::vector<double> steps;
  for (int i = 0; i < 300; ++i) steps.push_back(i);
  check_near(path_of("moving_average", steps, 0, 1), {298.5}, 1e-9);
  std::vector<double> alternating;
  for (int i = 0; i < 300; ++i) alternating.push_back(i % 2);
  check_near(path_of("moving_average", alternating, 0, 1), {0.5}, 1e-9);
}
