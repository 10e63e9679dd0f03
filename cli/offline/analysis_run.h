// What the series of a file are like: their seasons, trends and changes, without an aggregator.
#pragma once

#include <string>
#include <vector>

#include "aggregator/forecast/change_points.h"
#include "aggregator/forecast/patterns.h"
#include "aggregator/forecast/seasonality.h"
#include "aggregator/forecast/trend_significance.h"
#include "cli/offline/grid.h"
#include "cli/verb.h"

namespace headroom::cli {

struct AnalysisRun {
  std::string input;  // a path, or "-"
  GridOptions grid;
  double level = 0.95;   // of the slope's interval
  unsigned threads = 0;  // 0: all cores
};

// Of a series' newest kAnalysedPoints.
inline constexpr std::size_t kAnalysedPoints = forecast::kSeasonalityPoints;

struct SeriesSeasons {
  std::string id;
  std::chrono::milliseconds step{0};
  std::size_t points = 0;  // known ones
  std::vector<forecast::Seasonality> seasons;
  std::vector<forecast::Pattern> patterns;
};
SeriesSeasons seasons_of(const GridSeries& grid);

struct SeriesTrend {
  struct Change {
    UnixMs time = 0;
    forecast::ChangePoint point;
  };
  std::string id;
  std::size_t points = 0;  // known ones
  double slope_per_day = 0;
  double lower_per_day = 0;
  double upper_per_day = 0;
  double p_value = 1;
  std::vector<Change> changes;
};
SeriesTrend trend_of(const GridSeries& grid, double level);

// "series_id,period_steps,strength,p_value": one row per season, none for a series without.
// CSV into the session's output file, or where CSV is asked for; else JSON, or a table.
Status seasonality_of_file(Session& session, const AnalysisRun& run);

// "series_id,slope_per_day,lo,hi,p_value,change_points": one row per series; the change points as
// Unix times joined by ';'.
Status trends_of_file(Session& session, const AnalysisRun& run);

}  // namespace headroom::cli
