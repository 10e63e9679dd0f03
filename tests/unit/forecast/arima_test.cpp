// Seasonal ARIMA. Reference values: R 4.2.2, stats::arima() and forecast 8.20, auto.arima().
#include "aggregator/forecast/arima.h"

#include <cmath>
#include <string>
#include <vector>

#include "tests/unit/forecast/classic_series.h"
#include "tests/unit/forecast/made_series.h"

using namespace headroom::forecast;

namespace {

std::vector<double> logs(std::vector<double> values) {
  for (double& value : values) value = std::log(value);
  return values;
}

struct Case {
  std::string what;
  std::vector<double> values;
  ArimaOrder order;
  double log_likelihood;
  double variance;
  std::vector<double> coefficients;  // ar, ma, seasonal ar, seasonal ma, mean
  std::vector<double> forecasts;
};

std::vector<Case> cases() {
  return {
      {"LakeHuron (2,0,0)",
       kLakeHuron,
       {2, 0, 0, 0, 0, 0, 0, true},
       -103.6332226,
       0.4788206233,
       {1.0436135737, -0.2494976548, 579.0473216057},
       {579.7895589, 579.5942194, 579.4328851, 579.3132512}},
      {"LakeHuron (1,0,1)",
       kLakeHuron,
       {1, 0, 1, 0, 0, 0, 0, true},
       -103.2452606,
       0.4749398386,
       {0.7448993197, 0.3205890685, 579.0554555560},
       {579.7333728, 579.5604357, 579.4316149, 579.3356564}},
      {"lh (3,0,0)",
       kLuteinizing,
       {3, 0, 0, 0, 0, 0, 0, true},
       -27.09241107,
       0.1786602877,
       {0.64479651655, -0.06337352875, -0.21980619171, 2.39312746844},
       {2.460180641, 2.270846479, 2.198617996, 2.260719113}},
      {"WWWusage (3,1,0)",
       kWwwUsage,
       {3, 1, 0, 0, 0, 0, 0, false},
       -251.996992,
       9.363338549,
       {1.1513401325, -0.6612265340, 0.3407127645},
       {219.6608003, 219.2298682, 218.2765810, 217.3483973}},
      {"Nile (1,1,1)",
       kNile,
       {1, 1, 1, 0, 0, 0, 0, false},
       -630.6273818,
       19769.28775,
       {0.2543713701, -0.8741363712},
       {816.1812759, 835.5596115, 840.4889052, 841.7427764}},
      {"log AirPassengers (0,1,1)(0,1,1)",
       logs(kAirPassengers),
       {0, 1, 1, 0, 1, 1, 12, false},
       244.6995306,
       0.001348034819,
       {-0.4018280168, -0.5569448384},
       {6.110185743, 6.053775271, 6.171714856, 6.199300448, 6.232555979, 6.368778676, 6.507293783,
        6.502906417, 6.324698246, 6.209008033, 6.063487435, 6.168024882, 6.206434993, 6.150024521}},
      {"USAccDeaths (0,1,1)(0,1,1)",
       kAccidentalDeaths,
       {0, 1, 1, 0, 1, 1, 12, false},
       -425.4399936,
       99346.88993,
       {-0.4302692362, -0.5527912702},
       {8336.061266, 7531.829141, 8314.643760, 8616.868756}},
      {"nottem (1,0,0)(2,1,0)",
       kNottingham,
       {1, 0, 0, 2, 1, 0, 12, false},
       -526.5923486,
       5.701893871,
       {0.2856001807, -0.8597981537, -0.2962968730},
       {41.09668744, 41.03025551, 43.95642672, 46.99969850, 52.90211069, 58.74082416, 60.28742638,
        61.01106107, 56.96082380, 50.19844896, 45.73545693, 38.38149373}},
  };
}

}  // namespace

TEST_CASE("exact fits have the coefficients, likelihood and forecasts of arima()") {
  for (const Case& one : cases()) {
    INFO(one.what);
    const auto fit = fit_arima(one.values, one.order, ArimaMethod::kExact);
    REQUIRE(fit);
    // R takes the first differences as diffuse with a large but finite variance: 0.003 in the log.
    CHECK(fit->log_likelihood == Approx(one.log_likelihood).margin(0.004).epsilon(0));
    CHECK(fit->variance == Approx(one.variance).epsilon(1e-4));
    std::vector<double> got = fit->ar;
    for (const auto* more : {&fit->ma, &fit->seasonal_ar, &fit->seasonal_ma}) {
      got.insert(got.end(), more->begin(), more->end());
    }
    if (one.order.constant) got.push_back(fit->mean);
    check_near(got, one.coefficients, 5e-4);
    std::vector<double> path(one.forecasts.size());
    REQUIRE(arima_path(*fit, one.values, path));
    for (std::size_t h = 0; h < path.size(); ++h) {
      CHECK(path[h] == Approx(one.forecasts[h]).epsilon(1e-5));
    }
  }
}

