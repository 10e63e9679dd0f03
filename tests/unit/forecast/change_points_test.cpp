#include "aggregator/forecast/change_points.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "aggregator/forecast/pelt.h"
#include "aggregator/forecast/segment_costs.h"
#include "tests/support/catch.h"
#include "tests/unit/forecast/made_series.h"

using namespace headroom::forecast;

namespace {

using Values = std::vector<double>;
constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

double absolute_deviations(const Values& y, std::size_t begin, std::size_t end) {
  Values part(y.begin() + static_cast<std::ptrdiff_t>(begin),
              y.begin() + static_cast<std::ptrdiff_t>(end));
  std::sort(part.begin(), part.end());
  double sum = 0;
  for (const double value : part) sum += std::abs(value - part[(part.size() - 1) / 2]);
  return sum;
}

double squares_about_line(const Values& y, std::size_t begin, std::size_t end) {
  const double n = static_cast<double>(end - begin);
  double mean = 0;
  for (std::size_t i = begin; i < end; ++i) mean += y[i] / n;
  double across = 0;
  double along = 0;
  for (std::size_t i = begin; i < end; ++i) {
    const double x = static_cast<double>(i - begin) - (n - 1) / 2;
    across += x * (y[i] - mean);
    along += x * x;
  }
  const double slope = along > 0 ? across / along : 0;
  double sum = 0;
  for (std::size_t i = begin; i < end; ++i) {
    const double rest = y[i] - mean - slope * (static_cast<double>(i - begin) - (n - 1) / 2);
    sum += rest * rest;
  }
  return sum;
}

// Optimal partitioning without pruning (Jackson et al. 2005): every last change for every end.
template <typename Cost>
double least_total(const Cost& cost, std::size_t n, double penalty, std::size_t shortest) {
  Values best(n + 1, std::numeric_limits<double>::infinity());
  best[0] = -penalty;
  for (std::size_t end = shortest; end <= n; ++end) {
    for (std::size_t begin = 0; begin + shortest <= end; ++begin)
      best[end] = std::min(best[end], best[begin] + cost(begin, end) + penalty);
  }
  return best[n];
}

template <typename Cost>
double total_of(const Cost& cost, const std::vector<std::size_t>& changes, std::size_t n,
                double penalty) {
  double total = -penalty;
  for (std::size_t s = 0; s <= changes.size(); ++s) {
    const std::size_t begin = s == 0 ? 0 : changes[s - 1];
    const std::size_t end = s == changes.size() ? n : changes[s];
    total += cost(begin, end) + penalty;
  }
  return total;
}

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
int claims(Make make, int seeds) {
  int claimed = 0;
  for (int seed = 1; seed <= seeds; ++seed) {
    claimed += find_change_points(make(static_cast<std::uint64_t>(seed))).empty() ? 0 : 1;
  }
  return claimed;
}

}  // namespace

TEST_CASE("the cost of a level is the sum of absolute deviations, worked out by sorting") {
  for (const std::size_t n : {1u, 2u, 5u, 64u, 97u}) {
    Values y = white_noise(n, n);
    if (n == 97) {
      for (double& value : y) value = std::round(value);  // ties
    }
    const MedianCost cost(y);
    for (std::size_t begin = 0; begin < n; ++begin) {
      for (std::size_t end = begin + 1; end <= n; ++end)
        REQUIRE(cost(begin, end) == Approx(absolute_deviations(y, begin, end)).margin(1e-10));
    }
  }
}

TEST_CASE("the cost of a line is the sum of squares about it, worked out point by point") {
  Values y = random_walk(80, 3);
  for (double& value : y) value += 1e6;
  const LineCost cost(y);
  for (std::size_t begin = 0; begin < y.size(); ++begin) {
    for (std::size_t end = begin + 1; end <= y.size(); ++end)
      REQUIRE(cost(begin, end) == Approx(squares_about_line(y, begin, end)).margin(1e-6));
  }
  const LineCost::Line line = LineCost(Values{1, 3, 5, 7, 100}).line(1, 4);
  CHECK(line.first == Approx(3));
  CHECK(line.slope == Approx(2));
}

TEST_CASE("pruning finds what optimal partitioning finds") {
  for (std::uint64_t seed = 1; seed <= 60; ++seed) {
    Values y = seed % 3 == 0 ? random_walk(90, seed) : white_noise(90, seed);
    for (std::size_t i = 0; i < y.size(); ++i) y[i] += i > 20 + seed % 40 ? 3 : 0;
    for (const double penalty : {0.5, 3.0, 12.0}) {
      for (const std::size_t shortest : {1u, 4u}) {
        INFO("seed " << seed << ", penalty " << penalty << ", shortest " << shortest);
        const MedianCost levels(y);
        const auto by_level = pelt(levels, y.size(), penalty, shortest);
        CHECK(total_of(levels, by_level, y.size(), penalty) ==
              Approx(least_total(levels, y.size(), penalty, shortest)).epsilon(1e-9));
        const LineCost lines(y);
        const auto by_line = pelt(lines, y.size(), penalty, shortest);
        CHECK(total_of(lines, by_line, y.size(), penalty) ==
              Approx(least_total(lines, y.size(), penalty, shortest)).epsilon(1e-9));
      }
    }
  }
}

TEST_CASE("the Nile fell in 1898, as is known") {
  // Cobb 1978; R's strucchange (Zeileis et al. 2002) dates it to observation 28, the last before.
  const auto found = find_change_points(kNile);
  REQUIRE(found.size() == 1);
  CHECK(found[0].at == 28);
  CHECK(found[0].kind == ChangeKind::kLevel);
  // Means of 1098 before and 850 after; the medians are near them.
  CHECK(found[0].before == Approx(1110).margin(30));
  CHECK(found[0].after == Approx(845).margin(20));
}

