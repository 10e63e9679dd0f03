#include "aggregator/scaling/rule.h"

#include <algorithm>
#include <cmath>
#include <set>
#include <vector>

#include <nlohmann/json.hpp>

#include "common/base/text.h"

namespace headroom::scaling {
namespace {

using Json = nlohmann::json;

constexpr std::size_t kNameBytes = 200;

// Reads the keys of one JSON object; remembers the first thing that is wrong, and which keys were
// asked for.
class Fields {
 public:
  Fields(const Json& json, std::string prefix) : json_(json), prefix_(std::move(prefix)) {}

  void text(const char* key, std::string& value, bool required) {
    const Json* found = find(key, required);
    if (found == nullptr) return;
    if (!found->is_string() || found->get_ref<const std::string&>().empty())
      return wrong(key, "must be a text");
    value = found->get<std::string>();
    if (value.size() > kNameBytes)
      wrong(key, "is longer than " + std::to_string(kNameBytes) + " bytes");
  }
  void number(const char* key, double& value, double least, double most) {
    const Json* found = find(key, false);
    if (found == nullptr) return;
    if (!found->is_number() || !(found->get<double>() >= least && found->get<double>() <= most)) {
      return wrong(key,
                   "must be a number from " + format_double(least) + " to " + format_double(most));
    }
    value = found->get<double>();
  }
  void whole(const char* key, std::int64_t& value, std::int64_t least, std::int64_t most,
             bool required) {
    const Json* found = find(key, required);
    if (found == nullptr) return;
    if (!found->is_number_integer() || found->get<std::int64_t>() < least ||
        found->get<std::int64_t>() > most) {
      return wrong(key, "must be a whole number from " + std::to_string(least) + " to " +
                            std::to_string(most));
    }
    value = found->get<std::int64_t>();
  }
  void seconds(const char* key, std::chrono::seconds& value) {
    std::int64_t count = value.count();
    whole(key, count, 0, 604'800, false);
    value = std::chrono::seconds(count);
  }
  // A key of the design that this version does not evaluate yet.
  void later(const char* key, const char* instead) {
    if (find(key, false) != nullptr)
      wrong(key, std::string("is not supported by this version; ") + instead);
  }
  void wrong(const std::string& key, const std::string& why) {
    if (error_.empty()) error_ = prefix_ + key + " " + why;
  }
  const Json* object(const char* key) {
    const Json* found = find(key, false);
    if (found != nullptr && !found->is_object()) {
      wrong(key, "must be a map");
      return nullptr;
    }
    return found;
  }
  // What is wrong, unknown keys included; empty: nothing.
  std::string finish() {
    for (const auto& [key, value] : json_.items()) {
      if (known_.count(key) > 0) continue;
      const std::vector<std::string> names(known_.begin(), known_.end());
      const auto close = nearest(key, names);
      wrong(key,
            "is not a key of a rule" + (close ? "; did you mean " + *close + "?" : std::string()));
    }
    return error_;
  }

 private:
  const Json* find(const char* key, bool required) {
    known_.insert(key);
    const auto found = json_.find(key);
    if (found != json_.end() && !found->is_null()) return &*found;
    if (required) wrong(key, "is missing");
    return nullptr;
  }

  const Json& json_;
  std::string prefix_;
  std::set<std::string> known_;
  std::string error_;
};

void read_policy(Fields& fields, Rule& rule) {
  std::string policy;
  fields.text("policy", policy, true);
  if (policy == "THRESHOLD") {
    rule.policy = Policy::kThreshold;
  } else if (policy == "PREDICTIVE" || policy == "SCHEDULED" || policy == "MANUAL") {
    fields.wrong("policy", policy + " is not supported by this version; use THRESHOLD");
  } else if (!policy.empty()) {
    fields.wrong("policy", "'" + policy + "' is not a policy; use THRESHOLD");
  }
  std::string mode = "horizontal";
  fields.text("mode", mode, false);
  if (mode != "horizontal")
    fields.wrong("mode", "'" + mode + "' is not supported by this version; use horizontal");
  std::string missing = "hold";
  fields.text("missing_data", missing, false);
  if (missing != "hold")
    fields.wrong("missing_data", "'" + missing + "' is not supported by this version; use hold");
}

std::string read_thresholds(const Json& json, Rule& rule) {
  Fields fields(json, "thresholds.");
  fields.number("warning_pct", rule.warning_pct, 0, 1000);
  fields.number("critical_pct", rule.critical_pct, 0, 1000);
  fields.number("scale_up_pct", rule.scale_up_pct, 1, 1000);
  fields.number("scale_down_pct", rule.scale_down_pct, 0, 1000);
  fields.seconds("cooldown_seconds", rule.cooldown);
  fields.seconds("cooldown_up_seconds", rule.cooldown_up);
  return fields.finish();
}

// What each key alone cannot tell.
void check_together(Fields& fields, const Rule& rule) {
  if (rule.min_instances > rule.max_instances) {
    fields.wrong("min_instances", "is above max_instances");
  }
  if (rule.scale_down_pct >= rule.scale_up_pct) {
    fields.wrong("thresholds.scale_down_pct",
                 "must be below thresholds.scale_up_pct, or the rule would scale back and forth");
  }
  if (rule.warning_pct > rule.critical_pct) {
    fields.wrong("thresholds.warning_pct", "is above thresholds.critical_pct");
  }
  if (rule.target_utilization * 100 > rule.scale_up_pct) {
    fields.wrong(
        "target_utilization",
        "is above thresholds.scale_up_pct: an action would not bring the service below it");
  }
  if (rule.target_utilization * 100 <= rule.scale_down_pct) {
    fields.wrong(
        "target_utilization",
        "must be above thresholds.scale_down_pct, or an action would call for the next one");
  }
}

}  // namespace

Result<Rule> parse_rule(const Json& json) {
  if (!json.is_object())
    return fail(ErrorCode::kInvalidArgument, "a rule must be a map of keys to values");
  Rule rule;
  Fields fields(json, "");
  fields.text("rule_id", rule.rule_id, true);
  const bool id_ok = std::all_of(rule.rule_id.begin(), rule.rule_id.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_' || c == '.';
  });
  if (!id_ok) fields.wrong("rule_id", "may have letters, digits, '-', '_' and '.'");
  fields.text("service", rule.service, true);
  std::string resource;
  fields.text("resource_type", resource, true);
  if (const auto parsed = parse_resource(resource)) {
    rule.resource = *parsed;
  } else if (!resource.empty()) {
    std::vector<std::string> names;
    for (const Resource one : kResources) names.emplace_back(to_string(one));
    fields.wrong("resource_type",
                 "'" + resource + "' is not a resource; use one of " + join(names, ", "));
  }
  read_policy(fields, rule);
  fields.number("target_utilization", rule.target_utilization, 0.01, 1.0);
  fields.whole("min_instances", rule.min_instances, 0, kInstancesMax, true);
  fields.whole("max_instances", rule.max_instances, 1, kInstancesMax, true);
  fields.number("tolerance", rule.tolerance, 0, 1);
  for (const char* key : {"instance_capacity", "boot_seconds", "stabilization", "rate_limits",
                          "calendar", "schedules", "executor", "shapes"}) {
    fields.later(key, "leave it out");
  }
  if (const Json* thresholds = fields.object("thresholds")) {
    if (const std::string wrong = read_thresholds(*thresholds, rule); !wrong.empty()) {
      return fail(ErrorCode::kInvalidArgument, "rule '" + rule.rule_id + "': " + wrong);
    }
  }
  check_together(fields, rule);
  if (const std::string wrong = fields.finish(); !wrong.empty()) {
    return fail(ErrorCode::kInvalidArgument, "rule '" + rule.rule_id + "': " + wrong);
  }
  return rule;
}

Json to_json(const Rule& rule) {
  return Json{{"rule_id", rule.rule_id},
              {"service", rule.service},
              {"resource_type", to_string(rule.resource)},
              {"policy", "THRESHOLD"},
              {"mode", "horizontal"},
              {"target_utilization", rule.target_utilization},
              {"thresholds",
               {{"warning_pct", rule.warning_pct},
                {"critical_pct", rule.critical_pct},
                {"scale_up_pct", rule.scale_up_pct},
                {"scale_down_pct", rule.scale_down_pct},
                {"cooldown_seconds", rule.cooldown.count()},
                {"cooldown_up_seconds", rule.cooldown_up.count()}}},
              {"min_instances", rule.min_instances},
              {"max_instances", rule.max_instances},
              {"tolerance", rule.tolerance},
              {"missing_data", "hold"},
              {"version", rule.version}};
}

}  // namespace headroom::scaling
