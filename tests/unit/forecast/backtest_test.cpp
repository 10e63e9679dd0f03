#include "aggregator/forecast/backtest.h"

#include <cmath>
#include <limits>
#include <vector>

#include "aggregator/forecast/choice.h"
#include "aggregator/forecast/registry.h"
#include "tests/support/catch.h"
#include "tests/unit/forecast/made_series.h"

using namespace headroom::forecast;

namespace {

// Forecasts a fixed value, or refuses.
class Fixed final : public Model {
 public:
  explicit Fixed(double value, std::size_t least = 0) : value_(value), least_(least) {}
  std::string_view name() const override { return "fixed"; }
  std::string_view about() const override { return "what the test says"; }
  double cost_us(const Task&) const override { return 0; }
  bool forecast(const Series& series, Settings, std::span<double> path) const override {
    for (double& value : path) value = value_;
    return series.values.size() >= least_;
  }

 private:
  double value_;
  std::size_t least_;
};

Training trained(const std::vector<double>& values) {
  return Training(*observe(values), {0, kHour});
}

}  // namespace

TEST_CASE("origins leave room to learn from and to be judged on") {
  for (const std::size_t points : {7u, 9u, 20u, 50u, 168u, 619u, 2016u, 25'920u, 2'000'000u}) {
    for (const std::size_t season : {0u, 24u, 288u}) {
      for (const std::size_t horizon : {1u, 48u, 168u, 100'000u}) {
        const BacktestPlan plan = plan_backtest(points, season, horizon);
        INFO("points " << points << ", season " << season << ", horizon " << horizon);
        if (plan.origins.empty()) {
          CHECK(points < 9);
          continue;
        }
        CHECK(plan.origins.size() >= (points < 12 ? 1 : kOriginsMin));
        CHECK(plan.origins.size() * points <= std::max(kBacktestCost, kOriginsMin * points));
        CHECK(plan.origins.front() >= points * 2 / 5);
        CHECK(plan.origins.back() + plan.horizon == points);
        CHECK(std::is_sorted(plan.origins.begin(), plan.origins.end()));
      }
    }
  }
}

TEST_CASE("a history long enough is judged over the horizon that is asked for") {
  const BacktestPlan plan = plan_backtest(2016, 24, 168);
  CHECK(plan.horizon == 168);
  CHECK(plan.origins.size() == kOriginsMax);
}

TEST_CASE("too short a history is not judged at all") {
  CHECK(plan_backtest(1, 0, 24).origins.empty());
  CHECK(plan_backtest(6, 0, 1).origins.empty());
}

TEST_CASE("a model never sees what came after its origin") {
  const auto values = random_walk(300, 1);
  const Training training = trained(values);
  const BacktestPlan plan = plan_backtest(training, 20);
  const Candidate naive[]{{find_model("naive"), {}}};
  const auto trials = run_backtest(training, plan, naive, 20);
  REQUIRE(trials.size() == 1);
  for (std::size_t o = 0; o < plan.origins.size(); ++o) {
    CHECK(trials[0].paths[o][0] == training.truth()[plan.origins[o] - 1]);
  }
}

TEST_CASE("a model that cannot forecast from every origin, or explodes, leaves the race") {
  const Training training = trained(random_walk(300, 2));
  const BacktestPlan plan = plan_backtest(training, 20);
  const Fixed good(1);
  const Fixed picky(1, 290);
  const Fixed broken(std::numeric_limits<double>::quiet_NaN());
  const Fixed exploded(1e12);
  const Candidate all[]{{&picky, {}}, {&broken, {}}, {&exploded, {}}, {&good, {}}};
  const auto trials = run_backtest(training, plan, all, 20);
  REQUIRE(trials.size() == 1);
  CHECK(trials[0].model == &good);
}

TEST_CASE("what came after a cut changes no model's forecast from it") {
  std::vector<double> one = office_load(60 * 24, 5, 3);
  std::vector<double> other = one;
  for (std::size_t i = 900; i < other.size(); ++i) other[i] = 300 - other[i] / 2;
  const std::vector<std::size_t> periods{24, 168};
  for (const Model* model : automatic_models()) {
    INFO(model->name());
    const auto from_cut = [&](const std::vector<double>& values) {
      const auto cut = [&](std::size_t end) {
        return Series{.values = std::span(values).first(end),
                      .periods = periods,
                      .season = 24,
                      .start = 1'700'000'000'000,
                      .step = kHour};
      };
      const Series ends[]{cut(900), cut(values.size())};
      std::vector<std::vector<double>> paths(2, std::vector<double>(48));
      if (!model->forecast_each(ends, {}, paths)) return std::vector<double>();
      return paths[0];
    };
    CHECK(from_cut(one) == from_cut(other));
  }
}

TEST_CASE("a member that was nowhere judged has no say") {
  // Nothing is known after the origins at which the dear model was tried.
  std::vector<double> truth(60, 0.5);
  truth[20] = std::numeric_limits<double>::quiet_NaN();
  truth[40] = truth[20];
  const BacktestPlan plan{.horizon = 1, .origins = {20, 30, 40, 50}, .first_judged = 0};
  const Fixed steady(0.6);
  const Fixed wild(0.9);
  std::vector<Trial> trials;
  trials.push_back({&steady, {0.6}, {{0.6}, {0.6}, {0.6}, {0.6}}});
  trials.push_back({&wild, {0.9}, {{0.9}, {}, {0.9}, {}}});
  const Choice choice = choose(std::move(trials), plan, truth, 1, 1);
  CHECK(choice.path == std::vector<double>{0.6});
  CHECK(choice.members.size() == 1);
}

TEST_CASE("the choice is hardly worse than any member") {
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    INFO("seed " << seed);
    const auto values =
        seed % 2 == 0 ? office_load(28 * 24, 10, seed) : autoregressive(400, 0.95, seed);
    const Training training = trained(values);
    const BacktestPlan plan = plan_backtest(training, 48);
    const auto all = affordable_candidates(std::chrono::hours(1), {values.size(), 48}, 1);
    const Choice choice =
        choose(run_backtest(training, plan, all, 48), plan, training.truth(), 48, 0.1);
    REQUIRE(choice.members.size() >= 4);
    // A blend may be behind by the tenth that a single member has to lead by.
    for (const auto& member : choice.members) CHECK(0.9 * choice.mae <= member.mae * 1.1);
    CHECK(choice.path.size() == 48);
    CHECK(choice.paths.size() == plan.origins.size());
  }
}

TEST_CASE("a blend of two that err to opposite sides is chosen over either") {
  const std::vector<double> truth(50, 0.5);
  const BacktestPlan plan{.horizon = 5, .origins = {20, 30, 40}, .first_judged = 0};
  const Fixed low(0.4);
  const Fixed high(0.6);
  const auto trial = [](const Fixed& model, double value) {
    return Trial{&model, std::vector<double>(5, value),
                 std::vector<std::vector<double>>(3, std::vector<double>(5, value))};
  };
  const Choice choice = choose({trial(low, 0.4), trial(high, 0.6)}, plan, truth, 5, 0.1);
  CHECK(choice.blended);
  CHECK(choice.model == kBlend);
  CHECK(choice.path[0] == Approx(0.5));
  CHECK(choice.mae == Approx(0).margin(1e-12));
  CHECK(choice.members[0].mae == Approx(0.1));
  CHECK(choice.members[0].weight == Approx(0.5));
}

TEST_CASE("what was never known judges nobody") {
  std::vector<double> truth(50, 0.5);
  for (std::size_t i = 30; i < 40; ++i) truth[i] = std::numeric_limits<double>::quiet_NaN();
  const BacktestPlan plan{.horizon = 5, .origins = {20, 30, 40}, .first_judged = 0};
  const Fixed one(0.7);
  const Choice choice =
      choose({Trial{&one, {0.7}, {3, std::vector<double>(5, 0.7)}}}, plan, truth, 1, 1);
  CHECK(choice.origins == 2);
  CHECK(choice.mae == Approx(0.2));
}

TEST_CASE("after a change of level the models are judged on the new level only") {
  auto values = white_noise(60 * 24, 3);
  for (std::size_t i = 0; i < values.size(); ++i)
    values[i] += 10 * wave(i, 24) + (i < 40 * 24 ? 0 : 100);
  const Training training = trained(values);
  REQUIRE(training.shift().at == 40 * 24);
  const BacktestPlan near = plan_backtest(training, 7 * 24);
  CHECK(near.origins.front() < 40 * 24);
  CHECK(near.origins[near.first_judged] >= training.known_from());
  const BacktestPlan settled = plan_backtest(training, 48);
  CHECK(settled.origins.front() > 40 * 24);
  CHECK(settled.first_judged == 0);
}
