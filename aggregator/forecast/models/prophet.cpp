// Prophet-style (Taylor & Letham 2018): a trend that bends at change points, Fourier seasonality
// and the calendar's days as one additive model with priors, fitted to its posterior mode. Noise
// has heavy tails instead of normal ones (map_fit.h): bursts are not what is to be forecast.
#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <numbers>
#include <numeric>
#include <vector>

#include "aggregator/forecast/map_fit.h"
#include "aggregator/forecast/model.h"
#include "aggregator/forecast/robust.h"
#include "aggregator/forecast/trend.h"

namespace headroom::forecast::model {
namespace {

constexpr std::size_t kPointsMin = 10;
constexpr std::size_t kPointsMax = 6000;  // fitted; of a longer history every so many-th
constexpr double kChangeRange = 0.8;      // share of the history that holds change points
constexpr double kTrendScale = 5;         // prior deviation of offset and slope
constexpr std::size_t kMinutes = 1440;    // of a civil day
constexpr double kTolerance = 1e-6;
constexpr std::size_t kLongSeason = 1000;  // steps; its shape is smooth against its length
constexpr std::size_t kOrder = 20;
constexpr std::size_t kLongOrder = 10;
constexpr unsigned kEventBits = 16;

enum Setting : std::size_t {
  kChangePoints,
  kChangePointScale,
  kSeasonalityOrder,
  kSeasonalityScale,
  kHolidaysScale,
  kSettings
};
constexpr std::array<Parameter, kSettings> kParameters{{
    {"changepoints", 25, 0, 100, "potential bends of the trend, in the first 80 % of the history"},
    {"changepoint_prior_scale", 0.05, 0.0001, 10,
     "Laplace prior of a bend; larger bends more easily"},
    {"seasonality_order", 0, 0, 30,
     "pairs of sine and cosine per season; 0: 20, or 10 for seasons of more than 1000 steps"},
    {"seasonality_prior_scale", 10, 0.001, 100, "normal prior of the seasons' coefficients"},
    {"holidays_prior_scale", 10, 0.001, 100,
     "normal prior of what day types and events of the calendar add"},
}};

// One column of the model as a function of the time index, so that past and future are alike.
class Columns {
 public:
  // Rows up to `end` will be asked for.
  Columns(const Series& series, Settings settings, std::size_t points, std::size_t end)
      : series_(series),
        settings_(settings),
        points_(points),
        last_(real(std::max<std::size_t>(points, 2) - 1)) {
    find_change_points();
    find_harmonics();
    if (series.slots.size() >= end) find_events();
  }

  std::size_t size() const {
    return 2 + change_points_.size() + 2 * harmonics_.size() + calendar_columns();
  }

  // All columns at index `i`, changepoints' slopes going on. `trend`: the index the trend has run
  // to, other than `i` where it is damped.
  void row(std::size_t i, double trend, std::span<double> out) const {
    std::size_t c = 0;
    const double t = trend / last_;
    out[c++] = 1;
    out[c++] = t;
    for (const double at : change_points_) out[c++] = std::max(t - at, 0.0);
    for (const double turn : harmonics_) {
      const double angle = 2 * std::numbers::pi * std::fmod(turn * real(i), 1.0);
      out[c++] = std::sin(angle);
      out[c++] = std::cos(angle);
    }
    if (calendar_) calendar_row(series_.slots[i], out.subspan(c));
  }

  Column describe(std::size_t column) const {
    Column out;
    const std::size_t season = 2 + change_points_.size();
    if (column < 2) {
      out.scale = kTrendScale;
    } else if (column < season) {
      out.prior = Prior::kLaplace;
      out.scale = settings_[kChangePointScale];
    } else if (column < season + 2 * harmonics_.size()) {
      out.scale = settings_[kSeasonalityScale];
    } else {
      out.scale = settings_[kHolidaysScale];
    }
    return out;
  }

 private:
  void find_change_points() {
    const double room = std::floor(real(points_) * kChangeRange) - 1;
    const double count = std::min(std::floor(settings_[kChangePoints]), room);
    for (double k = 1; k <= count; ++k) {
      change_points_.push_back(std::round(k * room / count) / last_);
    }
  }

  // In turns per step; one that a shorter season already has is left out.
  void find_harmonics() {
    for (std::size_t s = 0; s < series_.periods.size(); ++s) {
      const std::size_t period = series_.periods[s];
      for (std::size_t k = 1; k <= order_of(period); ++k) {
        const bool known = std::any_of(
            series_.periods.begin(), series_.periods.begin() + static_cast<std::ptrdiff_t>(s),
            [&](std::size_t shorter) {
              return k * shorter % period == 0 && k * shorter / period <= order_of(shorter);
            });
        if (!known) harmonics_.push_back(real(k) / real(period));
      }
    }
  }

  std::size_t order_of(std::size_t period) const {
    const auto given = static_cast<std::size_t>(settings_[kSeasonalityOrder]);
    const std::size_t order = given > 0 ? given : period > kLongSeason ? kLongOrder : kOrder;
    return std::min(order, period / 2);
  }