TEST_CASE("the stepwise search ends where auto.arima() does") {
  const auto order = [](std::size_t p, std::size_t d, std::size_t q, std::size_t sp, std::size_t sd,
                        std::size_t sq, std::size_t period, bool constant) {
    return ArimaOrder{p, d, q, sp, sd, sq, period, constant};
  };
  CHECK(best_arima(kNile, 0)->order == order(1, 1, 1, 0, 0, 0, 0, false));
  CHECK(best_arima(kWwwUsage, 0)->order == order(1, 1, 1, 0, 0, 0, 0, false));
  CHECK(best_arima(kLuteinizing, 0)->order == order(1, 0, 0, 0, 0, 0, 0, true));
  CHECK(best_arima(kAccidentalDeaths, 12)->order == order(0, 1, 1, 0, 1, 1, 12, false));
  CHECK(best_arima(logs(kAirPassengers), 12)->order == order(0, 1, 1, 0, 1, 1, 12, false));
  // R keeps a random walk at 220.258; the search here gets further.
  CHECK(best_arima(kLakeHuron, 0)->aicc < 220.258);
  CHECK(best_arima(kNile, 0)->aicc == Approx(1267.507395).margin(0.01));
}

TEST_CASE("the KPSS statistic is that of ur.kpss()") {
  // R 4.2.2, urca 1.3-3, type "mu", trunc(3 * sqrt(n) / 13) lags.
  CHECK(kpss_level(kNile) == Approx(1.315226463).epsilon(1e-9));
  CHECK(kpss_level(kLakeHuron) == Approx(1.221218569).epsilon(1e-9));
}

TEST_CASE("differences that auto.arima() takes are taken") {
  // ndiffs() and nsdiffs().
  CHECK(seasonal_strength(kNottingham, 12) > 0.64);
  CHECK(seasonal_strength(kAccidentalDeaths, 12) > 0.64);
  CHECK(seasonal_strength(kLakeHuron, 7) < 0.64);
  const ArimaOrder both{0, 1, 0, 0, 1, 0, 4, false};
  const std::vector<double> squares{0, 1, 4, 9, 16, 25, 36, 49};
  CHECK(differenced(squares, both) == std::vector<double>{8, 8, 8});
}

TEST_CASE("conditional and exact fits agree on a long series, and both find the process") {
  const std::vector<double> values = autoregressive(2000, 0.7, 21);
  const ArimaOrder order{1, 0, 1, 0, 0, 0, 0, true};
  const auto quick = fit_arima(values, order, ArimaMethod::kConditional);
  const auto exact = fit_arima(values, order, ArimaMethod::kExact);
  REQUIRE(quick);
  REQUIRE(exact);
  CHECK_FALSE(quick->exact);
  CHECK(quick->ar[0] == Approx(exact->ar[0]).margin(2e-3));
  CHECK(exact->ar[0] == Approx(0.7).margin(0.06));
  CHECK(exact->ma[0] == Approx(0).margin(0.08));
  std::vector<double> a(50);
  std::vector<double> b(50);
  REQUIRE(arima_path(*quick, values, a));
  REQUIRE(arima_path(*exact, values, b));
  for (std::size_t h = 0; h < a.size(); ++h) CHECK(a[h] == Approx(b[h]).margin(0.02));
}

TEST_CASE("orders that a person set are fitted") {
  const auto path = path_of("arima", kNile, 0, 2, {0, 1, 1, -1, -1, -1, 0});
  // arima(Nile, order = c(0, 1, 1))
  check_near(path, {798.3673139, 798.3673139}, 0.05);
}

TEST_CASE("a drift goes on and a random walk stays") {
  std::vector<double> values = random_walk(300, 5);
  for (std::size_t i = 0; i < values.size(); ++i) values[i] += 3 * static_cast<double>(i);
  const auto path = path_of("arima", values, 0, 10, {0, 1, 0, 0, 0, 0, 1});
  const double slope = (values.back() - values.front()) / 299;
  CHECK(path[9] == Approx(values.back() + 10 * slope).epsilon(1e-3));
}

TEST_CASE("a constant and too few values are left to others") {
  CHECK_FALSE(best_arima(std::vector<double>(50, 0.25), 0));
  CHECK_FALSE(best_arima(std::vector<double>{1, 2}, 0));
  CHECK_FALSE(fit_arima(std::vector<double>(kNile.begin(), kNile.begin() + 30),
                        {2, 1, 2, 1, 1, 1, 12, false}, ArimaMethod::kExact));
  CHECK_FALSE(fit_arima(std::vector<double>{1, 2, 3}, {0, 0, 0, 0, 1, 0, 12, false},
                        ArimaMethod::kConditional));
}
