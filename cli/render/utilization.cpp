// Used against capacity, per service and resource.
#include <cmath>
#include <limits>

#include "cli/bar.h"
#include "cli/csv.h"
#include "cli/render/parts.h"
#include "cli/render/render.h"
#include "cli/table.h"
#include "cli/units.h"

namespace headroom::cli {
namespace {

constexpr std::size_t kBarColumns = 10;

std::string hosts_text(const Json& item) {
  const double hosts = count_at(item, "hosts");
  const double reporting = number_at(item, "hosts_reporting").value_or(hosts);
  const std::string text = format_count(hosts);
  return reporting == hosts ? text : format_count(reporting) + " of " + text;
}

std::string percent_text(const Json& item, std::string_view path) {
  const auto percent = number_at(item, path);
  return percent ? format_percent(*percent) : std::string(kNothing);
}

std::string items_table(const Json& items, const Look& look) {
  constexpr std::size_t kNameNarrowest = 12;
  constexpr std::size_t kReasonNarrowest = 24;
  Table table({{"SERVICE", Align::kLeft, 9, kNameNarrowest},
               {"RESOURCE", Align::kLeft, 9, 11},
               {"STATUS", Align::kLeft, 9, 17},
               {"USED", Align::kRight, 8, 10},
               {"CAPACITY", Align::kRight, 8, 10},
               {"UTIL", Align::kRight, 9, 7},
               {"", Align::kLeft, 3, kBarColumns, true},
               {"WORST", Align::kRight, 5, 7, true},
               {"HOST", Align::kLeft, 5, kNameNarrowest, true},
               {"HOSTS", Align::kRight, 2, 5, true},
               {"REASON", Align::kLeft, 4, kReasonNarrowest, true}});
  for (const Json& item : items) {
    const std::string status = text_at(item, "status", "UNKNOWN");
    const std::string unit = text_at(item, "unit");
    const Tone tone = tone_of_status(status);
    const double share =
        number_at(item, "utilization_pct").value_or(std::numeric_limits<double>::quiet_NaN()) / 100;
    table.add({marked(text_at(item, "service"), flag_at(item, "simulated")),
               text_at(item, "resource"),
               {status, tone},
               format_value(number_at(item, "current_value"), unit),
               format_value(number_at(item, "capacity"), unit),
               percent_text(item, "utilization_pct"),
               {bar(share, kBarColumns), tone},
               percent_text(item, "worst_utilization_pct"),
               text_at(item, "worst_host", kNothing),
               hosts_text(item),
               text_at(item, "reason")});
  }
  return table.render(look);
}

}  // namespace

std::string utilization_table(const Json& answer, const Look& look) {
  const Json& items = list_at(answer, "items");
  if (items.empty())
    return "Nothing is measured that fits. Without options, headroom utilization shows "
           "everything.\n";
  return items_table(items, look);
}

std::string health_table(const Json& answer, const Look& look) {
  const Json& items = list_at(answer, "items");
  const std::string overall = text_at(answer, "overall_health", "UNKNOWN");
  if (items.empty()) {
    return paint(overall == "HEALTHY" ? "All healthy." : overall, tone_of_status(overall),
                 look.colour) +
           "\n";
  }
  const double count = static_cast<double>(items.size());
  return paint(overall, tone_of_status(overall), look.colour) + ": " + counted(count, "resource") +
         (items.size() == 1 ? " needs" : " need") + " attention, the worst first.\n\n" +
         items_table(items, look);
}

std::string utilization_csv(const Json& answer) {
  return records_csv(list_at(answer, "items"),
                     {"service", "resource", "unit", "current_value", "capacity", "utilization_pct",
                      "status", "hosts", "hosts_reporting", "simulated", "worst_host",
                      "worst_utilization_pct", "timestamp", "reason"});
}

}  // namespace headroom::cli
