#include "cli/chart.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <cstdio>

#include "cli/text_width.h"
#include "cli/units.h"

namespace headroom::cli {
namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr std::size_t kColumnsMin = 40;
constexpr std::size_t kRowsMax = 13;

// The value axis: `steps` intervals of `step` above `low`, each `rows_per_step` rows high.
struct Axis {
  double low = 0;
  double step = 1;
  std::size_t steps = 1;
  std::size_t rows_per_step = 1;

  std::size_t rows() const { return steps * rows_per_step + 1; }
  double high() const { return low + step * static_cast<double>(steps); }
  // Row 0 is the top one.
  std::size_t row_of(double value) const {
    const double share = (high() - value) / (high() - low);
    const double row = std::clamp(share, 0.0, 1.0) * static_cast<double>(rows() - 1);
    return static_cast<std::size_t>(std::lround(row));
  }
};

// The smallest of 1, 2, 2.5, 5 times a power of ten that covers `span` in at most `intervals`.
double round_step(double span, double intervals) {
  const double raw = span / intervals;
  const double power = std::pow(10, std::floor(std::log10(raw)));
  for (const double factor : {1.0, 2.0, 2.5, 5.0}) {
    if (factor * power >= raw * (1 - 1e-9)) return factor * power;
  }
  return 10 * power;
}

Axis value_axis(double lowest, double highest, double divisor) {
  constexpr double kIntervals = 5;
  lowest /= divisor;
  highest /= divisor;
  // From zero unless that would press the line flat against the top.
  if (lowest >= 0 && lowest <= highest / 2) lowest = 0;
  if (!(highest > lowest)) {
    const double room = std::max(std::abs(lowest) * 0.1, 1e-9);
    lowest = lowest >= 0 && lowest < room * 5 ? 0 : lowest - room;
    highest += room;
  }
  Axis axis;
  axis.step = round_step(highest - lowest, kIntervals);
  axis.low = std::floor(lowest / axis.step + 1e-9) * axis.step;
  axis.steps =
      static_cast<std::size_t>(std::max(1.0, std::ceil((highest - axis.low) / axis.step - 1e-9)));
  axis.rows_per_step = std::max<std::size_t>(1, (kRowsMax - 1) / axis.steps);
  axis.low *= divisor;
  axis.step *= divisor;
  return axis;
}

ChartPoint between(const ChartPoint& a, const ChartPoint& b, UnixMs time) {
  const double share =
      b.time > a.time ? static_cast<double>(time - a.time) / static_cast<double>(b.time - a.time)
                      : 0;
  const auto mix = [&](double from, double to) { return from + share * (to - from); };
  ChartPoint point{time, mix(a.value, b.value), mix(a.lower, b.lower), mix(a.upper, b.upper), {},
                   {}};
  if (a.inner_lower && b.inner_lower) point.inner_lower = mix(*a.inner_lower, *b.inner_lower);
  if (a.inner_upper && b.inner_upper) point.inner_upper = mix(*a.inner_upper, *b.inner_upper);
  return point;
}

void widen(ChartPoint& point, const ChartPoint& other) {
  point.value = std::max(point.value, other.value);
  point.lower = std::min(point.lower, other.lower);
  point.upper = std::max(point.upper, other.upper);
  if (point.inner_lower && other.inner_lower)
    point.inner_lower = std::min(*point.inner_lower, *other.inner_lower);
  if (point.inner_upper && other.inner_upper)
    point.inner_upper = std::max(*point.inner_upper, *other.inner_upper);
}

// One point per column; columns between two points are interpolated.
std::vector<ChartPoint> resample(const std::vector<ChartPoint>& points, std::size_t columns) {
  const UnixMs start = points.front().time;
  const double width =
      static_cast<double>(points.back().time - start) / static_cast<double>(columns - 1);
  std::vector<ChartPoint> result;
  std::size_t next = 0;
  for (std::size_t column = 0; column < columns; ++column) {
    const double centre = static_cast<double>(column) * width;
    std::optional<ChartPoint> point;
    while (next < points.size() &&
           static_cast<double>(points[next].time - start) < centre + width / 2) {
      if (point) {
        widen(*point, points[next]);
      } else {
        point = points[next];
      }
      ++next;
    }
    const std::size_t after = std::min(next, points.size() - 1);
    const UnixMs time = start + std::llround(centre);
    result.push_back(point ? *point
                           : between(points[after == 0 ? 0 : after - 1], points[after], time));
  }
  return result;
}

// Axis labels carry as many decimals as their step needs, all the same.
std::string axis_label(double value, const Axis& axis, const Scale& scale) {
  constexpr int kDecimalsMax = 6;
  double step = axis.step / scale.divisor;
  int decimals = 0;
  while (decimals < kDecimalsMax && std::abs(step - std::round(step)) > step * 1e-6) {
    step *= 10;
    ++decimals;
  }
  // Sums of steps miss zero by a rounding error.
  if (std::abs(value) < axis.step * 1e-6) value = 0;
  std::array<char, 64> buffer{};
  const int length =
      std::snprintf(buffer.data(), buffer.size(), "%.*f", decimals, value / scale.divisor);
  return {buffer.data(),
          std::min(buffer.size() - 1, static_cast<std::size_t>(std::max(length, 0)))};
}

struct Pixel {
  const char* glyph = " ";
  Tone tone = Tone::kPlain;
};
using Canvas = std::vector<std::vector<Pixel>>;  // rows of columns

void fill(Canvas& canvas, std::size_t column, std::size_t top, std::size_t bottom, Pixel pixel) {
  for (std::size_t row = top; row <= bottom; ++row) canvas[row][column] = pixel;
}

// The line from one column's row to the next one's: it turns in the later column.
void draw_line(Canvas& canvas, const std::vector<std::size_t>& rows) {
  constexpr Tone kTone = Tone::kStrong;
  for (std::size_t column = 0; column < rows.size(); ++column) {
    const std::size_t row = rows[column];
    const std::size_t before = column == 0 ? row : rows[column - 1];
    if (row == before) {
      canvas[row][column] = {"─", kTone};
      continue;
    }
    const bool rises = row < before;
    fill(canvas, column, std::min(row, before), std::max(row, before), {"│", kTone});
    canvas[before][column] = {rises ? "╯" : "╮", kTone};
    canvas[row][column] = {rises ? "╭" : "╰", kTone};
  }
}

struct Tick {
  std::size_t column;
  std::string label;
};

milliseconds tick_step(milliseconds span, std::size_t columns) {
  constexpr std::size_t kColumnsPerTick = 12;  // "Mon 30 Nov" and two blanks
  constexpr std::array<seconds, 22> kSteps{
      minutes(1), minutes(2), minutes(5), minutes(10), minutes(15), minutes(30), hours(1), hours(2),
      hours(3),   hours(6),   hours(12),  days(1),     days(2),     days(4),     days(7),  days(14),
      days(28),   days(56),   days(91),   days(182),   days(364),   days(1820)};
  const auto ticks = static_cast<std::int64_t>(std::max<std::size_t>(1, columns / kColumnsPerTick));
  for (const seconds step : kSteps) {
    if (span / step <= ticks) return step;
  }
  return kSteps.back();
}

std::vector<Tick> time_ticks(UnixMs start, UnixMs end, std::size_t columns) {
  const std::int64_t step = tick_step(milliseconds(end - start), columns).count();
  constexpr std::int64_t kDay = 86'400'000;
  // Weeks begin on Mondays; 1970-01-05 was the first one.
  const std::int64_t origin = step >= 7 * kDay ? 4 * kDay : 0;
  const double per_column = static_cast<double>(end - start) / static_cast<double>(columns - 1);
  std::vector<Tick> ticks;
  for (std::int64_t time = (start - origin + step - 1) / step * step + origin; time <= end;
       time += step) {
    const auto column =
        static_cast<std::size_t>(std::lround(static_cast<double>(time - start) / per_column));
    ticks.push_back({column, time % kDay == 0 ? format_day(time) : format_clock(time)});
  }
  return ticks;
}

std::string render_rows(const Canvas& canvas, const Axis& axis, const Scale& scale,
                        std::size_t label_width, const Look& look) {
  std::string text;
  for (std::size_t row = 0; row < canvas.size(); ++row) {
    const bool labelled = row % axis.rows_per_step == 0;
    std::string label;
    if (labelled) {
      const std::size_t steps_down = row / axis.rows_per_step;
      const double value = axis.high() - axis.step * static_cast<double>(steps_down);
      label = axis_label(value, axis, scale);
    }
    text +=
        paint(pad_left(label, label_width) + (labelled ? " ┤" : " │"), Tone::kFaint, look.colour);
    std::string run;
    Tone tone = Tone::kPlain;
    std::size_t end = canvas[row].size();
    while (end > 0 && canvas[row][end - 1].glyph == std::string_view(" ")) --end;
    for (std::size_t column = 0; column < end; ++column) {
      const Pixel& pixel = canvas[row][column];
      if (pixel.tone != tone) {
        text += paint(run, tone, look.colour);
        run.clear();
        tone = pixel.tone;
      }
      run += pixel.glyph;
    }
    text += paint(run, tone, look.colour) + "\n";
  }
  return text;
}

std::string render_time_axis(const std::vector<Tick>& ticks, std::size_t columns,
                             std::size_t label_width, const Look& look) {
  std::string line = std::string(label_width + 1, ' ') + "└";
  std::vector<bool> marked(columns, false);
  for (const Tick& tick : ticks) marked[tick.column] = true;
  for (std::size_t column = 0; column < columns; ++column) line += marked[column] ? "┬" : "─";
  std::string labels(label_width + 2, ' ');
  std::size_t used = 0;
  for (const Tick& tick : ticks) {
    const std::size_t width = display_width(tick.label);
    const std::size_t wanted = tick.column >= width / 2 ? tick.column - width / 2 : 0;
    const std::size_t at = std::min(wanted, columns - std::min(columns, width));
    if (used > 0 && at < used + 1) continue;
    labels.append(at - used, ' ');
    labels += tick.label;
    used = at + width;
  }
  return paint(line, Tone::kFaint, look.colour) + "\n" + paint(labels, Tone::kFaint, look.colour) +
         "\n";
}

std::string legend(const Chart& chart, bool shows_capacity, std::size_t indent) {
  std::string text(indent, ' ');
  text += "── forecast";
  if (!chart.inner_band.empty()) text += "   ▒ " + chart.inner_band + " band";
  if (!chart.band.empty()) text += "   ░ " + chart.band + " band";
  if (shows_capacity) text += "   ╌ capacity " + format_value(*chart.capacity, chart.unit);
  return text + "   times in UTC\n";
}

}  // namespace

