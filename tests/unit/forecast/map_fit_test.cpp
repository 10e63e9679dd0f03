#include "aggregator/forecast/map_fit.h"

#include <cmath>
#include <numbers>
#include <vector>

#include "tests/support/catch.h"

using namespace headroom::forecast;

namespace {

// A bending trend, a season of 8, disturbance without randomness and three wild values.
struct Problem {
  std::vector<Column> columns;
  std::vector<double> y;
};

Problem bent_trend() {
  constexpr std::size_t kPoints = 80;
  Problem problem;
  problem.columns.resize(9);
  for (std::size_t i = 0; i < kPoints; ++i) {
    const double x = static_cast<double>(i);
    const double t = x / (kPoints - 1);
    const double angle = 2 * std::numbers::pi * x / 8;
    problem.y.push_back(0.4 + 0.3 * t - 0.5 * std::max(t - 0.5, 0.0) + 0.2 * std::sin(angle) +
                        0.03 * std::sin(1.7 * x * x));
    auto& columns = problem.columns;
    columns[0].values.push_back(1);
    columns[1].values.push_back(t);
    for (std::size_t k = 1; k <= 5; ++k) {
      columns[1 + k].values.push_back(std::max(t - 0.16 * static_cast<double>(k), 0.0));
    }
    columns[7].values.push_back(std::sin(angle));
    columns[8].values.push_back(std::cos(angle));
  }
  problem.y[13] += 0.9;
  problem.y[40] -= 0.7;
  problem.y[41] -= 0.7;
  for (std::size_t c = 0; c < problem.columns.size(); ++c) {
    Column& column = problem.columns[c];
    column.prior = c >= 2 && c <= 6 ? Prior::kLaplace : Prior::kNormal;
    column.scale = c < 2 ? 5 : c <= 6 ? 0.05 : 10;
  }
  return problem;
}

}  // namespace

// Origin: the same objective minimised by scipy 1.10.1 (L-BFGS-B; the Laplace coefficients split
// into two non-negative halves) from ten random starts, all of which end at the same value.
TEST_CASE("the posterior mode is the one that a general optimiser finds") {
  const Problem problem = bent_trend();
  const MapFit fit = fit_map(problem.columns, problem.y, 1e-14);
  CHECK(fit.objective == Approx(-166.466200345).epsilon(1e-10));
  CHECK(fit.sigma == Approx(0.0495459435).epsilon(1e-5));
  const std::vector<double> expected{0.427511278, 0.198927159, 0,           0, -0.312099118, 0,
                                     0,           0.198250834, -0.003019531};
  REQUIRE(fit.coefficients.size() == expected.size());
  for (std::size_t c = 0; c < expected.size(); ++c) {
    CAPTURE(c);
    CHECK(fit.coefficients[c] == Approx(expected[c]).margin(2e-6));
  }
  CHECK(map_objective(problem.columns, problem.y, fit.coefficients, fit.sigma) ==
        Approx(fit.objective).epsilon(1e-12));
}

TEST_CASE("no direction leads downhill from the mode") {
  const Problem problem = bent_trend();
  const MapFit fit = fit_map(problem.columns, problem.y, 1e-14);
  const auto at = [&](std::size_t column, double step) {
    std::vector<double> moved = fit.coefficients;
    moved[column] += step;
    return map_objective(problem.columns, problem.y, moved, fit.sigma);
  };
  constexpr double kStep = 1e-6;
  for (std::size_t c = 0; c < fit.coefficients.size(); ++c) {
    CAPTURE(c);
    const double right = (at(c, kStep) - fit.objective) / kStep;
    const double left = (at(c, -kStep) - fit.objective) / kStep;
    // A smooth coordinate's slopes vanish; at a kink both sides rise.
    CHECK(right > -0.02);
    CHECK(left > -0.02);
    if (fit.coefficients[c] != 0) CHECK(std::abs(right - left) < 0.1);
  }
  const auto with_sigma = [&](double sigma) {
    return map_objective(problem.columns, problem.y, fit.coefficients, sigma);
  };
  CHECK(with_sigma(fit.sigma * 1.001) >= fit.objective);
  CHECK(with_sigma(fit.sigma * 0.999) >= fit.objective);
}

TEST_CASE(
    "collinear columns share what they explain and an exact fit stops at the least deviation") {
  std::vector<Column> columns(2);
  std::vector<double> y;
  for (std::size_t i = 0; i < 50; ++i) {
    columns[0].values.push_back(static_cast<double>(i) / 50);
    columns[1].values.push_back(static_cast<double>(i) / 50);
    y.push_back(static_cast<double>(i) / 100);
  }
  const MapFit fit = fit_map(columns, y, 1e-12);
  REQUIRE(fit.coefficients.size() == 2);
  CHECK(fit.coefficients[0] == Approx(0.25).margin(1e-6));
  CHECK(fit.coefficients[1] == Approx(0.25).margin(1e-6));
  CHECK(fit.sigma == kSigmaMin);
}

TEST_CASE("a fit without columns or observations is none") {
  CHECK(fit_map({}, std::vector<double>{1}, 1e-6).coefficients.empty());
  CHECK(fit_map(std::vector<Column>(1), {}, 1e-6).coefficients.empty());
}
