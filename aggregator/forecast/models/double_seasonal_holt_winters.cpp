// Day and week smoothed exponentially at once, with the last error carried on (Taylor 2003). As in
// Taylor 2010 there is no trend unless asked for, and seasons add up, so that zeros do no harm.
#include <algorithm>
#include <array>

#include "aggregator/forecast/double_seasonal.h"
#include "aggregator/forecast/model.h"
#include "aggregator/forecast/robust.h"
#include "aggregator/forecast/setting.h"

namespace headroom::forecast::model {
namespace {

constexpr std::size_t kPointsLeast = 2016;  // twelve weeks of hours
constexpr std::size_t kPointsMost = 8064;   // four weeks of five minutes
constexpr std::array kParameters{
    Parameter{"multiplicative", 0, 0, 1, "1 = the seasons are factors, 0 = summands"},
    Parameter{"trend", 0, 0, 1, "1 = with a smoothed straight trend"},
};

std::size_t points_used(std::size_t points, std::size_t whole) {
  return std::min(points, std::clamp(4 * whole, kPointsLeast, kPointsMost));
}

class DoubleSeasonalHoltWinters final : public Model {
 public:
  std::string_view name() const override { return "double_seasonal_holt_winters"; }
  std::string_view about() const override {
    return "Exponential smoothing of two seasons with AR(1) errors (Taylor 2003)";
  }
  std::span<const Parameter> parameters() const override { return kParameters; }
  double cost_us(const Task& task) const override {
    return 20 + 0.35 * real(points_used(task.points, task.longest_period)) +
           0.01 * real(task.steps);
  }

  bool forecast(const Series& series, Settings settings, std::span<double> path) const override {
    // The next season beyond the main one that has been seen twice.
    const auto longer = std::find_if(series.periods.begin(), series.periods.end(),
                                     [&](std::size_t period) { return period > series.season; });
    if (series.season == 0 || longer == series.periods.end()) return false;
    const auto values = newest(series.values, points_used(series.values.size(), *longer));
    auto model =
        fit_double_seasonal(values, series.season, *longer, setting(kParameters, settings, 0) > 0.5,
                            setting(kParameters, settings, 1) > 0.5);
    if (!model) return false;
    model->run(values);
    model->path(path);
    return true;
  }
};

}  // namespace

const Model& double_seasonal_holt_winters() {
  static const DoubleSeasonalHoltWinters model;
  return model;
}

}  // namespace headroom::forecast::model
