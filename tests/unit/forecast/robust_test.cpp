#include "aggregator/forecast/robust.h"

#include <vector>

#include "tests/support/catch.h"

using namespace headroom::forecast;

TEST_CASE("the median of an even count lies between the two middle values") {
  CHECK(median(std::vector<double>{5, 1, 9}) == 5);
  CHECK(median(std::vector<double>{5, 1, 9, 6}) == 5.5);
  CHECK(median(std::vector<double>{}) == 0);
}

TEST_CASE("quantiles agree with Python's statistics.quantiles of the inclusive kind") {
  // statistics.quantiles([7, 1, 3, 10, 4.5], n=10, method='inclusive')
  const std::vector<double> expected{1.8, 2.6, 3.3, 3.9, 4.5, 5.5, 6.5, 7.6, 8.8};
  const std::vector<double> ascending{1, 3, 4.5, 7, 10};
  for (std::size_t i = 0; i < expected.size(); ++i) {
    CHECK(quantile_sorted(ascending, 0.1 * static_cast<double>(i + 1)) == Approx(expected[i]));
  }
  CHECK(quantile_sorted(ascending, 0) == 1);
  CHECK(quantile_sorted(ascending, 1) == 10);
}

TEST_CASE("the weighted median is the median for equal weights and moves towards the heavy value") {
  std::vector<Weighted> odd{{9, 2}, {1, 2}, {5, 2}};
  CHECK(weighted_median_inplace(odd) == 5);
  std::vector<Weighted> even{{9, 1}, {1, 1}, {5, 1}, {6, 1}};
  CHECK(weighted_median_inplace(even) == 5.5);
  // Weight centres 0.5 and 2.5 of 4: the half lies three quarters of the way from 0 to 10.
  std::vector<Weighted> heavy{{0, 1}, {10, 3}};
  CHECK(weighted_median_inplace(heavy) == Approx(7.5));
  std::vector<Weighted> alone{{0, 1}, {10, 1e9}, {-3, 1}};
  CHECK(weighted_median_inplace(alone) == Approx(10).epsilon(1e-6));
  std::vector<Weighted> weightless{{4, 0}};
  CHECK(weighted_median_inplace(weightless) == 0);
}

TEST_CASE("the spread is robust, and does not vanish when most values coincide") {
  // Deviations 2 1 0 1 995: their median is 1.
  CHECK(spread(std::vector<double>{3, 4, 5, 6, 1000}, 5) == Approx(1.4826));
  // Median deviation 0, mean deviation 2.
  CHECK(spread(std::vector<double>{5, 5, 5, 5, 15}, 5) == Approx(2 * 1.2533));
  CHECK(spread(std::vector<double>{5, 5}, 5) == 0);
}

TEST_CASE("blocks are aligned to the newest value") {
  CHECK(block_medians(std::vector<double>{99, 1, 2, 3, 10, 20, 30}, 3) ==
        std::vector<double>{2, 20});
  CHECK(block_medians(std::vector<double>{1, 2}, 3).empty());
}

TEST_CASE("the mean absolute difference looks one lag back") {
  CHECK(mean_abs_difference(std::vector<double>{1, 5, 2, 9}, 2) == Approx((1 + 4) / 2.0));
  CHECK(mean_abs_difference(std::vector<double>{1, 5}, 2) == 0);
}
