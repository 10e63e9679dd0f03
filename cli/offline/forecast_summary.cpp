#include "cli/offline/forecast_summary.h"

#include <algorithm>
#include <cmath>

#include "cli/bar.h"
#include "cli/render/parts.h"
#include "cli/render/render.h"
#include "cli/table.h"
#include "cli/text_width.h"
#include "cli/units.h"
#include "common/base/text.h"

namespace headroom::cli {
namespace {

constexpr std::size_t kCurveColumns = 14;
constexpr std::size_t kTextColumnsMost = 100;

const forecast::Point& highest(const std::vector<forecast::Point>& points) {
  return *std::max_element(
      points.begin(), points.end(),
      [](const forecast::Point& a, const forecast::Point& b) { return a.value < b.value; });
}

std::string gain_text(const forecast::Backtest& backtest) {
  if (backtest.origins == 0 || !(backtest.naive_mae > 0)) return std::string(kNothing);
  const double gain = std::round((1 - backtest.mae / backtest.naive_mae) * 100);
  if (gain == 0) return "as good";
  return format_number(std::abs(gain)) + (gain > 0 ? " % better" : " % worse");
}

Json maximum_json(const forecast::Peak& peak) {
  Json intervals = Json::array();
  for (const forecast::Interval& one : peak.intervals) {
    intervals.push_back({{"level", one.level}, {"lower", one.lower}, {"upper", one.upper}});
  }
  return {{"p50", peak.value},
          {"p90", peak.p90},
          {"p99", peak.p99},
          {"earliest", format_time(peak.earliest)},
          {"latest", format_time(peak.latest)},
          {"intervals", std::move(intervals)}};
}

// What all series have in common, or that they do not.
std::string heading(const std::vector<ForecastSummary>& all) {
  const ForecastSummary& first = all.front();
  std::size_t beaten = 0;
  std::size_t judged = 0;
  bool alike = true;
  for (const ForecastSummary& one : all) {
    alike = alike && one.step == first.step && one.steps == first.steps;
    if (one.backtest.origins == 0 || !(one.backtest.naive_mae > 0)) continue;
    ++judged;
    beaten += one.backtest.mae < one.backtest.naive_mae ? 1 : 0;
  }
  std::string text = counted(static_cast<double>(all.size()), "series");
  if (alike) {
    text += ", " + counted(static_cast<double>(first.steps), "step") + " of " +
            format_span(first.step.count()) + " ahead";
  }
  if (judged > 0) {
    text += "; better than repeating the past on " + std::to_string(beaten) + " of the " +
            std::to_string(judged) + " that could be looked back on";
  }
  return text + ".";
}

}  // namespace

ForecastSummary summary_of(const SeriesForecast& made) {
  ForecastSummary summary;
  const auto& points = made.forecast.points;
  summary.id = made.grid.id;
  const std::size_t parts = std::min(kCurvePoints, points.size());
  for (std::size_t i = 0; i < parts; ++i) {
    double most = points[i * points.size() / parts].value;
    for (std::size_t at = i * points.size() / parts; at < (i + 1) * points.size() / parts; ++at) {
      most = std::max(most, points[at].value);
    }
    summary.curve.push_back(most);
  }
  summary.peak = made.forecast.peak;
  summary.model = made.forecast.model;
  summary.step = made.grid.step;
  summary.steps = points.size();
  summary.history_points = made.history_points;
  summary.unknown = made.grid.unknown;
  summary.backtest = made.forecast.backtest;
  return summary;
}

std::string forecast_summary_table(const std::vector<ForecastSummary>& all, const Look& look) {
  const double level = all.front().peak.intervals.back().level;
  const std::string band = format_double(std::round(level * 1e8) / 1e6) + " % BAND";
  Table table({{"SERIES", Align::kLeft, 9, 12},
               {"FORECAST", Align::kLeft, 3, 8, true},
               {"PEAK", Align::kRight, 9},
               {band, Align::kRight, 7, 8, true},
               {"MOST LIKELY (UTC)", Align::kLeft, 8, 16},
               {"USUAL ERROR", Align::kRight, 6, 8, true},
               {"VS. THE PAST", Align::kRight, 5, 8, true},
               {"MODEL", Align::kLeft, 4, 8, true}});
  const std::size_t rows = std::min(all.size(), kSummaryRows);
  for (std::size_t i = 0; i < rows; ++i) {
    const ForecastSummary& one = all[i];
    const forecast::Interval& interval = one.peak.intervals.back();
    const bool worse =
        one.backtest.origins > 0 && one.backtest.mae > one.backtest.naive_mae * 1.005;
    table.add({clean(one.id), sparkline(one.curve, std::min(kCurveColumns, one.curve.size())),
               Cell(format_number(one.peak.value), Tone::kStrong),
               format_number(interval.lower) + " to " + format_number(interval.upper),
               format_stamp(one.peak.time).substr(0, 16),
               one.backtest.origins > 0 ? format_number(one.backtest.mae) : std::string(kNothing),
               Cell(gain_text(one.backtest), worse ? Tone::kWarn : Tone::kPlain), one.model});
  }
  std::string text = paint(wrap(heading(all), std::min(look.width, kTextColumnsMost), 0),
                           Tone::kStrong, look.colour) +
                     "\n\n" + table.render(look);
  if (rows < all.size()) {
    text += "The first " + std::to_string(rows) + " of " + std::to_string(all.size()) +
            " series; --output FILE writes all.\n";
  }
  return text;
}

Json forecast_json(const SeriesForecast& made) {
  const forecast::Forecast& forecast = made.forecast;
  const double step_seconds = static_cast<double>(made.grid.step.count()) / 1000;
  Json json{{"series_id", made.grid.id},
            {"model_used", forecast.model},
            {"reason", forecast.reason},
            {"step_seconds", step_seconds}};
  if (made.grid.months > 0) json["step_months"] = made.grid.months;
  json["history_points"] = made.history_points;
  Json periods = Json::array();
  for (const std::size_t period : forecast.periods) {
    periods.push_back(static_cast<double>(period) * step_seconds);
  }
  json["periods_seconds"] = std::move(periods);
  json["backtest"] = {{"origins", forecast.backtest.origins},
                      {"mae", forecast.backtest.mae},
                      {"naive_mae", forecast.backtest.naive_mae},
                      {"coverage", forecast.backtest.coverage}};
  Json points = Json::array();
  for (const forecast::Point& point : forecast.points) {
    Json intervals = Json::array();
    for (const forecast::Interval& one : point.intervals) {
      intervals.push_back({{"level", one.level}, {"lower", one.lower}, {"upper", one.upper}});
    }
    const forecast::Interval& widest = point.intervals.back();
    points.push_back({{"timestamp", format_time(point.time)},
                      {"predicted_value", point.value},
                      {"confidence_lower", widest.lower},
                      {"confidence_upper", widest.upper},
                      {"intervals", std::move(intervals)}});
  }
  const forecast::Point& peak = highest(forecast.points);
  json["peak"] = {{"timestamp", format_time(peak.time)},
                  {"predicted_value", peak.value},
                  {"confidence_upper", peak.intervals.back().upper},
                  {"maximum", maximum_json(forecast.peak)}};
  json["points"] = std::move(points);
  if (!made.grid.note.empty()) json["note"] = made.grid.note;
  return json;
}

std::string forecast_picture(const SeriesForecast& made, const Look& look) {
  Json json = forecast_json(made);
  if (!made.grid.note.empty()) {
    json["reason"] = made.forecast.reason + " " + made.grid.note + ".";
  }
  return forecast_table(json, look);
}

}  // namespace headroom::cli
