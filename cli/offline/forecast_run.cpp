#include "cli/offline/forecast_run.h"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "cli/csv.h"
#include "cli/offline/forecast_summary.h"
#include "cli/offline/series_output.h"
#include "cli/offline/workers.h"
#include "cli/output.h"
#include "cli/progress.h"
#include "cli/text_width.h"
#include "common/base/text.h"

namespace headroom::cli {
namespace {

// 0.95 as "95", 0.999 as "99.9".
std::string level_text(double level) { return format_double(std::round(level * 1e8) / 1e6); }

void append_number(std::string& text, double value) {
  char digits[32];
  const auto end = std::to_chars(std::begin(digits), std::end(digits), value).ptr;
  text.append(digits, end);
}

Result<std::size_t> steps_of(const ForecastRun& run, const GridSeries& grid) {
  if (run.horizon_steps > 0) return run.horizon_steps;
  // A month more or less long is a month.
  const double steps =
      static_cast<double>(run.horizon.count()) / static_cast<double>(grid.step.count());
  const double whole = grid.months > 0 ? std::round(steps) : std::ceil(steps);
  if (whole > static_cast<double>(forecast::kMaxHorizon)) {
    return fail(ErrorCode::kLimitExceeded,
                "a horizon of " + format_duration(run.horizon) + " is more than " +
                    std::to_string(forecast::kMaxHorizon) + " steps of " +
                    format_duration(grid.step) + "; ask for a shorter horizon or a longer --step");
  }
  return std::max<std::size_t>(1, static_cast<std::size_t>(whole));
}

}  // namespace

Result<SeriesForecast> forecast_series(const SeriesFile& file, std::size_t series,
                                       const ForecastRun& run,
                                       std::chrono::milliseconds lone_step) {
  auto grid = to_grid(file, series, run.grid, lone_step);
  if (!grid) return fail(grid.error());
  const auto within = [&](const Error& error) {
    return fail(error.within(file.name + ", series " + clean(grid->id)));
  };
  const auto steps = steps_of(run, *grid);
  if (!steps) return within(steps.error());
  const std::size_t slots = grid->values.size();
  std::size_t left_out = 0;
  if (run.history.count() > 0) {
    const auto wanted = static_cast<std::size_t>(
        std::max<std::int64_t>(1, run.history.count() / grid->step.count()));
    left_out = slots - std::min(slots, wanted);
  }
  const std::span<const double> values = std::span(grid->values).subspan(left_out);
  SeriesForecast made;
  double least = 0;
  for (const double value : values) {
    if (std::isnan(value)) continue;
    ++made.history_points;
    least = std::min(least, value);
  }
  forecast::Request request = run.request;
  request.horizon = *steps;
  if (!run.bounded_below && least >= 0) {
    request.lower_bound = std::min(0.0, request.upper_bound);
  }
  auto forecast = forecast::forecast({values, grid->time_of(left_out), grid->step}, request);
  if (!forecast) return within(forecast.error());
  // The numerics count steps of one length; months have their own.
  for (UnixMs* time : {&forecast->peak.time, &forecast->peak.earliest, &forecast->peak.latest}) {
    *time = grid->time_of(
        slots + static_cast<std::size_t>((*time - forecast->points[0].time) / grid->step.count()));
  }
  for (std::size_t i = 0; i < forecast->points.size(); ++i) {
    forecast->points[i].time = grid->time_of(slots + i);
  }
  made.forecast = std::move(*forecast);
  made.notes = grid->notes();
  made.grid = std::move(*grid);
  made.grid.values = {};
  return made;
}

std::string forecast_csv_header(const std::vector<double>& levels) {
  std::string text = "series_id,step,unix_ts,mean,lo,hi,model";
  for (std::size_t i = 0; i + 1 < levels.size(); ++i) {
    text += ",lo_" + level_text(levels[i]) + ",hi_" + level_text(levels[i]);
  }
  return text + "\n";
}

std::string forecast_csv_rows(const SeriesForecast& made) {
  constexpr std::size_t kRowBytes = 120;
  const std::string id = csv_field(made.grid.id);
  const std::string model = csv_field(made.forecast.model);
  std::string text;
  text.reserve(made.forecast.points.size() * (kRowBytes + id.size()));
  const auto add_interval = [&](const forecast::Interval& interval) {
    text += ',';
    append_number(text, interval.lower);
    text += ',';
    append_number(text, interval.upper);
  };
  for (std::size_t i = 0; i < made.forecast.points.size(); ++i) {
    const forecast::Point& point = made.forecast.points[i];
    text += id;
    text += ',';
    text += std::to_string(i + 1);
    text += ',';
    text += csv_unix_seconds(point.time);
    text += ',';
    append_number(text, point.value);
    add_interval(point.intervals.back());
    text += ',';
    text += model;
    for (std::size_t l = 0; l + 1 < point.intervals.size(); ++l) add_interval(point.intervals[l]);
    text += '\n';
  }
  return text;
}

Status forecast_file(Session& session, const ForecastRun& run) {
  const auto file = read_series_file(run.input, session.in);
  if (!file) return fail(file.error());
  const auto lone_step = lone_step_of(*file);
  const std::size_t count = file->ids.size();
  const bool json = session.format == Format::kJson;
  const bool csv = session.format == Format::kCsv || (!json && !session.output.empty());
  std::optional<ProgressBar> bar(std::in_place, session,
                                 "forecasting " + std::to_string(count) + " series");
  const auto progress = [&](double done) { bar->draw(done); };
  const auto make = [&](std::size_t i) { return forecast_series(*file, i, run, lone_step); };
  if (csv || json) {
    const auto piece = [&](std::size_t i) -> Result<SeriesPiece> {
      const auto made = make(i);
      if (!made) return fail(made.error());
      if (csv) return SeriesPiece{forecast_csv_rows(*made), made->notes};
      return SeriesPiece{forecast_json(*made).dump() + (i + 1 < count ? ",\n" : "\n]\n"), {}};
    };
    return write_series(session, count, run.threads,
                        csv ? forecast_csv_header(run.request.levels) : "[\n", piece, progress);
  }
  if (count == 1) {
    const auto made = make(0);
    if (!made) return fail(made.error());
    return write_output("", forecast_picture(*made, session.look()), session.out);
  }
  std::vector<ForecastSummary> summaries;
  summaries.reserve(count);
  const Status done = work_through<ForecastSummary>(
      count, run.threads,
      [&](std::size_t i) -> Result<ForecastSummary> {
        const auto made = make(i);
        if (!made) return fail(made.error());
        return summary_of(*made);
      },
      [&](std::size_t, ForecastSummary&& one) -> Status {
        summaries.push_back(std::move(one));
        return {};
      },
      progress);
  if (!done) return done;
  bar.reset();
  return write_output("", forecast_summary_table(summaries, session.look()), session.out);
}

}  // namespace headroom::cli