TEST_CASE("several changes of level are found with their places and sizes") {
  int exact = 0;
  for (std::uint64_t seed = 1; seed <= 50; ++seed) {
    Values values = white_noise(400, seed);
    for (std::size_t i = 0; i < values.size(); ++i)
      values[i] += i < 100 ? 0 : i < 180 ? 6 : i < 300 ? 2 : -3;
    const auto found = find_change_points(values);
    REQUIRE(found.size() == 3);
    exact += found[0].at == 100 && found[1].at == 180 && found[2].at == 300 ? 1 : 0;
    CHECK(found[0].jump() == Approx(6).margin(0.8));
    CHECK(found[1].jump() == Approx(-4).margin(0.8));
    CHECK(found[2].jump() == Approx(-5).margin(0.8));
    for (const ChangePoint& point : found) CHECK(point.kind == ChangeKind::kLevel);
  }
  CHECK(exact >= 45);
}

TEST_CASE("a trend that turns is a change of trend, not a stair of levels") {
  for (std::uint64_t seed = 1; seed <= 30; ++seed) {
    Values values = white_noise(400, seed);
    for (std::size_t i = 0; i < values.size(); ++i)
      values[i] += i < 250 ? 0.1 * static_cast<double>(i) : 25 - 0.2 * static_cast<double>(i - 250);
    const auto found = find_change_points(values);
    INFO("seed " << seed);
    REQUIRE(found.size() == 1);
    CHECK(found[0].kind == ChangeKind::kTrend);
    CHECK(static_cast<double>(found[0].at) == Approx(250).margin(15));
    CHECK(found[0].slope_before == Approx(0.1).margin(0.01));
    CHECK(found[0].slope_after == Approx(-0.2).margin(0.02));
  }
}

TEST_CASE("noise, trends and wandering hold no change, whatever follows from what") {
  const int seeds = 200;
  for (const std::size_t n : {50u, 150u, 500u}) {
    INFO(n << " values");
    CHECK(claims([&](std::uint64_t s) { return white_noise(n, s); }, seeds) <= seeds / 50);
    CHECK(claims([&](std::uint64_t s) { return autoregressive(n, 0.5, s); }, seeds) <= seeds / 20);
    CHECK(claims([&](std::uint64_t s) { return autoregressive(n, 0.8, s); }, seeds) <= seeds / 20);
    CHECK(claims([&](std::uint64_t s) { return random_walk(n, s); }, seeds) <= seeds / 6);
    CHECK(claims(
              [&](std::uint64_t s) {
                Values values = white_noise(n, s);
                for (std::size_t i = 0; i < n; ++i) values[i] += 0.1 * static_cast<double>(i);
                return values;
              },
              seeds) <= seeds / 50);
    CHECK(claims(
              [&](std::uint64_t s) {
                Values values = white_noise(n, s);  // every ninth value is wild
                for (std::size_t i = s % 9; i < n; i += 9) values[i] *= 30;
                return values;
              },
              seeds) <= seeds / 50);
  }
}

TEST_CASE("a change is found through gaps, spikes and a season, to the hour") {
  Values values = office_load(84 * 24, 5, 3);
  for (std::size_t i = 1000; i < values.size(); ++i) values[i] += 60;
  for (std::size_t i = 17; i < values.size(); i += 97) values[i] += 800;
  for (std::size_t i = 5; i < values.size(); i += 31) values[i] = kNaN;
  for (std::size_t i = 400; i < 430; ++i) values[i] = kNaN;
  const std::vector<std::size_t> periods{24, 168};
  const auto found = find_change_points(without_seasons(values, periods), 24);
  REQUIRE(found.size() == 1);
  CHECK(static_cast<double>(found[0].at) == Approx(1000).margin(4));
  CHECK(found[0].jump() == Approx(60).margin(5));
}

TEST_CASE("a perfect step among equal values is found") {
  Values values(100, 2.0);
  for (std::size_t i = 60; i < 100; ++i) values[i] = 5;
  const auto found = find_change_points(values);
  REQUIRE(found.size() == 1);
  CHECK(found[0].at == 60);
  CHECK(found[0].before == 2);
  CHECK(found[0].after == 5);
}

TEST_CASE("a stair with more steps than the limit is told with fewer") {
  Values values = white_noise(500, 3);
  Values heights = white_noise(100, 4);
  for (std::size_t i = 0; i < values.size(); ++i)
    values[i] = 0.01 * values[i] + 50 * heights[i / 5];
  const auto found = find_change_points(values);
  CHECK(found.size() <= kChangePointsMost);
  CHECK_FALSE(found.empty());
}

TEST_CASE("a change in a million values is found to the value") {
  Values values = white_noise(1'000'000, 3);
  for (std::size_t i = 654'321; i < values.size(); ++i) values[i] += 8;
  const auto found = find_change_points(values);
  REQUIRE(found.size() == 1);
  CHECK(found[0].at == 654'321);
}

TEST_CASE("histories that can hold no change hold none") {
  CHECK(find_change_points({}).empty());
  CHECK(find_change_points(Values{1}).empty());
  CHECK(find_change_points(Values{1, 1, 1, 9, 9, 9}).empty());
  CHECK(find_change_points(Values(500, 3.0)).empty());
  CHECK(find_change_points(Values(500, 0.0)).empty());
  CHECK(find_change_points(Values(500, kNaN)).empty());
  const std::vector<std::size_t> day{24};
  CHECK(find_change_points(without_seasons(Values(500, kNaN), day)).empty());
  CHECK(without_seasons({}, day).empty());
}
