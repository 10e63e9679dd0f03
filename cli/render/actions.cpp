// What the rules proposed.
#include "cli/csv.h"
#include "cli/render/parts.h"
#include "cli/render/render.h"
#include "cli/table.h"
#include "cli/units.h"

namespace headroom::cli {
namespace {

Tone tone_of_state(std::string_view state) {
  return state == "expired" ? Tone::kFaint : Tone::kNotice;
}

}  // namespace

std::string actions_table(const Json& answer, const Look& look) {
  const Json& items = list_at(answer, "items");
  if (items.empty())
    return "No actions. The rules propose one when demand asks for it: headroom rules shows "
           "them.\n";
  Table table({{"ACTION", Align::kLeft, 8, 16},
               {"PROPOSED", Align::kRight, 7, 10},
               {"STATE", Align::kLeft, 9, 9},
               {"SERVICE", Align::kLeft, 9, 10},
               {"RESOURCE", Align::kLeft, 3, 11, true},
               {"DIRECTION", Align::kLeft, 9, 10},
               {"STEP", Align::kRight, 9, 6},
               {"RULE", Align::kLeft, 3, 12, true},
               {"REASON", Align::kLeft, 4, 24, true}});
  for (const Json& action : items) {
    const std::string state = text_at(action, "state", kNothing);
    table.add({text_at(action, "action_id"),
               age_at(action, "timestamp", look),
               {state, tone_of_state(state)},
               marked_cell(text_at(action, "service"), flag_at(action, "simulated")),
               text_at(action, "resource_type"),
               text_at(action, "direction"),
               step_text(action),
               text_at(action, "rule_id"),
               text_at(action, "reason")});
  }
  return table.render(look);
}

std::string actions_csv(const Json& answer) {
  return records_csv(list_at(answer, "items"),
                     {"action_id", "rule_id", "service", "resource_type", "direction", "from_value",
                      "to_value", "state", "simulated", "timestamp", "reason"});
}

std::string action_text(const Json& action, const Look& look) {
  const std::string state = text_at(action, "state", kNothing);
  const auto time = time_at(action, "timestamp");
  return render_details(
      {{"action", text_at(action, "action_id")},
       {"state", {state, tone_of_state(state)}},
       {"proposed", time ? format_stamp(*time) + " UTC, " + format_age(*time, look.now)
                         : std::string(kNothing)},
       {"service", marked(text_at(action, "service"), flag_at(action, "simulated"))},
       {"resource", text_at(action, "resource_type")},
       {"direction", text_at(action, "direction")},
       {"step", step_text(action)},
       {"rule", text_at(action, "rule_id")},
       {"reason", text_at(action, "reason")}},
      look);
}

}  // namespace headroom::cli
