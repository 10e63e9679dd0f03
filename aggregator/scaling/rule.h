// Scaling rules: what people write, checked. docs/rules.md describes every key.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include <nlohmann/json_fwd.hpp>

#include "common/base/result.h"
#include "common/model/resource.h"

namespace headroom::scaling {

// Only what this version can evaluate; a rule that asks for anything else is refused with words,
// never half obeyed.
enum class Policy { kThreshold };

struct Rule {
  std::string rule_id;
  std::string service;
  Resource resource = Resource::kCpu;
  Policy policy = Policy::kThreshold;
  double target_utilization = 0.80;  // of capacity, what an action aims at
  double warning_pct = 70;
  double critical_pct = 90;
  double scale_up_pct = 80;
  double scale_down_pct = 40;
  std::chrono::seconds cooldown{300};   // holds back scale-in
  std::chrono::seconds cooldown_up{0};  // holds back scale-out
  std::int64_t min_instances = 1;
  std::int64_t max_instances = 1;
  double tolerance =
      0.1;  // a change that is smaller, relative to what runs, is not worth an action
  std::uint64_t version = 1;  // counts the edits
};

inline constexpr std::size_t kRules = 10'000;
inline constexpr std::int64_t kInstancesMax = 100'000;

// Errors: kInvalidArgument that names the key and says what is wrong with it; unknown keys are
// refused.
Result<Rule> parse_rule(const nlohmann::json& json);
nlohmann::json to_json(const Rule& rule);

}  // namespace headroom::scaling
