// Forecasts of every series of a file, without an aggregator.
#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "aggregator/forecast/forecast.h"
#include "cli/offline/grid.h"
#include "cli/verb.h"

namespace headroom::cli {

struct ForecastRun {
  std::string input;  // a path, or "-"
  // One of them: steps, or how long, as whole steps of each series that hold it.
  std::size_t horizon_steps = 0;
  std::chrono::milliseconds horizon{0};
  GridOptions grid;
  std::chrono::milliseconds history{0};  // the newest part that counts; 0: all
  // Level, bounds, model, budget and calendar; without a lower bound of its own it is 0 for series
  // that were never below.
  forecast::Request request;
  bool bounded_below = false;  // request.lower_bound was given
  unsigned threads = 0;        // 0: all cores
};

// One series' forecast, with the times of its steps: those of calendar months are no whole number
// of History::step apart.
struct SeriesForecast {
  GridSeries grid;  // without its values
  std::vector<std::string> notes;
  std::size_t history_points = 0;
  forecast::Forecast forecast;
};

// Errors name the series.
Result<SeriesForecast> forecast_series(const SeriesFile& file, std::size_t series,
                                       const ForecastRun& run, std::chrono::milliseconds lone_step);

// "series_id,step,unix_ts,mean,lo,hi,model", lo and hi of the highest level; the others follow as
// "lo_80,hi_80".
std::string forecast_csv_header(const std::vector<double>& levels);
std::string forecast_csv_rows(const SeriesForecast& made);

// CSV into the session's output file, or where CSV is asked for; else JSON, or for people a table
// of all series, of a single one the picture.
Status forecast_file(Session& session, const ForecastRun& run);

}  // namespace headroom::cli
