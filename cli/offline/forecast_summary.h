// Forecasts of a file for people and as JSON.
#pragma once

#include <string>
#include <vector>

#include "cli/json.h"
#include "cli/look.h"
#include "cli/offline/forecast_run.h"

namespace headroom::cli {

// What a table of many series shows of one.
struct ForecastSummary {
  std::string id;
  std::vector<double> curve;  // the highest value of each of at most kCurvePoints parts
  forecast::Peak peak;
  std::string model;
  std::chrono::milliseconds step{0};
  std::size_t steps = 0;
  std::size_t history_points = 0;
  std::size_t unknown = 0;
  forecast::Backtest backtest;
};

inline constexpr std::size_t kCurvePoints = 96;
inline constexpr std::size_t kSummaryRows = 200;  // more are counted, not shown

ForecastSummary summary_of(const SeriesForecast& made);
std::string forecast_summary_table(const std::vector<ForecastSummary>& all, const Look& look);

// The members of the aggregator's forecasts, with `series_id` and without what only the aggregator
// knows.
Json forecast_json(const SeriesForecast& made);
// The chart and the numbers of one.
std::string forecast_picture(const SeriesForecast& made, const Look& look);

}  // namespace headroom::cli
