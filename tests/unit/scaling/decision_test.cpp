#include "aggregator/scaling/decision.h"

#include <random>

#include "tests/support/catch.h"

using namespace headroom;
using namespace headroom::scaling;

namespace {

constexpr UnixMs kNow = 1'795'348'800'000;

Rule rule() {
  Rule rule;
  rule.rule_id = "web";
  rule.service = "web";
  rule.min_instances = 2;
  rule.max_instances = 10;
  rule.target_utilization = 0.7;
  rule.scale_up_pct = 80;
  rule.scale_down_pct = 40;
  return rule;
}

// `instances` hosts of 4 cores.
Situation at(double demand, std::size_t instances) {
  Situation situation;
  situation.now = kNow;
  situation.instances = instances;
  situation.demand = demand;
  situation.capacity = 4.0 * static_cast<double>(instances);
  return situation;
}

}  // namespace

TEST_CASE("above the upper threshold as many instances are wanted as bring it to the target") {
  // 14 of 16 cores = 87.5 %; 14 / (0.7 × 4) = 5.
  const Decision decision = decide(rule(), at(14, 4));
  CHECK(decision.direction == Direction::kScaleOut);
  CHECK(decision.from_value == 4);
  CHECK(decision.to_value == 5);
  CHECK(decision.limits.empty());
  CHECK(decision.reason ==
        "CPU of web is at 87.5 % of 4 instances, above 80.0 %; 5 instances bring it to 70.0 %");
}

TEST_CASE("below the lower threshold the same arithmetic takes instances away") {
  // 6 of 24 cores = 25 %; 6 / 2.8 = 2.14 → 3.
  const Decision decision = decide(rule(), at(6, 6));
  CHECK(decision.direction == Direction::kScaleIn);
  CHECK(decision.to_value == 3);
}

TEST_CASE("between the thresholds nothing happens, and the reason says so") {
  const Decision decision = decide(rule(), at(8, 4));
  CHECK(decision.direction == Direction::kNoAction);
  CHECK(decision.to_value == 4);
  CHECK(decision.reason == "CPU of web is at 50.0 % of 4 instances, between 40.0 % and 80.0 %");
}

TEST_CASE("bounds clip, bring back what is outside, and are named") {
  const Decision clipped = decide(rule(), at(100, 8));
  CHECK(clipped.to_value == 10);
  CHECK(clipped.limits == std::vector<std::string>{"max_instances 10"});
  const Decision full = decide(rule(), at(40, 10));
  CHECK(full.direction == Direction::kNoAction);
  CHECK(full.limits == std::vector<std::string>{"max_instances 10"});
  const Decision few = decide(rule(), at(2, 1));
  CHECK(few.direction == Direction::kScaleOut);
  CHECK(few.to_value == 2);
  const Decision idle = decide(rule(), at(0, 6));
  CHECK(idle.to_value == 2);
  CHECK(idle.limits == std::vector<std::string>{"min_instances 2"});
}

TEST_CASE(
    "a scale-in waits for its cooldown after either kind of action, a scale-out for its own") {
  Situation situation = at(6, 6);
  situation.last_scale_out = kNow - 299'000;
  const Decision held = decide(rule(), situation);
  CHECK(held.direction == Direction::kNoAction);
  CHECK(held.to_value == 6);
  CHECK(held.reason.find("the cooldown lasts another 1s") != std::string::npos);
  situation.last_scale_out = kNow - 300'000;
  CHECK(decide(rule(), situation).direction == Direction::kScaleIn);
  Rule patient = rule();
  patient.cooldown_up = std::chrono::seconds(60);
  Situation busy = at(14, 4);
  busy.last_scale_out = kNow - 59'000;
  CHECK(decide(patient, busy).direction == Direction::kNoAction);
  busy.last_scale_in = kNow;
  busy.last_scale_out = kNow - 60'000;
  CHECK(decide(patient, busy).direction == Direction::kScaleOut);
}

TEST_CASE("nothing is taken away while a host is silent, but more may be added") {
  Situation situation = at(6, 6);
  situation.silent = 1;
  const Decision held = decide(rule(), situation);
  CHECK(held.direction == Direction::kNoAction);
  CHECK(held.limits == std::vector<std::string>{"missing data"});
  Situation busy = at(14, 4);
  busy.silent = 1;
  CHECK(decide(rule(), busy).direction == Direction::kScaleOut);
}

