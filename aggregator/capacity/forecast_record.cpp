// Forecasts as JSON: what the store keeps is what the API gives.
#include <cmath>

#include <nlohmann/json.hpp>

#include "aggregator/capacity/forecaster.h"
#include "common/base/text.h"

namespace headroom::capacity {
namespace {

using Json = nlohmann::json;

Json point_json(const forecast::Point& point) {
  Json intervals = Json::array();
  for (const forecast::Interval& one : point.intervals) {
    intervals.push_back({{"level", one.level}, {"lower", one.lower}, {"upper", one.upper}});
  }
  Json json{{"timestamp", format_time(point.time)},
            {"predicted_value", point.value},
            {"intervals", std::move(intervals)}};
  if (!point.intervals.empty()) {
    json["confidence_lower"] = point.intervals.back().lower;
    json["confidence_upper"] = point.intervals.back().upper;
  }
  return json;
}

// Of the maximum itself, which lies higher than any single point.
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

Json peak_json(const ForecastRecord& record) {
  const forecast::Point& peak = record.peak();
  Json json{{"timestamp", format_time(peak.time)}, {"predicted_value", peak.value}};
  json["confidence_upper"] = peak.intervals.empty() ? peak.value : peak.intervals.back().upper;
  json["maximum"] = maximum_json(record.forecast.peak);
  const bool known = record.capacity && *record.capacity > 0;
  json["capacity"] = known ? Json(*record.capacity) : Json();
  json["utilization_pct"] = known ? Json(peak.value / *record.capacity * 100) : Json();
  return json;
}

UnixMs time_of(const Json& json) { return parse_time(json.get<std::string>()).value_or(0); }

ForecastRecord from_json(const Json& json) {
  ForecastRecord record;
  record.id = json.at("forecast_id");
  record.created = time_of(json.at("created"));
  record.service = json.at("service");
  record.resource =
      parse_resource(json.at("resource_type").get<std::string>()).value_or(Resource::kCpu);
  record.step =
      std::chrono::milliseconds(std::llround(json.at("step_seconds").get<double>() * 1000));
  record.horizon =
      std::chrono::milliseconds(std::llround(json.at("horizon_hours").get<double>() * 3'600'000));
  record.history_points = json.at("history_points");
  record.simulated = json.at("simulated");
  if (const Json& capacity = json.at("peak").at("capacity"); !capacity.is_null())
    record.capacity = capacity.get<double>();
  record.forecast.model = json.at("model_used");
  record.forecast.reason = json.at("reason");
  for (const Json& period : json.at("periods_seconds")) {
    record.forecast.periods.push_back(static_cast<std::size_t>(
        std::llround(period.get<double>() * 1000 / static_cast<double>(record.step.count()))));
  }
  const Json& backtest = json.at("backtest");
  record.forecast.backtest = {backtest.at("origins"), backtest.at("mae"), backtest.at("naive_mae"),
                              backtest.at("coverage")};
  for (const Json& one : json.at("points")) {
    forecast::Point point{time_of(one.at("timestamp")), one.at("predicted_value"), {}};
    for (const Json& interval : one.at("intervals")) {
      point.intervals.push_back({interval.at("level"), interval.at("lower"), interval.at("upper")});
    }
    record.forecast.points.push_back(std::move(point));
  }
  // Forecasts stored by older versions have none.
  if (const auto maximum = json.at("peak").find("maximum"); maximum != json.at("peak").end()) {
    forecast::Peak& peak = record.forecast.peak;
    peak.time = time_of(json.at("peak").at("timestamp"));
    peak.value = maximum->at("p50");
    peak.p90 = maximum->at("p90");
    peak.p99 = maximum->at("p99");
    peak.earliest = time_of(maximum->at("earliest"));
    peak.latest = time_of(maximum->at("latest"));
    for (const Json& one : maximum->at("intervals")) {
      peak.intervals.push_back({one.at("level"), one.at("lower"), one.at("upper")});
    }
  }
  if (record.forecast.points.empty()) throw std::runtime_error("no points");
  return record;
}

}  // namespace

std::string to_json_text(const ForecastRecord& record) {
  const double step_seconds = static_cast<double>(record.step.count()) / 1000;
  Json periods = Json::array();
  for (const std::size_t period : record.forecast.periods)
    periods.push_back(static_cast<double>(period) * step_seconds);
  Json points = Json::array();
  for (const forecast::Point& point : record.forecast.points) points.push_back(point_json(point));
  const forecast::Backtest& backtest = record.forecast.backtest;
  return Json{{"forecast_id", record.id},
              {"created", format_time(record.created)},
              {"service", record.service},
              {"resource_type", to_string(record.resource)},
              {"unit", unit_of(record.resource)},
              {"horizon_hours", static_cast<double>(record.horizon.count()) / 3'600'000},
              {"step_seconds", step_seconds},
              {"model_used", record.forecast.model},
              {"reason", record.forecast.reason},
              {"periods_seconds", std::move(periods)},
              {"history_points", record.history_points},
              {"simulated", record.simulated},
              {"backtest",
               {{"origins", backtest.origins},
                {"mae", backtest.mae},
                {"naive_mae", backtest.naive_mae},
                {"coverage", backtest.coverage}}},
              {"peak", peak_json(record)},
              {"points", std::move(points)}}
      .dump();
}

Result<ForecastRecord> parse_forecast(const std::string& json) {
  try {
    return from_json(Json::parse(json));
  } catch (const std::exception& problem) {
    return fail(ErrorCode::kCorruption,
                std::string("a forecast that cannot be read: ") + problem.what());
  }
}

}  // namespace headroom::capacity
