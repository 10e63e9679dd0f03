// Series or groups of series beside each other: one line each, with what their values were.
#include <algorithm>
#include <cmath>
#include <limits>

#include "cli/bar.h"
#include "cli/render/parts.h"
#include "cli/render/render.h"
#include "cli/render/series_parts.h"
#include "cli/table.h"
#include "cli/units.h"
#include "common/base/text.h"

namespace headroom::cli {
namespace {

constexpr std::size_t kSparkColumns = 24;
constexpr std::size_t kAttributeColumnsMax = 5;

struct Line {
  const Json* item = nullptr;
  std::vector<double> values;
  double low = std::numeric_limits<double>::infinity();
  double high = -std::numeric_limits<double>::infinity();
  double sum = 0;
  double last = std::numeric_limits<double>::quiet_NaN();

  double mean() const { return sum / static_cast<double>(values.size()); }
};

Line line_of(const Json& item) {
  Line line;
  line.item = &item;
  for (const Json& pair : list_at(item, "samples")) {
    if (!pair.is_array() || pair.size() < 2 || !pair[1].is_number()) continue;
    const double value = pair[1].get<double>();
    line.values.push_back(value);
    line.low = std::min(line.low, value);
    line.high = std::max(line.high, value);
    line.sum += value;
    line.last = value;
  }
  return line;
}

std::string block(const SeriesGroup& group, const Look& look) {
  std::vector<Line> lines;
  lines.reserve(group.size());
  double most = 0;
  bool grouped = false;
  bool moves = false;
  for (const Json* item : group) {
    lines.push_back(line_of(*item));
    if (!lines.back().values.empty())
      most = std::max({most, std::abs(lines.back().low), std::abs(lines.back().high)});
    grouped = grouped || !field(*item, "series").is_null();
    moves = moves || lines.back().values.size() > 1;
  }
  Keys keys = keys_of(group);
  const bool as_columns = keys.telling.size() <= kAttributeColumnsMax;
  if (!as_columns) keys.telling = {"ATTRIBUTES"};
  // One scale for all numbers, so that they compare; the title carries the unit.
  const Scale scale = scale_for(most, text_at(*group.front(), "unit"));
  const std::string mean = moves ? "MEAN" : "VALUE";
  constexpr std::size_t kOtherColumns = 6;
  std::vector<Column> columns;
  columns.reserve(keys.telling.size() + kOtherColumns);
  for (const std::string& key : keys.telling) columns.push_back({key, Align::kLeft, 6, 8});
  columns.push_back({grouped ? "SERIES" : "", Align::kRight, 4, 6, true});
  columns.push_back(
      {scale.suffix.empty() ? mean : mean + " (" + scale.suffix + ")", Align::kRight, 9, 8});
  for (const char* title : {"MIN", "MAX", "LAST"})
    columns.push_back({moves ? title : "", Align::kRight, 5, 6, true});
  columns.push_back({"", Align::kLeft, 3, 8, true});
  Table table(columns);
  for (const Line& line : lines) {
    std::vector<Cell> cells;
    cells.reserve(columns.size());
    for (const std::string& key : keys.telling)
      cells.push_back(as_columns ? attribute_cell(*line.item, key) : Cell(selector_of(*line.item)));
    cells.emplace_back(grouped ? format_count(count_at(*line.item, "series")) : "");
    cells.emplace_back(format_scaled(line.mean(), scale));
    for (const double value : {line.low, line.high, line.last})
      cells.emplace_back(moves && !line.values.empty() ? format_scaled(value, scale) : "");
    cells.emplace_back(moves ? sparkline(line.values, kSparkColumns) : "", Tone::kNotice);
    table.add(std::move(cells));
  }
  const std::string shared =
      as_columns && !keys.shared.empty() ? "{" + join(keys.shared, ",") + "}" : "";
  return paint(series_heading(*group.front(), shared, false), Tone::kStrong, look.colour) + "\n" +
         table.render(look);
}

}  // namespace

std::string comparison_table(const Json& answer, const Look& look) {
  const Json& items = list_at(answer, "items");
  if (items.empty())
    return "No series fits, or none has samples in this range. headroom series lists what there "
           "is.\n";
  std::string text;
  for (const SeriesGroup& group : by_metric(items)) {
    if (!text.empty()) text += "\n";
    text += block(group, look);
  }
  return text;
}

}  // namespace headroom::cli