TEST_CASE("silent hosts are instances still: their silence is no reason to add others") {
  // 5 of 8 hosts report 50 %: the rule wants at least 8, and has them.
  Rule wide = rule();
  wide.min_instances = 8;
  wide.max_instances = 20;
  Situation situation = at(10, 5);
  situation.silent = 3;
  const Decision decision = decide(wide, situation);
  CHECK(decision.direction == Direction::kNoAction);
  CHECK(decision.from_value == 8);
  // At 90 % the silent ones are taken to be as busy: 8 × 3.6 / 2.8 = 10.3 → 11.
  Situation busy = at(18, 5);
  busy.silent = 3;
  CHECK(decide(wide, busy).to_value == 11);
}

TEST_CASE("without data there is no action") {
  CHECK(decide(rule(), at(0, 0)).direction == Direction::kNoAction);
  Situation unknown = at(5, 4);
  unknown.capacity.reset();
  CHECK(decide(rule(), unknown).direction == Direction::kNoAction);
}

TEST_CASE("a change within the tolerance is not worth an action") {
  Rule large = rule();
  large.max_instances = 100;
  // 226 of 280 cores = 80.7 %; 226 / 2.8 = 80.7 → 81, which is 15.7 % more than 70: an action.
  CHECK(decide(large, at(226, 70)).to_value == 81);
  large.tolerance = 0.2;
  const Decision held = decide(large, at(226, 70));
  CHECK(held.direction == Direction::kNoAction);
  CHECK(held.limits == std::vector<std::string>{"tolerance 0.2"});
}

TEST_CASE("whatever is put in, an action stays inside the bounds, the cooldowns and the data") {
  const auto seed = std::random_device()();
  INFO("seed " << seed);
  std::mt19937_64 random(seed);
  const auto any = [&](double most) {
    return most * static_cast<double>(random() % 1'000'001) / 1e6;
  };
  for (int round = 0; round < 100'000; ++round) {
    Rule one = rule();
    one.min_instances = static_cast<std::int64_t>(random() % 20);
    one.max_instances = one.min_instances + static_cast<std::int64_t>(random() % 20) +
                        (one.min_instances == 0 ? 1 : 0);
    one.scale_down_pct = any(60);
    one.scale_up_pct = one.scale_down_pct + 5 + any(60);
    one.target_utilization = std::clamp(
        (one.scale_down_pct + 1 + any(one.scale_up_pct - one.scale_down_pct - 1)) / 100, 0.01, 1.0);
    one.cooldown = std::chrono::seconds(random() % 600);
    one.cooldown_up = std::chrono::seconds(random() % 600);
    Situation situation;
    situation.now = kNow;
    situation.instances = random() % 40;
    situation.silent = random() % 3;
    situation.demand = random() % 10 == 0 ? any(1e12) : any(400);
    if (random() % 10 > 0) situation.capacity = any(200);
    if (random() % 2 == 0)
      situation.last_scale_out = kNow - static_cast<UnixMs>(random() % 700'000);
    if (random() % 2 == 0) situation.last_scale_in = kNow - static_cast<UnixMs>(random() % 700'000);
    const Decision decision = decide(one, situation);
    REQUIRE_FALSE(decision.reason.empty());
    if (decision.direction == Direction::kNoAction) {
      REQUIRE(decision.to_value == decision.from_value);
      continue;
    }
    REQUIRE(decision.to_value >= one.min_instances);
    REQUIRE(decision.to_value <= one.max_instances);
    REQUIRE((decision.direction == Direction::kScaleOut) ==
            (decision.to_value > decision.from_value));
    const auto passed = [&](std::optional<UnixMs> event, std::chrono::seconds cooldown) {
      return !event || kNow - *event >= cooldown.count() * 1000;
    };
    if (decision.direction == Direction::kScaleIn) {
      REQUIRE(situation.silent == 0);
      REQUIRE(passed(situation.last_scale_out, one.cooldown));
      REQUIRE(passed(situation.last_scale_in, one.cooldown));
    } else {
      REQUIRE(passed(situation.last_scale_out, one.cooldown_up));
    }
  }
}
