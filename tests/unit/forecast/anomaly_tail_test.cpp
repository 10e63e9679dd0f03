// The pieces that turn a size into a rarity, against values worked out elsewhere.
#include <algorithm>
#include <cmath>
#include <random>
#include <vector>

#include "aggregator/forecast/anomaly/sorted_window.h"
#include "aggregator/forecast/anomaly/tail.h"
#include "common/base/random.h"
#include "tests/support/catch.h"

namespace headroom::forecast {
namespace {

// Learns the exact quantiles of a Pareto distribution with P(X > x) = x^-alpha, in a mixed order.
TailSurprise pareto_past(double alpha, std::size_t n) {
  std::vector<double> values(n);
  for (std::size_t i = 0; i < n; ++i)
    values[i] = std::pow((static_cast<double>(i) + 0.5) / static_cast<double>(n), -1 / alpha);
  Random random(7);
  std::shuffle(values.begin(), values.end(), random);
  TailSurprise past;
  for (const double value : values) past.learn(value);
  return past;
}

}  // namespace

TEST_CASE("Hill's estimate agrees with R on the lengths of North America's rivers") {
  // R 4.2.2: s <- sort(rivers, decreasing = TRUE); mean(log(s[1:(k-1)] / s[k])) for k = 20 and 10
  const std::vector<double> longest{3710, 2533, 2348, 2315, 1885, 1770, 1459, 1450, 1306, 1270,
                                    1243, 1205, 1171, 1100, 1054, 1038, 1000, 981,  906,  900};
  CHECK(hill_tail_index(longest) == Approx(0.47498067609596).epsilon(1e-12));
  CHECK(hill_tail_index({longest.data(), 10}) == Approx(0.444827661913501).epsilon(1e-12));
}

TEST_CASE("Hill's estimate of powers of e is their mean exponent") {
  CHECK(hill_tail_index(std::vector<double>{std::exp(3), std::exp(2), std::exp(1), 1}) ==
        Approx(2));
  CHECK(hill_tail_index(std::vector<double>{5}) == 0);
  CHECK(hill_tail_index({}) == 0);
}

TEST_CASE("what was seen before is as surprising as it was rare") {
  TailSurprise past;
  for (int i = 1; i <= 1000; ++i) past.learn(i);
  // 500 of 1000 were at least 501, 100 at least 901; half a one is added so that nothing is
  // impossible.
  CHECK(past.of(501) == Approx(-std::log10(500.5 / 1001)));
  CHECK(past.of(901) == Approx(-std::log10(100.5 / 1001)));
  CHECK(past.of(0) < 0.001);
}

TEST_CASE("what was never seen before is ranked by the tail's known law") {
  const double alpha = GENERATE(1.5, 3.0, 6.0);
  const TailSurprise past = pareto_past(alpha, 4000);
  for (const double orders : {2.5, 4.0, 5.0}) {
    INFO("alpha " << alpha << ", one in 10^" << orders);
    // From 80 tail values the index is known to about 80^-1/2 = 11 %.
    CHECK(past.of(std::pow(10, orders / alpha)) == Approx(orders).epsilon(0.11));
  }
}

TEST_CASE("a short past says nothing, and no size says more than twelve orders") {
  TailSurprise past;
  for (std::size_t i = 0; i + 1 < TailSurprise::kLeastPast; ++i) past.learn(1);
  CHECK(past.of(1e300) == 0);
  past.learn(1);
  CHECK(past.of(1e300) == TailSurprise::kMost);
  CHECK(past.of(INFINITY) == TailSurprise::kMost);
  CHECK(past.of(-5) >= 0);
}

TEST_CASE("a surprise never falls while the size grows") {
  Random random(11);
  std::normal_distribution<double> normal;
  TailSurprise past;
  for (int i = 0; i < 3000; ++i) past.learn(std::abs(normal(random)));
  double before = 0;
  for (double size = 0; size < 20; size += 0.01) {
    const double now = past.of(size);
    // Between the counted part and the fitted one lies half a value.
    CHECK(now >= before - 0.01);
    before = now;
  }
}

TEST_CASE("a sorted window holds the newest values in order") {
  Random random(3);
  std::uniform_int_distribution<int> draw(0, 40);  // many equal ones
  SortedWindow<double> window(100);
  std::vector<double> all;
  for (int i = 0; i < 1000; ++i) {
    all.push_back(draw(random));
    const auto gone = window.push(all.back());
    REQUIRE(gone.has_value() == (i >= 100));
    if (gone) REQUIRE(*gone == all[all.size() - 101]);
    std::vector<double> expected(all.end() - static_cast<std::ptrdiff_t>(window.size()), all.end());
    std::sort(expected.begin(), expected.end());
    for (std::size_t k = 0; k < expected.size(); ++k) REQUIRE(window[k] == expected[k]);
    const double some = draw(random);
    REQUIRE(window.count_at_least(some) ==
            static_cast<std::size_t>(std::count_if(expected.begin(), expected.end(),
                                                   [&](double one) { return one >= some; })));
  }
}

}  // namespace headroom::forecast
