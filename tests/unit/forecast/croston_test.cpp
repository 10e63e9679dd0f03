// Intermittent demand. Croston's values: R 4.2.2, forecast 8.20, croston(x, alpha = …).
#include <vector>

#include "aggregator/forecast/intermittent.h"
#include "tests/unit/forecast/classic_series.h"

using namespace headroom::forecast;

namespace {

const std::vector<double> kParts{0, 0, 3, 0, 0, 0, 2, 5, 0, 0, 1, 0, 4, 0, 0, 0, 0, 2, 0, 3, 0, 0};

}  // namespace

TEST_CASE("Croston's forecast is that of croston()") {
  CHECK(run_intermittent(kParts, Intermittent::kCroston, 0.1, 0) ==
        Approx(0.99676851637).epsilon(1e-9));
  CHECK(run_intermittent(kParts, Intermittent::kCroston, 0.3, 0) ==
        Approx(0.981064548697).epsilon(1e-9));
  // Syntetos & Boylan take away half of alpha.
  CHECK(run_intermittent(kParts, Intermittent::kSba, 0.3, 0) ==
        Approx(0.981064548697 * 0.85).epsilon(1e-9));
}

TEST_CASE("the probability of demand fades while there is none, step by step as in the paper") {
  // By hand: first demand 4 after two steps, so size 4 and probability 1/2; a demand of 2 moves
  // them to 3 and 3/4; two empty steps halve the probability twice.
  const std::vector<double> values{0, 4, 2, 0, 0};
  double squares = 0;
  CHECK(run_intermittent(values, Intermittent::kTsb, 0.5, 0.5, &squares) == Approx(3 * 0.1875));
  // Errors 2 - 2, 0 - 9/4, 0 - 9/8.
  CHECK(squares == Approx((0 + 2.25 * 2.25 + 1.125 * 1.125) / 3));
  // Croston knows nothing of the two empty steps.
  CHECK(run_intermittent(values, Intermittent::kCroston, 0.5, 0.5) == Approx(3 / 1.5));
}

TEST_CASE("the model takes what is mostly zero and leaves the rest to others") {
  std::vector<double> path(3);
  const Model* model = find_model("croston_tsb");
  REQUIRE(model != nullptr);
  CHECK_FALSE(model->forecast({kNile, {}, 0}, {}, path));
  CHECK_FALSE(model->forecast({std::vector<double>{0, 0, 0, 0, 0, 0.5}, {}, 0}, {}, path));
  CHECK_FALSE(model->forecast({std::vector<double>{0, -0.5, 0, 0.5, 0, 0.5}, {}, 0}, {}, path));
  CHECK(path_of("croston_tsb", kParts, 0, 1, {1, 0.1})[0] == Approx(0.99676851637).epsilon(1e-9));
}

TEST_CASE("a job that was switched off is forecast to do nothing") {
  std::vector<double> values;
  for (int i = 0; i < 400; ++i) values.push_back(i < 300 && i % 3 == 0 ? 0.5 : 0);
  CHECK(path_of("croston_tsb", values, 0, 1)[0] < 0.001);
  CHECK(path_of("croston_tsb", values, 0, 1, {1})[0] == Approx(0.5 / 3).epsilon(0.01));
}

TEST_CASE("no demand at all is a forecast of none") {
  CHECK(run_intermittent(std::vector<double>(9, 0.0), Intermittent::kTsb, 0.1, 0.1) == 0);
  CHECK(zero_share(std::vector<double>{0, 0, 1, 0}) == 0.75);
  CHECK(zero_share({}) == 1);
}
