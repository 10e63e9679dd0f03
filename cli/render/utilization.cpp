// Used against capacity, per service and resource.
#include <cmath>
#include <limits>

#include "cli/bar.h"
#include "cli/csv.h"
#include "cli/render/parts.h"
#include "cli/render/render.h"
#include "cli/table.h"
#include "cli/text_width.h"
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

// "44.0 %  web-2", the percents under each other.
std::string worst_text(const Json& item) {
  const std::string host = text_at(item, "worst_host");
  if (host.empty()) return std::string(kNothing);
  return pad_left(percent_text(item, "worst_utilization_pct"), 7) + "  " + host;
}

// Shares of 1 that were added up over hosts ("2.9 of 4 disks") are read as a share of them all.
std::string amount_text(const Json& item, std::string_view path) {
  auto value = number_at(item, path);
  const std::string unit = text_at(item, "unit");
  const auto capacity = number_at(item, "capacity");
  if (value && unit == "1" && capacity && *capacity > 0) value = *value / *capacity;
  return format_value(value, unit);
}

// Where there is little room, `reasons_first` keeps the reasons whole and lets numbers go instead.
Table empty_table(bool reasons_first) {
  constexpr std::size_t kServiceNarrowest = 20;
  std::vector<Column> columns{
      {"SERVICE", Align::kLeft, 5, kServiceNarrowest},
      {"RESOURCE", Align::kLeft, 9, 11},
      {"STATUS", Align::kLeft, 9, 17},
      {"USED", Align::kRight, reasons_first ? 4 : 8, 10, reasons_first},
      {"CAPACITY", Align::kRight, reasons_first ? 4 : 8, 10, reasons_first},
      {"UTIL", Align::kRight, 9, 7},
      {"", Align::kLeft, reasons_first ? 2 : 7, kBarColumns, true, false, true},
      {"WORST HOST", Align::kLeft, 3, 16, true},
      {"HOSTS", Align::kRight, 1, 5, true}};
  if (reasons_first) {
    columns.push_back({"REASON", Align::kLeft, 0, 40, false, true});
  } else {
    columns.push_back({"REASON", Align::kLeft, 2, 24, true});
  }
  return Table(columns);
}

std::string items_table(const Json& items, bool reasons_first, const Look& look) {
  Table table = empty_table(reasons_first);
  for (const Json& item : items) {
    const std::string status = text_at(item, "status", "UNKNOWN");
    const Tone tone = tone_of_status(status);
    const double share =
        number_at(item, "utilization_pct").value_or(std::numeric_limits<double>::quiet_NaN()) / 100;
    table.add({marked_cell(text_at(item, "service"), flag_at(item, "simulated")),
               text_at(item, "resource"),
               {status, tone},
               amount_text(item, "current_value"),
               amount_text(item, "capacity"),
               percent_text(item, "utilization_pct"),
               {bar(share, kBarColumns), tone},
               worst_text(item),
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
  return items_table(items, false, look);
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
         items_table(items, true, look);
}

std::string utilization_csv(const Json& answer) {
  return records_csv(list_at(answer, "items"),
                     {"service", "resource", "unit", "current_value", "capacity", "utilization_pct",
                      "status", "hosts", "hosts_reporting", "simulated", "worst_host",
                      "worst_utilization_pct", "timestamp", "reason"});
}

}  // namespace headroom::cli
