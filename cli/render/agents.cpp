// Who sends, and whether it arrives.
#include <algorithm>
#include <array>

#include "cli/csv.h"
#include "cli/render/parts.h"
#include "cli/render/render.h"
#include "cli/table.h"
#include "cli/units.h"
#include "common/base/text.h"

namespace headroom::cli {
namespace {

Tone tone_of_state(std::string_view state) {
  if (state == "connected") return Tone::kGood;
  return state == "stale" ? Tone::kWarn : Tone::kBad;
}

// "20 agents: 18 connected, 1 stale, 1 disconnected."
std::string summary(const Json& items) {
  std::vector<std::string> parts;
  constexpr std::array<const char*, 3> kStates{"connected", "stale", "disconnected"};
  for (const std::string state : kStates) {
    double count = 0;
    for (const Json& agent : items) count += text_at(agent, "state") == state ? 1 : 0;
    if (count > 0) parts.push_back(format_count(count) + " " + state);
  }
  const std::string states = parts.empty() ? "" : ": " + join(parts, ", ");
  return counted(static_cast<double>(items.size()), "agent") + states + ".\n";
}

}  // namespace

std::string agents_table(const Json& answer, const Look& look) {
  const Json& items = list_at(answer, "items");
  if (items.empty())
    return "No agents yet. Start headroom-agent on a host: it appears here with its first batch.\n";
  // Most agents are named after their host; then one column says both.
  const bool named_alike = std::all_of(items.begin(), items.end(), [](const Json& agent) {
    return member(agent, "agent") == member(agent, "host");
  });
  // HOST says nothing new then, and has no width to live on.
  Table table({{"AGENT", Align::kLeft, 9, 18},
               {named_alike ? "" : "HOST", Align::kLeft, 8, 18},
               {"SERVICE", Align::kLeft, 7, 10},
               {"STATE", Align::kLeft, 9, 12},
               {"LAST SAMPLE", Align::kRight, 8},
               {"SERIES", Align::kRight, 4, 6, true},
               {"BATCHES", Align::kRight, 5, 7, true},
               {"RESENT", Align::kRight, 5, 6, true},
               {"LOST", Align::kRight, 7, 4},
               {"SKEW", Align::kRight, 3, 6, true},
               {"VERSION", Align::kLeft, 2, 7, true},
               {"ADDRESS", Align::kLeft, 1, 15, true}});
  for (const Json& agent : items) {
    const std::string state = text_at(agent, "state", "unknown");
    const double lost = count_at(agent, "lost_batches");
    const auto skew = number_at(agent, "skew_ms");
    const bool simulated = flag_at(agent, "simulated");
    table.add({marked_cell(text_at(agent, "agent"), named_alike && simulated),
               named_alike ? Cell() : marked_cell(text_at(agent, "host"), simulated),
               text_at(agent, "service", kNothing),
               {state, tone_of_state(state)},
               age_at(agent, "last_sample", look),
               format_count(count_at(agent, "series")),
               format_count(count_at(agent, "batches")),
               format_count(count_at(agent, "resent")),
               {format_count(lost), lost > 0 ? Tone::kBad : Tone::kPlain},
               skew ? format_value(*skew, "ms") : std::string(kNothing),
               text_at(agent, "version", kNothing),
               text_at(agent, "address", kNothing)});
  }
  return summary(items) + "\n" + table.render(look);
}

std::string agents_csv(const Json& answer) {
  return records_csv(
      list_at(answer, "items"),
      {"agent", "host", "service", "simulated", "state", "address", "version", "last_seen",
       "last_sample", "skew_ms", "series", "committed", "batches", "resent", "lost_batches"});
}

}  // namespace headroom::cli
