// A forecast: the answer first, then how it was made and how good it has been, then the picture and
// the numbers.
#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <optional>

#include "cli/chart.h"
#include "cli/csv.h"
#include "cli/render/parts.h"
#include "cli/render/render.h"
#include "cli/table.h"
#include "cli/text_width.h"
#include "cli/units.h"
#include "common/base/text.h"

namespace headroom::cli {
namespace {

constexpr std::size_t kRowsMin = 6;
constexpr std::size_t kRowsMax = 24;
constexpr std::size_t kLinesAbove =
    30;  // the answer and the chart, which a terminal is to keep in sight
constexpr std::size_t kTextColumnsMax =
    100;  // longer lines are hard to read, however wide the terminal is

// 0.95 as "95"; what 0.07 × 100 adds in the last bits is not said.
std::string level_text(double level) { return format_double(std::round(level * 1e8) / 1e6); }

// The levels of the intervals, ascending as they were asked for.
std::vector<double> levels_of(const Json& forecast) {
  std::vector<double> levels;
  const Json& points = list_at(forecast, "points");
  if (points.empty()) return levels;
  for (const Json& interval : list_at(points[0], "intervals")) {
    if (const auto level = number_at(interval, "level")) levels.push_back(*level);
  }
  return levels;
}

const Json& interval_at(const Json& point, double level) {
  for (const Json& interval : list_at(point, "intervals")) {
    if (number_at(interval, "level") == level) return interval;
  }
  return field(point, "no interval of this level");
}

std::string peak_sentence(const Json& forecast, const std::vector<double>& levels, UnixMs now) {
  const std::string unit = text_at(forecast, "unit");
  // A series of a file is of no service.
  const std::string series = text_at(forecast, "series_id");
  const std::string who =
      !series.empty() ? series
                      : spoken_resource(text_at(forecast, "resource_type")) + " of " +
                            marked(text_at(forecast, "service"), flag_at(forecast, "simulated"));
  const auto value = number_at(forecast, "peak.predicted_value");
  if (!value) return who + " has no peak in this forecast.";
  std::string text = who + " peaks at " + format_value(*value, unit);
  if (const auto percent = number_at(forecast, "peak.utilization_pct")) {
    text += " (" + format_number(std::round(*percent * 10) / 10) + " % of capacity)";
  }
  if (const auto time = time_at(forecast, "peak.timestamp"))
    text += " on " + format_calendar(*time, now) + " UTC";
  // The band is that of the peak's own moment, so no more is promised than that.
  const auto upper = number_at(forecast, "peak.confidence_upper");
  if (upper && !levels.empty()) {
    text +=
        "; " + level_text(levels.back()) + " % sure it is then below " + format_value(*upper, unit);
  }
  return text + ".";
}

// Whether the upper edge of the band passes the capacity, and since when.
std::string warning(const Json& forecast, UnixMs now) {
  const auto capacity = number_at(forecast, "peak.capacity");
  if (!capacity && !text_at(forecast, "series_id").empty()) return "";
  if (!capacity) return "The capacity is not known, so there is no share of it.";
  for (const char* edge : {"predicted_value", "confidence_upper"}) {
    for (const Json& point : list_at(forecast, "points")) {
      const auto value = number_at(point, edge);
      const auto time = time_at(point, "timestamp");
      if (!value || !time || *value <= *capacity) continue;
      const bool likely = edge == std::string_view("predicted_value");
      return std::string(likely ? "It passes" : "It could pass") + " the capacity of " +
             format_value(*capacity, text_at(forecast, "unit")) + (likely ? "" : ", as early as") +
             " on " + format_calendar(*time, now) + " UTC.";
    }
  }
  return "";
}

std::string accuracy(const Json& forecast, const std::vector<double>& levels) {
  const double origins = count_at(forecast, "backtest.origins");
  const auto mae = number_at(forecast, "backtest.mae");
  if (origins == 0 || !mae) return "not measured: the history is too short to look back";
  const std::string unit = text_at(forecast, "unit");
  const auto naive = number_at(forecast, "backtest.naive_mae");
  std::string text = counted(origins, "earlier forecast") + " of this series missed by " +
                     format_value(*mae, unit) + " on average";
  if (naive && *naive > 0) {
    const double gain = (1 - *mae / *naive) * 100;
    text += ", " + format_number(std::abs(std::round(gain))) + (gain >= 0 ? " % less" : " % more") +
            " than repeating the past (" + format_value(*naive, unit) + ")";
  }
  const auto coverage = number_at(forecast, "backtest.coverage");
  if (coverage && !levels.empty()) {
    text += "; " + format_number(std::round(*coverage * 100)) + " % of what followed lay in the " +
            level_text(levels.front()) + " % band";
  }
  return text;
}

// The interval of the maximum itself, where the answer has one.
std::string maximum_text(const Json& forecast, UnixMs now) {
  const auto p50 = number_at(forecast, "peak.maximum.p50");
  const auto p90 = number_at(forecast, "peak.maximum.p90");
  const auto p99 = number_at(forecast, "peak.maximum.p99");
  if (!p50 || !p90 || !p99) return "";
  const std::string unit = text_at(forecast, "unit");
  std::string text = "P50 " + format_value(*p50, unit) + ", P90 " + format_value(*p90, unit) +
                     ", P99 " + format_value(*p99, unit);
  const auto earliest = time_at(forecast, "peak.maximum.earliest");
  const auto latest = time_at(forecast, "peak.maximum.latest");
  if (earliest && latest && *earliest < *latest) {
    text += "; 80 % sure between " + format_calendar(*earliest, now) + " and " +
            format_calendar(*latest, now) + " UTC";
  }
  return text;
}

std::string made_from(const Json& forecast) {
  std::vector<std::string> periods;
  for (const Json& period : list_at(forecast, "periods_seconds")) {
    if (const auto ms = unix_ms_of(period)) periods.push_back(format_span(*ms));
  }
  return counted(count_at(forecast, "history_points"), "value") + ", one every " +
         format_span(milliseconds_at(forecast, "step_seconds")) +
         (periods.empty() ? "; no season found" : "; repeats every " + join(periods, " and "));
}

std::string chart_of(const Json& forecast, const std::vector<double>& levels, const Look& look) {
  Chart chart;
  chart.unit = text_at(forecast, "unit");
  chart.capacity = number_at(forecast, "peak.capacity");
  if (!levels.empty()) chart.band = level_text(levels.back()) + " %";
  if (levels.size() > 1) chart.inner_band = level_text(levels.front()) + " %";
  for (const Json& point : list_at(forecast, "points")) {
    const auto time = time_at(point, "timestamp");
    const auto value = number_at(point, "predicted_value");
    if (!time || !value) continue;
    ChartPoint drawn{*time,
                     *value,
                     number_at(point, "confidence_lower").value_or(*value),
                     number_at(point, "confidence_upper").value_or(*value),
                     {},
                     {}};
    if (levels.size() > 1) {
      drawn.inner_lower = number_at(interval_at(point, levels.front()), "lower");
      drawn.inner_upper = number_at(interval_at(point, levels.front()), "upper");
    }
    chart.points.push_back(drawn);
  }
  return render_chart(chart, look);
}

struct Thinned {
  std::vector<std::size_t> points;  // which ones, in order
  std::chrono::milliseconds window{
      0};  // the highest of each such length of time; 0 where all are there
};

// As many as fit: in every window of time the highest one, so that no peak is left out.
Thinned thinned_points(const Json& points, std::size_t rows) {
  using std::chrono::days;
  using std::chrono::hours;
  using std::chrono::milliseconds;
  using std::chrono::minutes;
  constexpr std::array<milliseconds, 16> kWindows{
      minutes(5), minutes(10), minutes(15), minutes(30), hours(1), hours(2), hours(3), hours(4),
      hours(6),   hours(12),   days(1),     days(2),     days(7),  days(28), days(91), days(364)};
  Thinned thinned;
  for (std::size_t i = 0; i < points.size(); ++i) thinned.points.push_back(i);
  if (points.size() <= rows) return thinned;
  for (const milliseconds window : kWindows) {
    thinned = {{}, window};
    std::optional<std::int64_t> current;
    for (std::size_t i = 0; i < points.size(); ++i) {
      const auto time = time_at(points[i], "timestamp");
      if (!time) continue;
      const std::int64_t number = *time / window.count();
      if (number != current) {
        thinned.points.push_back(i);
      } else if (count_at(points[i], "predicted_value") >
                 count_at(points[thinned.points.back()], "predicted_value")) {
        thinned.points.back() = i;
      }
      current = number;
    }
    if (thinned.points.size() <= rows) break;
  }
  return thinned;
}

std::string thinned_table(const Json& forecast, const std::vector<double>& levels,
                          const Look& look) {
  const Json& points = list_at(forecast, "points");
  const std::size_t room =
      look.height == 0 ? kRowsMax : look.height - std::min(look.height, kLinesAbove);
  const Thinned thinned = thinned_points(points, std::clamp(room, kRowsMin, kRowsMax));
  double largest = 0;
  for (const Json& point : points) {
    largest = std::max(
        largest, number_at(point, "confidence_upper").value_or(count_at(point, "predicted_value")));
  }
  const Scale scale = scale_for(largest, text_at(forecast, "unit"));
  const auto shown = [&](std::optional<double> value) {
    return value ? format_scaled(*value, scale) : std::string(kNothing);
  };
  const auto capacity = number_at(forecast, "peak.capacity");
  const std::string unit = scale.suffix.empty() ? "" : " (" + scale.suffix + ")";
  std::vector<Column> columns{{"TIME (UTC)", Align::kLeft, 9, 16},
                              {"FORECAST" + unit, Align::kRight, 9}};
  for (const double level : levels)
    columns.push_back({level_text(level) + " % BAND", Align::kRight, 5, 8, true});
  if (capacity) columns.push_back({"OF CAPACITY", Align::kRight, 7, 8, true});
  Table table(columns);
  for (const std::size_t i : thinned.points) {
    const Json& point = points[i];
    const auto time = time_at(point, "timestamp");
    const auto value = number_at(point, "predicted_value");
    std::vector<Cell> cells{
        time ? format_day(*time) + " " + format_clock(*time) : std::string(kNothing), shown(value)};
    for (const double level : levels) {
      const Json& interval = interval_at(point, level);
      cells.emplace_back(shown(number_at(interval, "lower")) + " to " +
                         shown(number_at(interval, "upper")));
    }
    if (capacity) {
      const double percent = *capacity > 0 ? value.value_or(0) / *capacity * 100 : 0;
      cells.emplace_back(format_percent(percent),
                         percent >= 70 ? tone_of_percent(percent) : Tone::kPlain);
    }
    table.add(std::move(cells));
  }
  std::string text = table.render(look);
  if (thinned.window.count() > 0) {
    text += "The highest of every " + format_span(thinned.window.count()) + ": " +
            std::to_string(thinned.points.size()) + " of " +
            counted(static_cast<double>(points.size()), "point") + "; --format csv holds all.\n";
  }
  return text;
}

}  // namespace

std::string forecast_table(const Json& forecast, const Look& look) {
  const std::vector<double> levels = levels_of(forecast);
  const UnixMs now = time_at(forecast, "created").value_or(look.now);
  Look narrow = look;
  narrow.width = std::min(look.width, kTextColumnsMax);
  std::string answer = peak_sentence(forecast, levels, now);
  const std::string risk = warning(forecast, now);
  std::string text = paint(wrap(answer, narrow.width, 0), Tone::kStrong, look.colour) + "\n";
  if (!risk.empty()) text += paint(wrap(risk, narrow.width, 0), Tone::kWarn, look.colour) + "\n";
  text += "\n";
  std::vector<Detail> details{
      {"model", text_at(forecast, "model_used", "?") + ": " + text_at(forecast, "reason")},
      {"history", made_from(forecast)},
      {"accuracy", accuracy(forecast, levels)}};
  if (const std::string maximum = maximum_text(forecast, now); !maximum.empty()) {
    details.insert(details.begin(), {"maximum", maximum});
  }
  text += render_details(details, narrow);
  if (list_at(forecast, "points").empty()) return text;
  const std::string chart = chart_of(forecast, levels, look);
  if (!chart.empty()) text += "\n" + chart;
  return text + "\n" + thinned_table(forecast, levels, look);
}

std::string forecast_csv(const Json& forecast) {
  const std::vector<double> levels = levels_of(forecast);
  std::vector<std::string> header{"service", "resource_type", "unit", "unix_ts", "predicted_value"};
  for (const double level : levels) {
    header.push_back("lower_" + level_text(level));
    header.push_back("upper_" + level_text(level));
  }
  std::string text = csv_line(header);
  for (const Json& point : list_at(forecast, "points")) {
    const auto time = time_at(point, "timestamp");
    std::vector<std::string> fields{
        csv_value(field(forecast, "service")), csv_value(field(forecast, "resource_type")),
        csv_value(field(forecast, "unit")), time ? csv_unix_seconds(*time) : "",
        csv_value(field(point, "predicted_value"))};
    for (const double level : levels) {
      const Json& interval = interval_at(point, level);
      fields.push_back(csv_value(field(interval, "lower")));
      fields.push_back(csv_value(field(interval, "upper")));
    }
    text += csv_line(fields);
  }
  return text;
}

}  // namespace headroom::cli
