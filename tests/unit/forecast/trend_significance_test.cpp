#include "aggregator/forecast/trend_significance.h"

#include <cmath>
#include <limits>
#include <vector>

#include "aggregator/forecast/trend.h"
#include "tests/support/catch.h"
#include "tests/unit/forecast/made_series.h"

using namespace headroom::forecast;

namespace {

using Values = std::vector<double>;

// Annual flow of the Nile at Aswan 1871–1970, 10^8 m³ (R's datasets::Nile).
const Values kNile{1120, 1160, 963,  1210, 1160, 1160, 813,  1230, 1370, 1140, 995,  935,  1110,
                   994,  1020, 960,  1180, 799,  958,  1140, 1100, 1210, 1150, 1250, 1260, 1220,
                   1030, 1100, 774,  840,  874,  694,  940,  833,  701,  916,  692,  1020, 1050,
                   969,  831,  726,  456,  824,  702,  1120, 1100, 832,  764,  821,  768,  845,
                   864,  862,  698,  845,  744,  796,  1040, 759,  781,  865,  845,  944,  984,
                   897,  822,  1010, 771,  676,  649,  846,  812,  742,  801,  1040, 860,  874,
                   848,  890,  744,  749,  838,  1050, 918,  986,  797,  923,  975,  815,  1020,
                   906,  901,  1170, 912,  746,  919,  718,  714,  740};

template <typename Make>
double claims(Make make, int seeds, double level) {
  int claimed = 0;
  for (int seed = 1; seed <= seeds; ++seed) {
    const Values values = make(static_cast<std::uint64_t>(seed));
    claimed += estimate_trend(values, 1).p_value <= level ? 1 : 0;
  }
  return static_cast<double>(claimed) / seeds;
}

}  // namespace

TEST_CASE("Hamed and Rao's inflation of the Nile's variance is the one worked out in R") {
  // R 4.2.2, by the paper's formula with acf(rank(y - slope * x)) and median of all slopes.
  CHECK(hamed_rao_inflation(kNile) == Approx(2.14289832709872).epsilon(1e-12));
  CHECK(hamed_rao_inflation(std::span(kNile).first(40)) ==
        Approx(0.901333107990065).epsilon(1e-12));
  const MannKendall plain = mann_kendall(kNile);
  CHECK(plain.s == -1387);
  CHECK(plain.variance == Approx(112728.33333333333).epsilon(1e-14));
  const double corrected = 1386 / std::sqrt(plain.variance * hamed_rao_inflation(kNile));
  CHECK(std::erfc(corrected / std::sqrt(2.0)) == Approx(0.00480267631018274).epsilon(1e-9));
}

TEST_CASE("Student's t has the tails that SciPy gives") {
  // 2 * scipy.stats.t.sf, SciPy 1.10.1.
  CHECK(student_two_sided(2, 3.5) == Approx(0.1261385225759135).epsilon(1e-12));
  CHECK(student_two_sided(-0.7, 1) == Approx(0.6111997755715706).epsilon(1e-12));
  CHECK(student_two_sided(12.7, 1) == Approx(0.05002432768934415).epsilon(1e-12));
  CHECK(student_two_sided(1.5, 0.5) == Approx(0.5079017906481084).epsilon(1e-12));
  CHECK(student_two_sided(3, 98) == Approx(0.0034232644637296116).epsilon(1e-12));
  CHECK(student_two_sided(0, 5) == Approx(1));
  CHECK(student_two_sided(1.959963984540054, std::numeric_limits<double>::infinity()) ==
        Approx(0.05).epsilon(1e-12));
}

TEST_CASE("Sen's interval without autocorrelation is the one of SciPy") {
  // scipy.stats.theilslopes(y, x, 0.95), SciPy 1.10.1; its ranks' autocorrelation is negative.
  const Values y{2.04, -2.51, 0.52, -0.42, -0.25, 0.03, -1.72, 0.12, -0.47, 3.77,
                 0.73, 0.2,   0.32, -0.02, -0.36, 0.36, 1.28,  0.61, 1.86,  0.75,
                 1.02, 2.6,   1.65, 0.64,  1.02,  1.79, 3.24,  1.08, 1.16,  2.45};
  const TrendEstimate trend = estimate_trend(y, 1);
  REQUIRE(trend.inflation == 1);
  CHECK(trend.slope == Approx(0.08).epsilon(1e-12));
  CHECK(trend.lower == Approx(0.049130434782608694).epsilon(1e-12));
  CHECK(trend.upper == Approx(0.13294117647058823).epsilon(1e-12));
}

