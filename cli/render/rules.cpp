// Scaling rules and what they decided.
#include "cli/csv.h"
#include "cli/render/parts.h"
#include "cli/render/render.h"
#include "cli/rule_file.h"
#include "cli/table.h"
#include "cli/text_width.h"
#include "cli/units.h"
#include "common/base/text.h"

namespace headroom::cli {
namespace {

Tone tone_of_direction(std::string_view direction) {
  return direction == "NO_ACTION" || direction == kNothing ? Tone::kFaint : Tone::kNotice;
}

std::string bounds(const Json& rule) {
  const auto least = number_at(rule, "min_instances");
  const auto most = number_at(rule, "max_instances");
  if (!least && !most) return std::string(kNothing);
  return (least ? format_number(*least) : "?") + " to " + (most ? format_number(*most) : "?");
}

std::string limits_text(const Json& decision) {
  std::vector<std::string> limits;
  for (const Json& limit : list_at(decision, "limits")) {
    if (limit.is_string()) limits.push_back(clean(limit.get_ref<const std::string&>()));
  }
  return join(limits, ", ");
}

// The reason, and which bound held the rule back.
std::string reason_of(const Json& decision) {
  const std::string limits = limits_text(decision);
  return text_at(decision, "reason") + (limits.empty() ? "" : " (held by " + limits + ")");
}

// The keys in the order in which rules are explained; any other behind them.
Json in_reading_order(const Json& rule) {
  Json ordered = Json::object();
  for (const char* key : {"rule_id", "service", "resource_type", "policy", "mode",
                          "target_utilization", "thresholds", "min_instances", "max_instances"}) {
    if (rule.contains(key)) ordered[key] = rule[key];
  }
  for (const auto& [key, value] : rule.items()) ordered[key] = value;
  return ordered;
}

}  // namespace

std::string rules_table(const Json& answer, const Look& look) {
  const Json& items = list_at(answer, "items");
  if (items.empty())
    return "No rules yet. Write one to a file and apply it: headroom rules apply rule.yaml\n";
  Table table({{"RULE", Align::kLeft, 9, 14},
               {"SERVICE", Align::kLeft, 8, 10},
               {"RESOURCE", Align::kLeft, 7, 11},
               {"POLICY", Align::kLeft, 4, 10, true},
               {"INSTANCES", Align::kRight, 4, 9, true},
               {"DECISION", Align::kLeft, 9, 10},
               {"STEP", Align::kRight, 9, 6},
               {"DECIDED", Align::kRight, 4, 9, true},
               {"REASON", Align::kLeft, 0, 40, false, true}});
  for (const Json& rule : items) {
    const Json& decision = field(rule, "decision");
    const std::string direction = text_at(decision, "direction", kNothing);
    table.add({text_at(rule, "rule_id"),
               marked_cell(text_at(rule, "service"), flag_at(rule, "simulated")),
               text_at(rule, "resource_type"),
               text_at(rule, "policy"),
               bounds(rule),
               {direction, tone_of_direction(direction)},
               step_text(decision),
               age_at(decision, "timestamp", look),
               reason_of(decision)});
  }
  return table.render(look);
}

std::string rules_csv(const Json& answer) {
  return records_csv(list_at(answer, "items"),
                     {"rule_id", "service", "resource_type", "policy", "min_instances",
                      "max_instances", "version", "decision.direction", "decision.from_value",
                      "decision.to_value", "decision.reason", "decision.timestamp"});
}

std::string rule_text(const Json& rule, const Look& look) {
  std::string text;
  if (!rule.is_object()) return text;
  Json kept = in_reading_order(rule);
  for (const std::string_view key : kAddedRuleKeys) kept.erase(std::string(key));
  const auto comment = [&](const std::string& line) {
    text += paint("# " + line, Tone::kFaint, look.colour) + "\n";
  };
  if (const auto version = number_at(rule, "version")) {
    comment(marked("version " + format_number(*version), flag_at(rule, "simulated")));
  }
  const Json& decision = field(rule, "decision");
  if (decision.is_object()) {
    comment("last decision, " + age_at(decision, "timestamp", look) + ": " +
            text_at(decision, "direction") + " " + step_text(decision));
    comment(reason_of(decision));
  }
  const std::string yaml = to_yaml(kept);
  return text + clean_lines(trim(yaml));
}

std::string decisions_table(const Json& answer, const Look& look) {
  const Json& items = list_at(answer, "items");
  if (items.empty()) return "There is no rule to evaluate. headroom rules apply FILE adds one.\n";
  Table table({{"RULE", Align::kLeft, 9, 14},
               {"SERVICE", Align::kLeft, 7, 10},
               {"DECISION", Align::kLeft, 9, 10},
               {"STEP", Align::kRight, 9, 6},
               {"UTIL", Align::kRight, 7, 7, true},
               {"REASON", Align::kLeft, 0, 40, false, true}});
  for (const Json& decision : items) {
    const std::string direction = text_at(decision, "direction", kNothing);
    const auto percent = number_at(decision, "utilization_pct");
    table.add({text_at(decision, "rule_id"),
               marked_cell(text_at(decision, "service"), flag_at(decision, "simulated")),
               {direction, tone_of_direction(direction)},
               step_text(decision),
               percent ? format_percent(*percent) : std::string(kNothing),
               reason_of(decision)});
  }
  return table.render(look);
}

std::string decisions_csv(const Json& answer) {
  return records_csv(list_at(answer, "items"),
                     {"rule_id", "service", "direction", "from_value", "to_value",
                      "utilization_pct", "timestamp", "limits", "reason"});
}

}  // namespace headroom::cli