  void find_events() {
    calendar_ = true;
    std::uint16_t all = 0;
    for (const Slot& slot : series_.slots.first(points_)) all = all | slot.events;
    events_ = all;
    // The shape of the day is worth columns only where a step is shorter than a day.
    day_order_ = series_.step.count() > 0 && series_.step < std::chrono::hours(12)
                     ? order_of(kMinutes / minutes_of_step())
                     : 0;
  }

  std::size_t minutes_of_step() const {
    return std::max<std::size_t>(
        static_cast<std::size_t>(std::chrono::ceil<std::chrono::minutes>(series_.step).count()), 1);
  }

  std::size_t calendar_columns() const {
    if (!calendar_) return 0;
    return 1 + 2 * (1 + 2 * day_order_) + static_cast<std::size_t>(std::popcount(events_));
  }

  // Open or not; per half and full day its level and its own shape; per event its level.
  void calendar_row(const Slot& slot, std::span<double> out) const {
    std::size_t c = 0;
    out[c++] = slot.open ? 1 : 0;
    const double turn =
        real(static_cast<std::size_t>(slot.minute + 2 * int{kMinutes}) % kMinutes) / real(kMinutes);
    for (const DayType type : {DayType::kHalf, DayType::kFull}) {
      const double on = slot.type == type ? 1 : 0;
      out[c++] = on;
      for (std::size_t k = 1; k <= day_order_; ++k) {
        const double angle = 2 * std::numbers::pi * real(k) * turn;
        out[c++] = on * std::sin(angle);
        out[c++] = on * std::cos(angle);
      }
    }
    for (unsigned bit = 0; bit < kEventBits; ++bit) {
      if ((events_ >> bit & 1U) != 0) out[c++] = (slot.events >> bit & 1U) != 0 ? 1 : 0;
    }
  }

  const Series& series_;
  Settings settings_;
  std::size_t points_;
  double last_;  // index that is time 1
  std::vector<double> change_points_;
  std::vector<double> harmonics_;
  bool calendar_ = false;
  std::uint16_t events_ = 0;
  std::size_t day_order_ = 0;
};

// Every so many-th point is enough, as long as the stride meets every phase of every season.
std::size_t stride_of(const Series& series) {
  std::size_t stride = (series.values.size() + kPointsMax - 1) / kPointsMax;
  const auto shared = [&](std::size_t period) { return std::gcd(period, stride) != 1; };
  while (stride > 1 && std::any_of(series.periods.begin(), series.periods.end(), shared)) ++stride;
  return stride;
}

class Prophet final : public Model {
 public:
  std::string_view name() const override { return "prophet"; }
  std::string_view about() const override {
    return "Trend with change points, Fourier seasons, calendar; MAP (Taylor & Letham 2018)";
  }
  std::span<const Parameter> parameters() const override { return kParameters; }
  double cost_us(const Task& task) const override {
    return 3000 + 12 * real(std::min(task.points, kPointsMax)) + 1.5 * real(task.steps);
  }

  bool forecast(const Series& series, Settings settings, std::span<double> path) const override {
    const std::size_t n = series.values.size();
    if (n < kPointsMin) return false;
    std::array<double, kSettings> chosen;
    for (std::size_t i = 0; i < kSettings; ++i) {
      chosen[i] = i < settings.size() ? settings[i] : kParameters[i].fallback;
    }
    const Columns columns(series, chosen, n, n + path.size());
    const std::size_t stride = stride_of(series);
    const std::size_t first = (n - 1) % stride;  // so that the last point is among them
    const std::size_t rows = (n - 1 - first) / stride + 1;
    std::vector<Column> design;
    for (std::size_t c = 0; c < columns.size(); ++c) {
      design.push_back(columns.describe(c));
      design.back().values.resize(rows);
    }
    std::vector<double> y(rows);
    std::vector<double> row(columns.size());
    for (std::size_t r = 0; r < rows; ++r) {
      const std::size_t i = first + r * stride;
      y[r] = series.values[i];
      columns.row(i, real(i), row);
      for (std::size_t c = 0; c < row.size(); ++c) design[c].values[r] = row[c];
    }
    const MapFit fit = fit_map(design, y, kTolerance);
    if (fit.coefficients.empty()) return false;
    for (std::size_t h = 0; h < path.size(); ++h) {
      // The last slope goes on, but not for much longer than it has been watched.
      const double trend = real(n - 1) + damped_steps(real(h + 1), real(n) / 4);
      columns.row(n + h, trend, row);
      path[h] = std::inner_product(row.begin(), row.end(), fit.coefficients.begin(), 0.0);
      if (!std::isfinite(path[h])) return false;
    }
    return true;
  }
};

}  // namespace

const Model& prophet() {
  static const Prophet model;
  return model;
}

}  // namespace headroom::forecast::model
