#include "aggregator/forecast/forest.h"

#include <cmath>
#include <numbers>
#include <random>
#include <vector>

#include "aggregator/forecast/registry.h"
#include "tests/support/catch.h"
#include "tests/unit/forecast/made_series.h"
#include "tests/unit/forecast/weekend.h"

using namespace headroom::forecast;

namespace {

constexpr std::size_t kColumns = 10;

// Friedman's first problem (Friedman 1991): five of ten uniform features matter, noise of
// variance 1.
struct Friedman {
  std::vector<double> matrix;
  std::vector<double> targets;
};

Friedman friedman(std::size_t rows, std::uint64_t seed) {
  headroom::Random random(seed);
  std::uniform_real_distribution<double> uniform;
  std::normal_distribution<double> normal;
  Friedman made;
  for (std::size_t r = 0; r < rows; ++r) {
    std::vector<double> x(kColumns);
    for (double& value : x) value = uniform(random);
    made.matrix.insert(made.matrix.end(), x.begin(), x.end());
    made.targets.push_back(10 * std::sin(std::numbers::pi * x[0] * x[1]) +
                           20 * (x[2] - 0.5) * (x[2] - 0.5) + 10 * x[3] + 5 * x[4] +
                           normal(random));
  }
  return made;
}

double squared_error(const Forest& forest, const Friedman& test) {
  double sum = 0;
  for (std::size_t r = 0; r < test.targets.size(); ++r) {
    const auto row = std::span(test.matrix).subspan(r * kColumns, kColumns);
    sum += std::pow(forest.predict(row) - test.targets[r], 2);
  }
  return sum / static_cast<double>(test.targets.size());
}

}  // namespace

// Origin: a forest written independently with numpy 1.24.2 (exact cuts instead of histograms, its
// own random numbers), same settings: mean squared error on new data 7.36, standard error 0.16 over
// 20 repetitions. Always answering the mean would be wrong by 23.
TEST_CASE("the forest errs on Friedman's problem as an independent one does") {
  double sum = 0;
  constexpr std::size_t kRepetitions = 20;
  for (std::uint64_t seed = 0; seed < kRepetitions; ++seed) {
    const Friedman train = friedman(200, 2 * seed + 1);
    const Forest forest(train.matrix, kColumns, train.targets, {.seed = seed});
    sum += squared_error(forest, friedman(500, 2 * seed + 2));
  }
  CHECK(sum / kRepetitions == Approx(7.36).margin(0.6));
}

TEST_CASE("a forest is the same the next time and another with another seed") {
  const Friedman train = friedman(200, 1);
  const Forest one(train.matrix, kColumns, train.targets, {});
  const Forest same(train.matrix, kColumns, train.targets, {});
  const Forest other(train.matrix, kColumns, train.targets, {.seed = 7});
  const auto row = std::span(train.matrix).first(kColumns);
  CHECK(one.predict(row) == same.predict(row));
  CHECK(one.predict(row) != other.predict(row));
}

TEST_CASE("leaves hold as many observations as they must") {
  const Friedman train = friedman(200, 1);
  // No cut leaves 101 of 200 on both sides: every tree is the mean of its sample.
  const Forest stump(train.matrix, kColumns, train.targets, {.min_leaf = 101});
  CHECK(stump.predict(std::span(train.matrix).first(kColumns)) ==
        stump.predict(std::span(train.matrix).last(kColumns)));
  const std::vector<double> constant(200, 0.5);
  const Forest flat(train.matrix, kColumns, constant, {.min_leaf = 1});
  CHECK(flat.predict(std::span(train.matrix).first(kColumns)) == 0.5);
}

TEST_CASE("more trees than the limit are not grown") {
  const Friedman train = friedman(30, 1);
  const Forest most(train.matrix, kColumns, train.targets, {.trees = kForestTrees});
  const Forest more(train.matrix, kColumns, train.targets, {.trees = kForestTrees + 1});
  const auto row = std::span(train.matrix).first(kColumns);
  CHECK(most.predict(row) == more.predict(row));
}

TEST_CASE("the random forest learns the weekend from daily changes") {
  CHECK(weekend_error("random_forest") < 0.2);
}