TEST_CASE("rises are counted fast and right, ties and all") {
  for (const std::size_t n : {1u, 2u, 17u, 100u, 333u}) {
    Values values = white_noise(n, n);
    for (double& value : values) value = std::round(3 * value);
    double s = 0;
    for (std::size_t i = 0; i < n; ++i) {
      for (std::size_t j = i + 1; j < n; ++j)
        s += (values[j] > values[i] ? 1 : 0) - (values[j] < values[i] ? 1 : 0);
    }
    CHECK(mann_kendall(values).s == s);
  }
  Values rising;
  for (int i = 0; i < 200'000; ++i) rising.push_back(i);
  CHECK(mann_kendall(rising).s == 200'000.0 * 199'999.0 / 2);
}

TEST_CASE("autocorrelated noise is rarely called a trend") {
  for (const std::size_t n : {60u, 100u, 300u}) {
    for (const double phi : {0.0, 0.3, 0.6, 0.8, 0.9}) {
      const double share =
          claims([&](std::uint64_t seed) { return autoregressive(n, phi, seed); }, 400, 0.05);
      INFO(share << " at " << phi << ", " << n << " values");
      // The level and three standard errors of 400 histories; near a unit root a little more.
      CHECK(share <= (phi < 0.85 ? 0.083 : 0.11));
    }
    const double share =
        claims([&](std::uint64_t seed) { return random_walk(n, seed); }, 400, 0.05);
    INFO(share << " of random walks, " << n << " values");
    CHECK(share <= 0.25);
  }
}

TEST_CASE(
    "a real trend is found through autocorrelated noise, and its slope lies in the interval") {
  int found = 0;
  int inside = 0;
  const int seeds = 200;
  for (std::uint64_t seed = 1; seed <= seeds; ++seed) {
    Values values = autoregressive(200, 0.6, seed);
    for (std::size_t i = 0; i < values.size(); ++i) values[i] += 0.03 * static_cast<double>(i);
    const TrendEstimate trend = estimate_trend(values, 1);
    found += trend.p_value <= 0.05 ? 1 : 0;
    inside += trend.lower <= 0.03 && 0.03 <= trend.upper ? 1 : 0;
    CHECK(trend.lower <= trend.slope);
    CHECK(trend.slope <= trend.upper);
  }
  INFO(found << " found, " << inside << " inside, of " << seeds);
  CHECK(found >= 196);
  CHECK(inside >= 180);
}

TEST_CASE("wild values and gaps do not bend a trend") {
  Values values = white_noise(400, 3);
  for (std::size_t i = 0; i < values.size(); ++i) {
    values[i] += 0.05 * static_cast<double>(i);
    if (i % 10 == 3) values[i] = 1e9;
    if (i % 7 == 2 || (i > 100 && i < 140)) values[i] = std::numeric_limits<double>::quiet_NaN();
  }
  const TrendEstimate trend = estimate_trend(values, 1);
  CHECK(trend.p_value < 1e-6);
  CHECK(trend.slope == Approx(0.05).epsilon(0.15));
}

TEST_CASE("a season is no trend where it is the block, and the slope stays per value") {
  Values values = office_load(182 * 24, 5, 1);
  CHECK(estimate_trend(values, 168).p_value > 0.05);
  for (std::size_t i = 0; i < values.size(); ++i) values[i] += 0.02 * static_cast<double>(i);
  const TrendEstimate trend = estimate_trend(values, 168);
  CHECK(trend.block == 168);
  CHECK(trend.blocks == 26);
  CHECK(trend.p_value < 0.001);
  CHECK(trend.slope == Approx(0.02).epsilon(0.05));
}

TEST_CASE("a history of a million points takes medians") {
  Values values = white_noise(1'000'000, 3);
  for (std::size_t i = 0; i < values.size(); ++i) values[i] += 1e-6 * static_cast<double>(i);
  const TrendEstimate trend = estimate_trend(values, 24);
  CHECK(trend.block % 24 == 0);
  CHECK(trend.blocks <= kTrendBlocksMost);
  CHECK(trend.slope == Approx(1e-6).epsilon(0.05));
  CHECK(trend.p_value < 1e-6);
}

TEST_CASE("histories without enough to say so have no trend") {
  CHECK(estimate_trend({}, 1).p_value == 1);
  CHECK(estimate_trend(Values{5}, 1).slope == 0);
  CHECK(estimate_trend(Values{5, 6, 7}, 4).blocks == 0);
  const Values constant(100, 7.0);
  CHECK(estimate_trend(constant, 1).p_value == 1);
  CHECK(estimate_trend(constant, 1).upper == 0);
  const Values unknown(100, std::numeric_limits<double>::quiet_NaN());
  CHECK(estimate_trend(unknown, 1).p_value == 1);
  const TrendEstimate two = estimate_trend(Values{1, 2}, 1);
  CHECK(two.slope == 1);
  CHECK(two.p_value == Approx(1));
}

TEST_CASE("the largest numbers there are have a trend with numbers that are finite") {
  const Values up_and_down{1e308, -1e308, 1e308, 1.7e308, 1e308};
  for (const Values& values :
       {Values{1e308, -1e308}, up_and_down, Values{-1.7e308, 1.7e308, -1.7e308, 1.7e308}}) {
    const TrendEstimate trend = estimate_trend(values, 1);
    CHECK(std::isfinite(trend.slope));
    CHECK(std::isfinite(trend.lower));
    CHECK(std::isfinite(trend.upper));
    CHECK(trend.p_value >= 0);
    CHECK(trend.p_value <= 1);
    CHECK(std::isfinite(hamed_rao_inflation(values)));
  }
}

TEST_CASE("a trend is the same in any unit") {
  const TrendEstimate usual = estimate_trend(kNile, 1);
  for (const int exponent : {1000, -1000}) {
    Values moved = kNile;
    for (double& value : moved) value = std::ldexp(value, exponent);
    const TrendEstimate trend = estimate_trend(moved, 1);
    CHECK(trend.slope == std::ldexp(usual.slope, exponent));
    CHECK(trend.upper == std::ldexp(usual.upper, exponent));
    CHECK(trend.p_value == usual.p_value);
  }
}
