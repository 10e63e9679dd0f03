// The Theta method and its optimised form.
#include "aggregator/forecast/theta.h"

#include <cmath>
#include <vector>

#include "aggregator/forecast/ets.h"
#include "tests/unit/forecast/classic_series.h"

using namespace headroom::forecast;

namespace {

void check_close(const std::vector<double>& got, const std::vector<double>& expected,
                 double share) {
  REQUIRE(got.size() == expected.size());
  for (std::size_t i = 0; i < got.size(); ++i) {
    CHECK(got[i] == Approx(expected[i]).epsilon(share).margin(0));
  }
}

}  // namespace

TEST_CASE("forecasts are those of thetaf() with and without a season") {
  // R 4.2.2, forecast 8.20. Its gain of simple smoothing and this one differ in the fourth digit.
  check_close(path_of("theta", kNile, 0, 3), {799.811996, 798.454844, 797.097691}, 5e-4);
  check_close(path_of("theta", kWwwUsage, 0, 3), {220.309628, 220.619025, 220.928422}, 5e-5);
  check_close(path_of("theta", kLakeHuron, 0, 3), {579.947891, 579.935791, 579.923690}, 5e-6);
  check_close(path_of("theta", kAirPassengers, 12, 24),
              {440.078191, 428.384281, 489.707099, 475.704628, 479.670389, 545.366272,
               602.752002, 601.100763, 523.951492, 456.627145, 397.953735, 447.644909,
               454.529769, 442.413454, 505.700888, 491.198927, 495.251566, 563.033631,
               622.225822, 620.469089, 540.788748, 471.261733, 410.673907, 461.915396},
              5e-4);
  check_close(path_of("theta", kAccidentalDeaths, 12, 12),
              {8270.69381, 7508.92387, 8322.12481, 8554.14351, 9450.09297, 9870.93362, 10822.49773,
               10091.84071, 8944.43360, 9329.28967, 8778.91283, 8990.77591},
              2e-3);
}

TEST_CASE("the dynamic model's recursion is the paper's, each line fitted by least squares") {
  // Fiorucci et al. 2016, worked out in NumPy 1.24 with polyfit() at every point instead of the
  // recursion.
  const DynamicTheta model{.first_level = 560, .alpha = 0.4, .theta = 2};
  std::vector<double> path(4);
  CHECK(run_dynamic_theta(kNile, model, path) == Approx(2160493.750129488).epsilon(1e-9));
  check_near(path, {761.2663657275185, 759.8939165576531, 758.5171977829317, 757.1368209114717},
             1e-7);
}

TEST_CASE("the optimised model misses by no more than the best that SciPy finds") {
  // scipy.optimize.minimize(method = "Nelder-Mead") from nine starts, over the same bounds.
  const DynamicTheta nile = fit_dynamic_theta(kNile);
  CHECK(run_dynamic_theta(kNile, nile, {}) <= 2038523.76 * 1.0001);
  check_close(path_of("optimised_theta", kNile, 0, 1), {805.4378471464835}, 2e-3);
}

TEST_CASE("with a coefficient of one only the smoothed level is left") {
  const DynamicTheta fit = fit_dynamic_theta(kNile, 1);
  CHECK(fit.theta == 1);
  std::vector<double> path(3);
  run_dynamic_theta(kNile, fit, path);
  CHECK(path[2] == Approx(path[0]));
  // R: ets(Nile, "ANN") forecasts 805.38 with a gain of 0.2455.
  CHECK(path[0] == Approx(805.381283).margin(1));
  CHECK(fit.alpha == Approx(0.2455).margin(0.01));
}

TEST_CASE("values that are not positive are adjusted by summands") {
  std::vector<double> values = kAccidentalDeaths;
  for (double& value : values) value -= 9000;
  const SeasonallyAdjusted adjusted(values, 12);
  CHECK(adjusted.seasonal());
  std::vector<double> path(12, 0.0);
  adjusted.restore(path);
  double sum = 0;
  for (const double value : path) sum += value;
  CHECK(sum == Approx(0).margin(1e-6));
  CHECK_FALSE(SeasonallyAdjusted(kLakeHuron, 7).seasonal());
}

TEST_CASE("fewer than four values are no trend to optimise") {
  std::vector<double> path(1);
  const std::vector<double> values{0.1, 0.2, 0.3};
  CHECK_FALSE(find_model("optimised_theta")->forecast({values, {}, 0}, {}, path));
}
