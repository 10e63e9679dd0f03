#include "aggregator/forecast/trend.h"

#include <cmath>
#include <string>
#include <vector>

#include "tests/support/catch.h"
#include "tests/unit/forecast/made_series.h"

using namespace headroom::forecast;

namespace {
const std::vector<double> kRising{23.5, 24.1, 23.9, 25.0, 24.1, 26.2,
                                  25.8, 25.0, 27.1, 26.6, 28.3, 27.1};
}

TEST_CASE("Theil-Sen gives the median of all pairwise slopes") {
  // All 66 slopes as Python fractions; their median is 323/840.
  CHECK(theil_sen(kRising) == Approx(323.0 / 840.0).epsilon(1e-12));
  CHECK(theil_sen(std::vector<double>{4}) == 0);
}

TEST_CASE("Theil-Sen ignores a third of wild values") {
  std::vector<double> line;
  for (int i = 0; i < 60; ++i) line.push_back(i % 4 == 1 ? 1e6 * (i % 3) : 3 + 0.5 * i);
  CHECK(theil_sen(line) == Approx(0.5).epsilon(0.02));
}

TEST_CASE("Theil-Sen of a long line is still its slope") {
  std::vector<double> line;
  for (int i = 0; i < 20'000; ++i) line.push_back(7 - 0.25 * i);
  CHECK(theil_sen(line) == Approx(-0.25).epsilon(1e-9));
}

TEST_CASE("Mann-Kendall agrees with exact arithmetic where values tie") {
  // S by counting; variance 629/3 from the tie-corrected formula in Python fractions; p from
  // statistics.NormalDist.
  const MannKendall test = mann_kendall(kRising);
  CHECK(test.s == 49);
  CHECK(test.z == Approx(48 / std::sqrt(629.0 / 3.0)).epsilon(1e-12));
  CHECK(test.p_value == Approx(0.0009166061974070772).epsilon(1e-9));
}

TEST_CASE("Mann-Kendall's variance is that over all orders of the values") {
  // The variance of S over all 5040 permutations of these values, by enumeration in Python: 127/3.
  const MannKendall test = mann_kendall(std::vector<double>{3, 1, 2, 2, 5, 4, 4});
  CHECK(test.s == 9);
  CHECK(test.z == Approx(8 / std::sqrt(127.0 / 3.0)).epsilon(1e-12));
  CHECK(test.p_value == Approx(0.21886294889033013).epsilon(1e-7));
}

TEST_CASE("a falling series has a negative score and a constant one none") {
  CHECK(mann_kendall(std::vector<double>{5, 4, 3, 2, 1}).s == -10);
  const MannKendall constant = mann_kendall(std::vector<double>{2, 2, 2, 2});
  CHECK(constant.z == 0);
  CHECK(constant.p_value == 1);
}

TEST_CASE("with serial correlation in mind a wandering level is rarely called a trend") {
  int naive_claims = 0;
  int claims = 0;
  const int seeds = 300;
  for (int seed = 0; seed < seeds; ++seed) {
    const auto level = autoregressive(60, 0.6, static_cast<std::uint64_t>(seed));
    naive_claims += mann_kendall(level).p_value < 0.01;
    claims += mann_kendall(level, true).p_value < 0.01;
  }
  INFO(naive_claims << " and " << claims << " of " << seeds);
  CHECK(naive_claims > seeds / 20);
  CHECK(claims < seeds / 20);
}

TEST_CASE("a damped trend runs straight first and stops for good later") {
  CHECK(damped_steps(10, 50) == 10);
  CHECK(damped_steps(50, 50) == 50);
  CHECK(damped_steps(100, 50) == Approx(50 + 50 * (1 - std::exp(-1.0))));
  CHECK(damped_steps(1e9, 50) == Approx(100));
  CHECK(damped_steps(3, 0) == 0);
}