std::string render_chart(const Chart& chart, const Look& look) {
  if (chart.points.size() < 2 || chart.points.back().time <= chart.points.front().time) return "";
  double lowest = chart.points.front().lower;
  double highest = chart.points.front().upper;
  for (const ChartPoint& point : chart.points) {
    lowest = std::min({lowest, point.lower, point.value});
    highest = std::max({highest, point.upper, point.value});
  }
  const bool shows_capacity =
      chart.capacity && *chart.capacity <= highest * 1.5 && *chart.capacity >= lowest;
  const double top = shows_capacity ? std::max(highest, *chart.capacity) : highest;
  const Scale scale = scale_for(top, chart.unit);
  const Axis axis = value_axis(lowest, top, scale.divisor);
  std::size_t label_width = 0;
  for (std::size_t i = 0; i <= axis.steps; ++i) {
    const double value = axis.low + axis.step * static_cast<double>(i);
    label_width = std::max(label_width, display_width(axis_label(value, axis, scale)));
  }
  if (look.width < kColumnsMin || look.width < label_width + 2 + kColumnsMin / 2) return "";
  const std::size_t columns = look.width - label_width - 2;

  Canvas canvas(axis.rows(), std::vector<Pixel>(columns));
  const std::vector<ChartPoint> drawn = resample(chart.points, columns);
  std::vector<std::size_t> rows;
  for (std::size_t column = 0; column < columns; ++column) {
    const ChartPoint& point = drawn[column];
    fill(canvas, column, axis.row_of(point.upper), axis.row_of(point.lower), {"░", Tone::kFaint});
    if (point.inner_lower && point.inner_upper) {
      fill(canvas, column, axis.row_of(*point.inner_upper), axis.row_of(*point.inner_lower),
           {"▒", Tone::kFaint});
    }
    if (shows_capacity) canvas[axis.row_of(*chart.capacity)][column] = {"╌", Tone::kBad};
    rows.push_back(axis.row_of(point.value));
  }
  draw_line(canvas, rows);
  const std::vector<Tick> ticks =
      time_ticks(chart.points.front().time, chart.points.back().time, columns);
  const std::string unit = scale.suffix.empty() ? "" : pad_left(scale.suffix, label_width) + "\n";
  return paint(unit, Tone::kFaint, look.colour) +
         render_rows(canvas, axis, scale, label_width, look) +
         render_time_axis(ticks, columns, label_width, look) +
         legend(chart, shows_capacity, label_width + 2);
}

}  // namespace headroom::cli
