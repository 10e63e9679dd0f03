// Hosts against resources, the fullest first.
#include <algorithm>
#include <limits>
#include <vector>

#include "cli/bar.h"
#include "cli/csv.h"
#include "cli/render/parts.h"
#include "cli/render/render.h"
#include "cli/table.h"
#include "cli/units.h"
#include "common/base/text.h"

namespace headroom::cli {
namespace {

constexpr std::size_t kBarColumns = 6;

// The resources of all rows: those that every host has first, any other as it comes.
std::vector<std::string> resources_of(const Json& items) {
  const std::vector<std::string> usual{"CPU",     "MEMORY",  "DISK",
                                       "DISK_IO", "NETWORK", "CONNECTIONS"};
  std::vector<std::string> names;
  for (const Json& row : items) {
    const Json& shares = member(row, "utilization_pct");
    if (!shares.is_object()) continue;
    for (const auto& [name, share] : shares.items()) {
      if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
    }
  }
  const auto rank = [&](const std::string& name) {
    return std::find(usual.begin(), usual.end(), name) - usual.begin();
  };
  std::stable_sort(names.begin(), names.end(),
                   [&](const std::string& a, const std::string& b) { return rank(a) < rank(b); });
  return names;
}

// What must not be overlooked stands behind the name, where no narrow terminal hides it.
Cell host_cell(const Json& row) {
  std::vector<std::string> marks;
  if (flag_at(row, "simulated")) marks.emplace_back("simulated");
  if (flag_at(row, "stale")) marks.emplace_back("stale");
  const std::string mark = marks.empty() ? "" : " (" + join(marks, ", ") + ")";
  return {text_at(row, "host"), flag_at(row, "stale") ? Tone::kWarn : Tone::kPlain, mark};
}

}  // namespace

std::string top_table(const Json& answer, std::string_view by, const Look& look) {
  const Json& items = list_at(answer, "items");
  if (items.empty()) return "No host has sent anything yet. Start headroom-agent on one.\n";
  const std::vector<std::string> resources = resources_of(items);
  std::vector<Column> columns{{"HOST", Align::kLeft, 9, 12},
                              {"SERVICE", Align::kLeft, 5, 10, true}};
  for (const std::string& resource : resources) {
    const bool sorted = resource == by;
    columns.push_back(
        {sorted ? resource + "▼" : resource, Align::kRight, sorted ? 9 : 6, 7, !sorted});
    columns.push_back({"", Align::kLeft, sorted ? 8 : 1, kBarColumns, true, false, true});
  }
  columns.push_back({"SAMPLE", Align::kRight, 5, 9, true});
  Table table(columns);
  for (const Json& row : items) {
    const bool stale = flag_at(row, "stale");
    std::vector<Cell> cells{host_cell(row), text_at(row, "service", kNothing)};
    for (const std::string& resource : resources) {
      const auto percent = number_at(member(row, "utilization_pct"), resource);
      const Tone tone = stale || !percent ? Tone::kFaint : tone_of_percent(*percent);
      cells.emplace_back(percent ? format_percent(*percent) : std::string(kNothing),
                         stale ? Tone::kFaint : Tone::kPlain);
      cells.emplace_back(
          bar(percent.value_or(std::numeric_limits<double>::quiet_NaN()) / 100, kBarColumns), tone);
    }
    cells.emplace_back(age_at(row, "last_sample", look), stale ? Tone::kWarn : Tone::kPlain);
    table.add(std::move(cells));
  }
  return table.render(look);
}

std::string top_csv(const Json& answer) {
  const Json& items = list_at(answer, "items");
  std::vector<std::string> columns{"host", "service", "simulated", "last_sample", "stale"};
  for (const std::string& resource : resources_of(items))
    columns.push_back("utilization_pct." + resource);
  return records_csv(items, columns);
}

}  // namespace headroom::cli
