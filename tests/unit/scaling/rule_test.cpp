#include "aggregator/scaling/rule.h"

#include <nlohmann/json.hpp>

#include "tests/support/catch.h"

using namespace headroom;
using namespace headroom::scaling;
using nlohmann::json;

namespace {

json least() {
  return {{"rule_id", "web"},      {"service", "web"},   {"resource_type", "CPU"},
          {"policy", "THRESHOLD"}, {"min_instances", 1}, {"max_instances", 10}};
}

}  // namespace

TEST_CASE("a rule needs few keys, and the others have their documented defaults") {
  const auto rule = parse_rule(least());
  REQUIRE(rule.has_value());
  CHECK(rule->target_utilization == 0.80);
  CHECK(rule->scale_up_pct == 80);
  CHECK(rule->scale_down_pct == 40);
  CHECK(rule->cooldown.count() == 300);
  CHECK(rule->cooldown_up.count() == 0);
  CHECK(rule->tolerance == 0.1);
}

TEST_CASE("a rule written as JSON is the same rule when it is read back") {
  json full = least();
  full["thresholds"] = {
      {"scale_up_pct", 75}, {"scale_down_pct", 30}, {"cooldown_seconds", 60}, {"warning_pct", 60}};
  full["target_utilization"] = 0.6;
  const auto rule = parse_rule(full);
  REQUIRE(rule.has_value());
  json again = to_json(*rule);
  again.erase("version");
  const auto back = parse_rule(again);
  REQUIRE(back.has_value());
  CHECK(to_json(*back) == to_json(*rule));
}

TEST_CASE("a rule that contradicts itself or is mistyped is refused with the key and the reason") {
  struct Case {
    const char* patch;  // merged into the least rule
    const char* wanted;
  };
  const Case cases[] = {
      {R"({"min_instances": 11})", "min_instances is above max_instances"},
      {R"({"min_instances": -1})", "min_instances must be a whole number"},
      {R"({"max_instances": 2.5})", "max_instances must be a whole number"},
      {R"({"max_instances": "3"})", "max_instances must be a whole number"},
      {R"({"max_instances": null})", "max_instances is missing"},
      {R"({"service": ""})", "service must be a text"},
      {R"({"rule_id": "a b"})", "rule_id may have letters"},
      {R"({"resource_type": "CPUS"})", "'CPUS' is not a resource; use one of CPU, MEMORY"},
      {R"({"policy": "MAGIC"})", "'MAGIC' is not a policy"},
      {R"({"policy": "PREDICTIVE"})", "PREDICTIVE is not supported by this version"},
      {R"({"thresholds": {"scale_down_pct": 80}})",
       "thresholds.scale_down_pct must be below thresholds.scale_up_pct"},
      {R"({"thresholds": {"scale_up_pct": 60}})",
       "target_utilization is above thresholds.scale_up_pct"},
      {R"({"target_utilization": 0.3})",
       "target_utilization must be above thresholds.scale_down_pct"},
      {R"({"thresholds": {"warning_pct": 95}})",
       "thresholds.warning_pct is above thresholds.critical_pct"},
      {R"({"thresholds": {"scale_up": 80}})",
       "thresholds.scale_up is not a key of a rule; did you mean scale_up_pct?"},
      {R"({"thresholds": []})", "thresholds must be a map"},
      {R"({"tolerance": 2})", "tolerance must be a number from 0 to 1"},
      {R"({"min_instance": 1})",
       "min_instance is not a key of a rule; did you mean min_instances?"},
      {R"({"executor": {"kind": "command"}})", "executor is not supported by this version"},
      {R"({"mode": "vertical"})", "'vertical' is not supported by this version"},
  };
  for (const Case& one : cases) {
    json rule = least();
    // merge_patch removes what is null; the null itself is the case.
    const json patch = json::parse(one.patch);
    for (const auto& [key, value] : patch.items()) rule[key] = value;
    const auto parsed = parse_rule(rule);
    INFO(one.patch);
    REQUIRE_FALSE(parsed.has_value());
    INFO(parsed.error().message);
    CHECK(parsed.error().message.find(one.wanted) != std::string::npos);
  }
  CHECK_FALSE(parse_rule(json::array()).has_value());
  CHECK_FALSE(parse_rule(json("text")).has_value());
}
