// Which series there are, and their values at one moment.
#include <algorithm>

#include "cli/csv.h"
#include "cli/render/parts.h"
#include "cli/render/render.h"
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

std::string shown_attribute(const Json& series, const std::string& key) {
  const Json& value = field(member(series, "attributes"), key);
  const std::string text = value.is_null() ? std::string(kNothing) : clean(csv_value(value));
  return marked(text, key == "host.name" && is_simulated_series(series));
}

// Attributes of the series from `first` to `last`, split into those that all share and those that
// tell them apart.
struct Keys {
  std::vector<std::string> telling;
  std::vector<std::string> shared;  // as key="value"
};

Keys keys_of(const Json& items, std::size_t first, std::size_t last) {
  std::vector<std::string> all;
  for (std::size_t i = first; i < last; ++i) {
    const Json& attributes = member(items[i], "attributes");
    if (!attributes.is_object()) continue;
    for (const auto& [key, value] : attributes.items()) {
      if (key != kSimulatedKey && std::find(all.begin(), all.end(), key) == all.end())
        all.push_back(key);
    }
  }
  Keys keys;
  for (const std::string& key : all) {
    const std::string value = shown_attribute(items[first], key);
    bool same = last - first > 1;
    for (std::size_t i = first; i < last && same; ++i)
      same = shown_attribute(items[i], key) == value;
    if (same) {
      keys.shared.push_back(matcher(key, "=", value));
    } else {
      keys.telling.push_back(key);
    }
  }
  return keys;
}

// One metric: what its series share stands in the heading, what tells them apart in columns.
std::string metric_block(const Json& items, std::size_t first, std::size_t last, const Look& look) {
  const Keys keys = keys_of(items, first, last);
  const bool as_columns = keys.telling.size() <= kAttributeColumnsMax;
  std::vector<Column> columns;
  if (as_columns) {
    for (const std::string& key : keys.telling) columns.push_back({key, Align::kLeft, 5, 8});
  } else {
    columns.push_back({"ATTRIBUTES", Align::kLeft, 5, 20});
  }
  columns.push_back({"VALUE", Align::kRight, 9, 12});
  columns.push_back({"SAMPLED", Align::kRight, 8, 10});
  Table table(columns);
  for (std::size_t i = first; i < last; ++i) {
    std::vector<Cell> cells;
    if (as_columns) {
      for (const std::string& key : keys.telling)
        cells.emplace_back(shown_attribute(items[i], key));
    } else {
      cells.emplace_back(clean(selector_of(items[i])));
    }
    cells.emplace_back(format_value(number_at(items[i], "value"), text_at(items[i], "unit")));
    cells.emplace_back(age_at(items[i], "time", look));
    table.add(std::move(cells));
  }
  const std::string shared =
      as_columns && !keys.shared.empty() ? "{" + join(keys.shared, ",") + "}" : "";
  return paint(series_heading(items[first], shared), Tone::kStrong, look.colour) + "\n" +
         table.render(look);
}

}  // namespace

std::string series_table(const Json& answer, const Look& look) {
  const Json& items = list_at(answer, "items");
  if (items.empty()) return std::string(kNoMatch);
  Table table({{"METRIC", Align::kLeft, 9, 24},
               {"UNIT", Align::kLeft, 8, 4},
               {"KIND", Align::kLeft, 7, 7},
               {"ATTRIBUTES", Align::kLeft, 5, 20}});
  for (const Json& series : items) {
    table.add({marked_cell(text_at(series, "metric"), is_simulated_series(series)),
               text_at(series, "unit"), text_at(series, "kind"), clean(selector_of(series))});
  }
  return table.render(look) + "\n" + counted(static_cast<double>(items.size()), "series") + ".\n";
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
  if (items.empty()) return std::string(kNoMatch);
  std::string text;
  for (std::size_t first = 0; first < items.size();) {
    std::size_t last = first + 1;
    while (last < items.size() && member(items[last], "metric") == member(items[first], "metric"))
      ++last;
    if (!text.empty()) text += "\n";
    text += metric_block(items, first, last, look);
    first = last;
  }
  return text;
}

}  // namespace headroom::cli
