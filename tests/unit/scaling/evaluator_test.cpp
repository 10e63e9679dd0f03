#include "aggregator/scaling/evaluator.h"

#include <nlohmann/json.hpp>

#include "tests/support/store_fixture.h"

using namespace headroom;
using namespace headroom::test;
using namespace headroom::scaling;

namespace {

// Two hosts of service web with 4 cores each, whose CPU the test sets.
class World {
 public:
  World() { reopen(); }

  void reopen() {
    evaluator.reset();
    monitor.reset();
    reader.reset();
    store.reset();
    store = open_store(folder.path() + "/s");
    reader = std::make_unique<capacity::DemandReader>(*store, capacity::DemandReader::Options{});
    monitor = std::make_unique<capacity::Monitor>(*reader, capacity::Monitor::Options{});
    evaluator = std::make_unique<Evaluator>(*store, *monitor);
    REQUIRE(evaluator->recover().has_value());
  }

  // Fifteen seconds of this demand per host, from `second` after noon on.
  void load(int second, double demand_per_host) {
    ++sequence_;
    for (const char* host : {"web-1", "web-2"}) {
      std::vector<Series> series;
      for (const std::string_view metric : {kDemandMetric, kCapacityMetric}) {
        Attributes attributes{
            {"host.name", host}, {std::string(kResourceAttribute), "CPU"}, {"service.name", "web"}};
        normalize(attributes);
        series.push_back({std::string(metric), "{cpu}", Kind::kGauge, attributes});
      }
      const auto group = store->define_group(series)->id;
      const std::vector<double> demand(15, demand_per_host);
      REQUIRE(store
                  ->commit(std::vector{append_of(host, sequence_, group, kNoon + second * 1000,
                                                 {demand, std::vector<double>(15, 4.0)})})
                  .has_value());
    }
    now = kNoon + (second + 15) * 1000;
  }

  std::vector<Action> actions() const {
    auto all = evaluator->actions();
    REQUIRE(all.has_value());
    return *all;
  }

  TempFolder folder;
  std::unique_ptr<store::Store> store;
  std::unique_ptr<capacity::DemandReader> reader;
  std::unique_ptr<capacity::Monitor> monitor;
  std::unique_ptr<Evaluator> evaluator;
  UnixMs now = kNoon;

 private:
  std::uint64_t sequence_ = 0;
};

Rule web_rule() {
  Rule rule;
  rule.rule_id = "web";
  rule.service = "web";
  rule.max_instances = 10;
  rule.target_utilization = 0.7;
  return rule;
}

}  // namespace

TEST_CASE("a rule proposes once, keeps its proposal while it holds, and lets it expire") {
  World world;
  REQUIRE(world.evaluator->create(web_rule()).has_value());
  world.load(0, 3.6);  // 7.2 of 8 cores = 90 %; 7.2 / 2.8 = 2.57 → 3
  for (int i = 0; i < 3; ++i) REQUIRE(world.evaluator->evaluate(world.now + i * 1000).has_value());
  REQUIRE(world.actions().size() == 1);
  const Action proposed = world.actions().front();
  CHECK(proposed.direction == Direction::kScaleOut);
  CHECK(proposed.from_value == 2);
  CHECK(proposed.to_value == 3);
  CHECK(proposed.state == ActionState::kProposed);
  CHECK(world.evaluator->action(proposed.action_id)->reason == proposed.reason);
  world.load(30, 2.4);  // 60 %
  REQUIRE(world.evaluator->evaluate(world.now).has_value());
  REQUIRE(world.actions().size() == 1);
  CHECK(world.actions().front().state == ActionState::kExpired);
}

TEST_CASE("rules, proposals and their cooldowns survive a restart") {
  World world;
  REQUIRE(world.evaluator->create(web_rule()).has_value());
  world.load(0, 3.6);
  REQUIRE(world.evaluator->evaluate(world.now).has_value());
  world.reopen();
  REQUIRE(world.evaluator->rules().size() == 1);
  REQUIRE(world.evaluator->evaluate(world.now + 1000).has_value());
  CHECK(world.actions().size() == 1);
  world.load(60,
             0.4);  // 10 %: one instance would do, but the cooldown of the proposal before lasts
  REQUIRE(world.evaluator->evaluate(world.now).has_value());
  CHECK(world.evaluator->rule("web")->decision->limits ==
        std::vector<std::string>{"cooldown_seconds 300"});
}

TEST_CASE("a proposal ends when the opposite is held back by its cooldown") {
  World world;
  REQUIRE(world.evaluator->create(web_rule()).has_value());
  world.load(0, 3.6);
  REQUIRE(world.evaluator->evaluate(world.now).has_value());
  world.load(60, 0.4);
  REQUIRE(world.evaluator->evaluate(world.now).has_value());
  REQUIRE(world.actions().size() == 1);
  CHECK(world.actions().front().state == ActionState::kExpired);
}

TEST_CASE("edits count versions, and one that comes too late is refused") {
  World world;
  CHECK(world.evaluator->create(web_rule())->version == 1);
  CHECK(world.evaluator->create(web_rule()).error().code == ErrorCode::kAlreadyExists);
  CHECK(world.evaluator->replace(web_rule(), 1)->version == 2);
  CHECK(world.evaluator->replace(web_rule(), 1).error().code == ErrorCode::kAlreadyExists);
  world.reopen();
  CHECK(world.evaluator->rule("web")->rule.version == 2);
  REQUIRE(world.evaluator->remove("web").has_value());
  CHECK(world.evaluator->remove("web").error().code == ErrorCode::kNotFound);
  CHECK(world.evaluator->replace(web_rule(), std::nullopt).error().code == ErrorCode::kNotFound);
  world.reopen();
  CHECK(world.evaluator->rules().empty());
}

TEST_CASE("a rule for a service that nobody has decides nothing and says why") {
  World world;
  Rule rule = web_rule();
  rule.service = "nobody";
  REQUIRE(world.evaluator->create(rule).has_value());
  REQUIRE(world.evaluator->evaluate(world.now).has_value());
  CHECK(world.actions().empty());
  CHECK(world.evaluator->rule("web")->decision->reason == "no host of nobody reports CPU");
}
