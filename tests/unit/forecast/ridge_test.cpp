#include "aggregator/forecast/ridge.h"

#include <cmath>
#include <vector>

#include "aggregator/forecast/lagged_sums.h"
#include "aggregator/forecast/registry.h"
#include "tests/support/catch.h"
#include "tests/unit/forecast/made_series.h"

using namespace headroom::forecast;

namespace {

// Sums of products of centred columns, and with the centred target, row by row.
struct Sums {
  std::vector<double> products;
  std::vector<double> with_target;
};

Sums centred_sums(const std::vector<std::vector<double>>& rows, const std::vector<double>& y) {
  const std::size_t k = rows.front().size();
  const auto n = static_cast<double>(rows.size());
  std::vector<double> means(k, 0.0);
  double mean = 0;
  for (std::size_t r = 0; r < rows.size(); ++r) {
    for (std::size_t i = 0; i < k; ++i) means[i] += rows[r][i] / n;
    mean += y[r] / n;
  }
  Sums sums{std::vector<double>(k * k, 0.0), std::vector<double>(k, 0.0)};
  for (std::size_t r = 0; r < rows.size(); ++r) {
    for (std::size_t i = 0; i < k; ++i) {
      sums.with_target[i] += (rows[r][i] - means[i]) * (y[r] - mean);
      for (std::size_t j = 0; j < k; ++j) {
        sums.products[i * k + j] += (rows[r][i] - means[i]) * (rows[r][j] - means[j]);
      }
    }
  }
  return sums;
}

}  // namespace

TEST_CASE("ridge coefficients are those that numpy's solver gives") {
  // numpy 1.24.2: solve(Z'Z + 0.1 I, Z'y) on centred columns of unit length, in the columns' units.
  Sums sums =
      centred_sums({{1, 2, 0.5}, {2, 1, 0.1}, {3, 5, 0.9}, {4, 3, 0.4}, {5, 8, 0.2}, {6, 4, 0.7}},
                   {1.2, 0.7, 3.1, 2.2, 4.9, 3.0});
  const auto slopes = solve_ridge(sums.products, sums.with_target, 0.1);
  CHECK(slopes[0] == Approx(0.18393366));
  CHECK(slopes[1] == Approx(0.46502777));
  CHECK(slopes[2] == Approx(0.16593632));
}

TEST_CASE("a column that never moves gets no coefficient, and doubles share theirs") {
  Sums sums = centred_sums({{1, 5, 1}, {2, 5, 2}, {3, 5, 3}, {4, 5, 4}}, {2, 4, 6, 8});
  const auto slopes = solve_ridge(sums.products, sums.with_target, 1e-9);
  CHECK(slopes[1] == 0);
  CHECK(slopes[0] == Approx(1));
  CHECK(slopes[2] == Approx(1));
}

TEST_CASE("lagged sums are the sums of their definition at every end") {
  const auto w = autoregressive(300, 0.7, 4);
  const std::vector<std::size_t> lags{1, 2, 5, 23, 24, 25, 48};
  const std::vector<std::size_t> ends{60, 177, 300};
  const LaggedSums sums(w, lags, 50, ends);
  std::vector<std::size_t> all{0};
  all.insert(all.end(), lags.begin(), lags.end());
  for (std::size_t e = 0; e < ends.size(); ++e) {
    for (std::size_t a = 0; a < all.size(); ++a) {
      double sum = 0;
      for (std::size_t t = 50; t < ends[e]; ++t) sum += w[t - all[a]];
      CHECK(sums.sum(e, a) == Approx(sum).margin(1e-9));
      for (std::size_t b = 0; b < all.size(); ++b) {
        double product = 0;
        for (std::size_t t = 50; t < ends[e]; ++t) product += w[t - all[a]] * w[t - all[b]];
        CHECK(sums.product(e, a, b) == Approx(product).margin(1e-9));
      }
    }
  }
}

TEST_CASE("forecasts from several ends are those from each end alone") {
  const auto values = office_load(60 * 24, 5, 9);
  const std::vector<std::size_t> periods{24, 168};
  for (const char* name : {"ridge_ar", "ridge_ar_week", "ridge_ar_linear"}) {
    INFO(name);
    const Model& model = *find_model(name);
    std::vector<Series> ends;
    for (const std::size_t end : {900u, 1200u, 1440u}) {
      ends.push_back({.values = std::span(values).first(end), .periods = periods, .season = 24});
    }
    std::vector<std::vector<double>> paths(3, std::vector<double>(48));
    REQUIRE(model.forecast_each(ends, {}, paths));
    // Alone, each has the same lags: all are long enough for every one of them.
    for (std::size_t i = 0; i < ends.size(); ++i) {
      std::vector<double> alone(48);
      REQUIRE(model.forecast(ends[i], {}, alone));
      for (std::size_t h = 0; h < alone.size(); ++h) {
        CHECK(paths[i][h] == Approx(alone[h]).epsilon(0.02));
      }
    }
  }
}

TEST_CASE("long histories of minutes are forecast from their newest part") {
  // More than the model looks at, in cuts that lie further apart than that.
  const auto values = office_load(90'000, 5, 11);
  for (const char* name : {"ridge_ar", "ridge_ar_week", "ridge_ar_linear"}) {
    for (const std::size_t season : {24u, 1440u, 10'080u}) {
      INFO(name << " at a season of " << season);
      std::vector<Series> ends;
      for (const std::size_t end : {30'000u, 45'000u, 90'000u}) {
        ends.push_back({.values = std::span(values).first(end), .periods = {}, .season = season});
      }
      std::vector<std::vector<double>> paths(3, std::vector<double>(48));
      if (!find_model(name)->forecast_each(ends, {}, paths)) continue;
      for (std::size_t i = 0; i < ends.size(); ++i) {
        std::vector<double> alone(48);
        REQUIRE(find_model(name)->forecast(ends[i], {}, alone));
        for (std::size_t h = 0; h < 48; ++h) CHECK(paths[i][h] == Approx(alone[h]).epsilon(0.1));
      }
    }
  }
}

TEST_CASE("ridge autoregression finds the memory that was put in") {
  // What differs from the day before follows w[t] = 0.8 w[t-1] + noise: the best forecast of it is
  // 0.8^h times its last value.
  std::vector<double> values(24, 0.0);
  for (std::size_t i = 0; i < 24; ++i) values[i] = 0.3 + 0.1 * wave(i, 24);
  const auto memory = autoregressive(3000, 0.8, 12);
  for (const double w : memory) values.push_back(values[values.size() - 24] + 1e-4 * w);
  // From a moment at which there is something to remember.
  const auto change = [&] { return values.back() - values[values.size() - 25]; };
  while (std::abs(change()) < 4e-4) values.pop_back();
  const double last = values.back() - values[values.size() - 25];
  std::vector<double> path(3);
  const Series series{.values = values, .periods = {}, .season = 24};
  REQUIRE(find_model("ridge_ar_linear")->forecast(series, {}, path));
  double expected = last;
  for (std::size_t h = 0; h < 3; ++h) {
    expected *= 0.8;
    // From 4e-4 on; the coefficients are estimated to some hundredths.
    CHECK(path[h] - values[values.size() - 24 + h] == Approx(expected).margin(7e-5));
  }
}
