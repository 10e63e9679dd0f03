// Which series there are, and their values at one moment.
#include <algorithm>
#include <vector>

#include "cli/csv.h"
#include "cli/render/parts.h"
#include "cli/render/render.h"
#include "cli/render/series_parts.h"
#include "cli/selector.h"
#include "cli/table.h"
#include "cli/text_width.h"
#include "cli/units.h"
#include "common/base/text.h"

namespace headroom::cli {
namespace {

constexpr std::size_t kAttributeColumnsMax = 6;
constexpr std::string_view kNoMatch =
    "No series fits. headroom series lists what there is; a selector looks like "
    "'system.memory.usage{host.name=\"web-1\"}'.\n";

// One metric: what its series share stands in the heading, what tells them apart in columns.
std::string metric_block(const SeriesGroup& group, bool with_values, const Look& look) {
  const Keys keys = keys_of(group);
  const bool as_columns = keys.telling.size() <= kAttributeColumnsMax;
  std::vector<Column> columns;
  if (as_columns) {
    for (const std::string& key : keys.telling) columns.push_back({key, Align::kLeft, 5, 8});
  } else {
    columns.push_back({"ATTRIBUTES", Align::kLeft, 5, 20});
  }
  if (with_values) {
    columns.push_back({"VALUE", Align::kRight, 9, 12});
    columns.push_back({"SAMPLED", Align::kRight, 8, 10});
  }
  Table table(columns);
  for (const Json* series : group) {
    std::vector<Cell> cells;
    if (as_columns) {
      for (const std::string& key : keys.telling) cells.push_back(attribute_cell(*series, key));
    } else {
      cells.emplace_back(clean(selector_of(*series)));
    }
    if (with_values) {
      cells.emplace_back(format_value(number_at(*series, "value"), text_at(*series, "unit")));
      cells.emplace_back(age_at(*series, "time", look));
    }
    table.add(std::move(cells));
  }
  const std::string shared =
      as_columns && !keys.shared.empty() ? "{" + join(keys.shared, ",") + "}" : "";
  // Where no column names the hosts, the heading says that they do not exist.
  const bool hosts_in_column = as_columns && std::find(keys.telling.begin(), keys.telling.end(),
                                                       kHostKey) != keys.telling.end();
  const bool simulated = !hosts_in_column && is_simulated_series(*group.front());
  return paint(series_heading(*group.front(), shared, simulated), Tone::kStrong, look.colour) +
         "\n" + table.render(look);
}

std::string blocks(const Json& items, bool with_values, const Look& look) {
  std::string text;
  bool after_line = false;
  for (const SeriesGroup& group : by_metric(items)) {
    // A series that is alone and without a value is one line, and such lines stand together.
    const bool line = group.size() == 1 && !with_values;
    if (!text.empty() && !(line && after_line)) text += "\n";
    after_line = line;
    if (line) {
      text += series_heading(*group.front()) + "\n";
    } else {
      text += metric_block(group, with_values, look);
    }
  }
  return text;
}

}  // namespace

std::string series_table(const Json& answer, const Look& look) {
  const Json& items = list_at(answer, "items");
  if (items.empty()) return std::string(kNoMatch);
  return blocks(items, false, look) + "\n" + counted(static_cast<double>(items.size()), "series") +
         ".\n";
}

std::string series_csv(const Json& answer) {
  std::string text = csv_line({"metric", "unit", "kind", "attributes"});
  for (const Json& series : list_at(answer, "items")) {
    text += csv_line({csv_value(member(series, "metric")), csv_value(member(series, "unit")),
                      csv_value(member(series, "kind")), selector_of(series)});
  }
  return text;
}

std::string instant_table(const Json& answer, const Look& look) {
  const Json& items = list_at(answer, "items");
  return items.empty() ? std::string(kNoMatch) : blocks(items, true, look);
}

}  // namespace headroom::cli
