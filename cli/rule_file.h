// Rules as people keep them: YAML or JSON files in, JSON for the API out, and a rule of the API
// back as YAML.
#pragma once

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "cli/json.h"
#include "common/base/result.h"

namespace headroom::cli {

inline constexpr std::size_t kRuleFileBytes = 1u << 20;
inline constexpr std::size_t kRuleFileNodes =
    100'000;  // values in one file, aliases counted where they are used
inline constexpr std::size_t kRuleFileDepth = 64;

// What the aggregator adds to a rule and does not take back.
inline constexpr std::array<std::string_view, 3> kAddedRuleKeys{"version", "decision", "simulated"};

// YAML 1.2 with its core schema: plain null, true, false and numbers are such, everything quoted is
// a text. Each document of the text becomes one value. JSON is read as JSON. `name` is the file's
// name for errors, which are kInvalidArgument and begin with "name:line:"; among them a key that
// stands twice.
Result<std::vector<Json>> parse_rule_text(std::string_view text, const std::string& name);

// Every rule of the text: a document is a rule or a list of rules. Errors also where there is none,
// or one that is not a map or has no rule_id.
Result<std::vector<Json>> parse_rules(std::string_view text, const std::string& name);

// YAML that parse_rule_text reads back as the same value. Lists of simple values stand on one line.
std::string to_yaml(const Json& value);

}  // namespace headroom::cli
