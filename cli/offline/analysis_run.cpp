#include "cli/offline/analysis_run.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>
#include <utility>

#include "cli/csv.h"
#include "cli/offline/series_output.h"
#include "cli/offline/workers.h"
#include "cli/output.h"
#include "cli/progress.h"
#include "cli/render/parts.h"
#include "cli/table.h"
#include "cli/text_width.h"
#include "cli/units.h"
#include "common/base/text.h"

namespace headroom::cli {
namespace {

constexpr double kDayMs = 86'400'000;
constexpr double kTrendLevel = 0.05;        // p-value from which on a table calls it a trend
constexpr std::size_t kBlocksMin = 20;      // seasons, for one to be a block of change points
constexpr std::size_t kTrendBlocksMin = 8;  // and of a trend
constexpr std::size_t kRowsMost = 200;      // of a table; more are counted, not shown
constexpr std::size_t kChangesShown = 3;

std::span<const double> newest(const GridSeries& grid) {
  const std::size_t used = std::min(grid.values.size(), kAnalysedPoints);
  return std::span(grid.values).last(used);
}

// What a double can say; of the largest values a slope per day may be more.
double within(double value) {
  constexpr double kMost = std::numeric_limits<double>::max();
  return std::clamp(value, -kMost, kMost);
}

std::size_t known_of(std::span<const double> values) {
  return static_cast<std::size_t>(
      std::count_if(values.begin(), values.end(), [](double v) { return std::isfinite(v); }));
}

// The longest season that the history holds at least `least` times; 1 for none.
std::size_t block_of(const std::vector<std::size_t>& periods, std::size_t points,
                     std::size_t least) {
  std::size_t block = 1;
  for (const std::size_t period : periods) {
    if (points / period >= least) block = std::max(block, period);
  }
  return block;
}

std::string number(double value) { return format_double(value); }

std::string csv_rows(const SeriesSeasons& made) {
  std::string text;
  for (const forecast::Seasonality& season : made.seasons) {
    text += csv_line(
        {made.id, std::to_string(season.period), number(season.strength), number(season.p_value)});
  }
  return text;
}

std::string csv_rows(const SeriesTrend& made) {
  std::vector<std::string> changes;
  for (const auto& change : made.changes) changes.push_back(csv_unix_seconds(change.time));
  return csv_line({made.id, number(made.slope_per_day), number(made.lower_per_day),
                   number(made.upper_per_day), number(made.p_value), join(changes, ";")});
}

Json json_of(const SeriesSeasons& made) {
  Json seasons = Json::array();
  for (const forecast::Seasonality& season : made.seasons) {
    seasons.push_back({{"period_steps", season.period},
                       {"period_seconds", static_cast<double>(made.step.count()) / 1000 *
                                              static_cast<double>(season.period)},
                       {"strength", season.strength},
                       {"p_value", season.p_value}});
  }
  Json patterns = Json::array();
  for (const forecast::Pattern& pattern : made.patterns) {
    patterns.push_back({{"kind", to_string(pattern.kind)},
                        {"evidence", pattern.evidence},
                        {"bound", pattern.bound},
                        {"sentence", pattern.sentence}});
  }
  return {{"series_id", made.id},
          {"step_seconds", static_cast<double>(made.step.count()) / 1000},
          {"points", made.points},
          {"seasons", std::move(seasons)},
          {"patterns", std::move(patterns)}};
}

Json json_of(const SeriesTrend& made) {
  Json changes = Json::array();
  for (const auto& change : made.changes) {
    const bool level = change.point.kind == forecast::ChangeKind::kLevel;
    changes.push_back({{"unix_ts", static_cast<double>(change.time) / 1000},
                       {"kind", level ? "level" : "trend"},
                       {"before", change.point.before},
                       {"after", change.point.after}});
  }
  return {{"series_id", made.id},
          {"points", made.points},
          {"slope_per_day", made.slope_per_day},
          {"lo", made.lower_per_day},
          {"hi", made.upper_per_day},
          {"p_value", made.p_value},
          {"change_points", std::move(changes)}};
}

std::string p_text(double p_value) {
  return p_value < 1e-4 ? "< 0.0001" : format_number(std::round(p_value * 1e4) / 1e4);
}

std::string more_rows(std::size_t count) {
  if (count <= kRowsMost) return "";
  return "… and " + format_count(static_cast<double>(count - kRowsMost)) +
         " more series; --format csv has them all\n";
}

std::string table_of(const std::vector<SeriesSeasons>& all, const Look& look) {
  Table table({{"SERIES", Align::kLeft, 9, 12},
               {"REPEATS EVERY", Align::kLeft, 8, 12},
               {"STEPS", Align::kRight, 6, 5},
               {"STRENGTH", Align::kRight, 7, 8},
               {"P-VALUE", Align::kRight, 5, 8}});
  std::size_t seasonal = 0;
  for (std::size_t i = 0; i < all.size(); ++i) {
    const SeriesSeasons& one = all[i];
    seasonal += one.seasons.empty() ? 0 : 1;
    if (i >= kRowsMost) continue;
    if (one.seasons.empty()) {
      table.add({clean(one.id), Cell("no season", Tone::kFaint), "", "", ""});
    }
    for (std::size_t s = 0; s < one.seasons.size(); ++s) {
      const forecast::Seasonality& season = one.seasons[s];
      const auto length = one.step.count() * static_cast<std::int64_t>(season.period);
      table.add({s == 0 ? clean(one.id) : std::string(), format_span(length),
                 std::to_string(season.period),
                 format_number(std::round(season.strength * 100) / 100), p_text(season.p_value)});
    }
  }
  std::string text = std::to_string(seasonal) + " of " +
                     counted(static_cast<double>(all.size()), "series") + " with a season\n\n" +
                     table.render(look) + more_rows(all.size());
  if (all.size() == 1 && !all[0].patterns.empty()) {
    text += "\n";
    for (const forecast::Pattern& pattern : all[0].patterns) text += pattern.sentence + "\n";
  }
  return text;
}

std::string changes_text(const SeriesTrend& one) {
  std::string text;
  // The newest matter most.
  const std::size_t shown = std::min(one.changes.size(), kChangesShown);
  for (std::size_t i = one.changes.size() - shown; i < one.changes.size(); ++i) {
    const auto& change = one.changes[i];
    if (!text.empty()) text += ", ";
    text += format_stamp(change.time).substr(0, 16);
    if (change.point.kind == forecast::ChangeKind::kTrend) {
      text += " turns";
    } else {
      text += change.point.jump() < 0 ? " " : " +";
      text += format_number(change.point.jump());
    }
  }
  if (shown < one.changes.size())
    text = std::to_string(one.changes.size() - shown) + " earlier, " + text;
  return text;
}

std::string table_of(const std::vector<SeriesTrend>& all, const Look& look) {
  Table table({{"SERIES", Align::kLeft, 9, 12},
               {"SLOPE/DAY", Align::kRight, 8, 9},
               {"FROM", Align::kRight, 6, 6},
               {"TO", Align::kRight, 6, 6},
               {"P-VALUE", Align::kRight, 7, 8},
               {"CHANGES (UTC)", Align::kLeft, 4, 16, false, true}});
  std::size_t moving = 0;
  std::size_t changed = 0;
  for (std::size_t i = 0; i < all.size(); ++i) {
    const SeriesTrend& one = all[i];
    const bool trend = one.p_value <= kTrendLevel;
    moving += trend ? 1 : 0;
    changed += one.changes.empty() ? 0 : 1;
    if (i >= kRowsMost) continue;
    table.add({clean(one.id),
               Cell(format_number(one.slope_per_day), trend ? Tone::kStrong : Tone::kFaint),
               format_number(one.lower_per_day), format_number(one.upper_per_day),
               p_text(one.p_value), changes_text(one)});
  }
  return std::to_string(moving) + " of " + counted(static_cast<double>(all.size()), "series") +
         " with a trend, " + std::to_string(changed) + " with a change of level or trend\n\n" +
         table.render(look) + more_rows(all.size());
}

// `make` from a grid, on all cores; then CSV, JSON or the table.
template <typename Made, typename Make>
Status analyse(Session& session, const AnalysisRun& run, const std::string& doing,
               const std::string& header, Make make) {
  const auto file = read_series_file(run.input, session.in);
  if (!file) return fail(file.error());
  const auto lone_step = lone_step_of(*file);
  const std::size_t count = file->ids.size();
  const bool json = session.format == Format::kJson;
  const bool csv = session.format == Format::kCsv || (!json && !session.output.empty());
  std::optional<ProgressBar> bar(std::in_place, session,
                                 doing + " of " + std::to_string(count) + " series");
  const auto progress = [&](double done) { bar->draw(done); };
  const auto one = [&](std::size_t i) -> Result<Made> {
    const auto grid = to_grid(*file, i, run.grid, lone_step);
    if (!grid) return fail(grid.error());
    return make(*grid);
  };
  if (csv || json) {
    const auto piece = [&](std::size_t i) -> Result<SeriesPiece> {
      const auto grid = to_grid(*file, i, run.grid, lone_step);
      if (!grid) return fail(grid.error());
      const Made made = make(*grid);
      if (csv) return SeriesPiece{csv_rows(made), grid->notes()};
      return SeriesPiece{json_of(made).dump() + (i + 1 < count ? ",\n" : "\n]\n"), {}};
    };
    return write_series(session, count, run.threads, csv ? header : "[\n", piece, progress);
  }
  std::vector<Made> all;
  all.reserve(count);
  const Status done = work_through<Made>(
      count, run.threads, one,
      [&](std::size_t, Made&& made) -> Status {
        all.push_back(std::move(made));
        return {};
      },
      progress);
  if (!done) return done;
  bar.reset();
  return write_output("", table_of(all, session.look()), session.out);
}

}  // namespace

SeriesSeasons seasons_of(const GridSeries& grid) {
  const auto values = newest(grid);
  const UnixMs start = grid.time_of(grid.values.size() - values.size());
  return {grid.id, grid.step, known_of(values), forecast::detect_seasonality(values, grid.step),
          forecast::recognise_patterns({values, start, grid.step})};
}

SeriesTrend trend_of(const GridSeries& grid, double level) {
  const auto values = newest(grid);
  const std::size_t left_out = grid.values.size() - values.size();
  std::vector<std::size_t> periods;
  for (const auto& season : forecast::detect_seasonality(values, grid.step)) {
    periods.push_back(season.period);
  }
  const std::vector<double> rest = forecast::without_seasons(values, periods);
  const std::size_t block = block_of(periods, rest.size(), kTrendBlocksMin);
  const auto trend = forecast::estimate_trend(rest, block, level);
  const double per_day = kDayMs / static_cast<double>(grid.step.count());
  SeriesTrend made{grid.id,
                   known_of(values),
                   within(trend.slope * per_day),
                   within(trend.lower * per_day),
                   within(trend.upper * per_day),
                   trend.p_value,
                   {}};
  for (const auto& point :
       forecast::find_change_points(rest, block_of(periods, rest.size(), kBlocksMin))) {
    made.changes.push_back({grid.time_of(left_out + point.at), point});
  }
  return made;
}

Status seasonality_of_file(Session& session, const AnalysisRun& run) {
  return analyse<SeriesSeasons>(session, run, "seasons",
                                "series_id,period_steps,strength,p_value\n",
                                [](const GridSeries& grid) { return seasons_of(grid); });
}

Status trends_of_file(Session& session, const AnalysisRun& run) {
  return analyse<SeriesTrend>(session, run, "trends",
                              "series_id,slope_per_day,lo,hi,p_value,change_points\n",
                              [&](const GridSeries& grid) { return trend_of(grid, run.level); });
}

}  // namespace headroom::cli
