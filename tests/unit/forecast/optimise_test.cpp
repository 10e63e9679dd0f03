#include "aggregator/forecast/optimise.h"

#include <cmath>
#include <limits>
#include <vector>

#include "aggregator/forecast/classical.h"
#include "tests/unit/forecast/classic_series.h"

using namespace headroom::forecast;

namespace {

// Rosenbrock's valley: its minimum, 0 at (1, 1), lies at the end of a bent floor.
double valley(std::span<const double> at) {
  return 100 * std::pow(at[1] - at[0] * at[0], 2) + std::pow(1 - at[0], 2);
}

}  // namespace

TEST_CASE("both searches find the end of Rosenbrock's valley") {
  const Search search{.evaluations = 2000, .tolerance = 1e-12};
  for (const Minimum& found : {nelder_mead(valley, {-1.2, 1}, 0.5, search),
                               quasi_newton(valley, {-1.2, 1}, 1e-5, search)}) {
    CHECK(found.at[0] == Approx(1).margin(1e-3));
    CHECK(found.at[1] == Approx(1).margin(1e-3));
    CHECK(found.value == Approx(0).margin(1e-6));
  }
}

TEST_CASE("a search stays where its objective is defined") {
  const Objective log_valley = [](std::span<const double> at) {
    return at[0] <= 0 ? std::numeric_limits<double>::quiet_NaN() : at[0] - std::log(at[0]);
  };
  const Search search{.evaluations = 500, .tolerance = 1e-12};
  CHECK(nelder_mead(log_valley, {0.1}, -0.5, search).at[0] == Approx(1).margin(1e-4));
  CHECK(quasi_newton(log_valley, {0.1}, 1e-5, search).at[0] == Approx(1).margin(1e-4));
}

TEST_CASE("a search ends when its evaluations are spent") {
  std::size_t calls = 0;
  const Objective slope = [&](std::span<const double> at) {
    ++calls;
    return -at[0] - at[1];
  };
  nelder_mead(slope, {0, 0}, 1, {.evaluations = 50, .tolerance = 0});
  CHECK(calls <= 60);
}

TEST_CASE("a bounded parameter comes back from the real line") {
  for (const double value : {0.1, 0.35, 0.9}) {
    CHECK(bounded(unbounded(value, 0, 1), 0, 1) == Approx(value));
  }
  CHECK(bounded(1e9, 2, 3) == Approx(3));
  CHECK(bounded(-1e9, 2, 3) == Approx(2));
}

TEST_CASE("seasonal indices of airline passengers are those of decompose()") {
  // R 4.2.2: decompose(AirPassengers, "additive" and "multiplicative")$figure.
  const auto sums = classical_season(kAirPassengers, 12, false);
  REQUIRE(sums);
  check_near(
      *sums,
      {-24.7487373737, -36.1881313131, -2.2411616162, -8.0366161616, -4.5063131313, 35.4027777778,
       63.8308080808, 62.8232323232, 16.5202020202, -20.6426767677, -53.5934343434, -28.6199494949},
      1e-6);
  const auto factors = classical_season(kAirPassengers, 12, true);
  REQUIRE(factors);
  check_near(
      *factors,
      {0.91023036737, 0.88362532069, 1.00736628760, 0.97590601232, 0.98137802750, 1.11277582668,
       1.22655554293, 1.21991096945, 1.06049193265, 0.92175724041, 0.80117808241, 0.89882438999},
      1e-8);
  CHECK_FALSE(classical_season(std::span(kAirPassengers).first(23), 12, false));
}

TEST_CASE("a season of an odd period is found as decompose() finds it") {
  // R 4.2.2: decompose(ts(LakeHuron, frequency = 7))$figure.
  const auto sums = classical_season(kLakeHuron, 7, false);
  REQUIRE(sums);
  check_near(*sums,
             {-0.051465575241, 0.162270688495, -0.033004036780, 0.073628616282, -0.125201838977,
              0.066886073111, -0.093113926889},
             1e-7);
}

TEST_CASE(
    "passengers and temperatures are seasonal by the test of the Theta method, lakes are not") {
  CHECK(seems_seasonal(kAirPassengers, 12));
  CHECK(seems_seasonal(kNottingham, 12));
  CHECK_FALSE(seems_seasonal(kLakeHuron, 7));
  CHECK_FALSE(seems_seasonal(std::vector<double>(50, 1.0), 12));
}
