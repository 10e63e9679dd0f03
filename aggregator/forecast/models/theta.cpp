// The Theta method, winner of the M3 competition: in the form of Hyndman & Billah 2003, simple
// exponential smoothing with half the slope of the regression line as drift.
#include "aggregator/forecast/theta.h"

#include <array>
#include <cmath>

#include "aggregator/forecast/ets.h"
#include "aggregator/forecast/line.h"
#include "aggregator/forecast/model.h"
#include "aggregator/forecast/robust.h"
#include "aggregator/forecast/setting.h"

namespace headroom::forecast::model {
namespace {

constexpr std::array kParameters{
    Parameter{"drift", 0.5, 0, 1, "share of the regression line's slope that goes on, no unit"},
};

class Theta final : public Model {
 public:
  std::string_view name() const override { return "theta"; }
  std::string_view about() const override {
    return "Theta method on the seasonally adjusted series (Assimakopoulos & Nikolopoulos 2000)";
  }
  std::span<const Parameter> parameters() const override { return kParameters; }
  double cost_us(const Task& task) const override {
    const double n = real(ets_points(task.points, task.season));
    return 10 + (0.5 + 0.001 * real(task.season)) * n + 0.005 * real(task.steps);
  }

  bool forecast(const Series& series, Settings settings, std::span<double> path) const override {
    const auto values = newest(series.values, ets_points(series.values.size(), series.season));
    const SeasonallyAdjusted adjusted(values, series.season);
    const auto fit = fit_ets(adjusted.values(), 0, EtsForm{});
    if (!fit) return false;
    const double drift = setting(kParameters, settings, 0) * fit_line(adjusted.values(), 1).slope;
    const double alpha = fit->smoothing.alpha;
    const double n = real(values.size());
    // What the smoothed level lags behind the line.
    const double lag = (1 - std::pow(1 - alpha, n)) / alpha;
    for (std::size_t h = 0; h < path.size(); ++h) {
      path[h] = fit->state.level + drift * (real(h) + lag);
    }
    adjusted.restore(path);
    return true;
  }
};

}  // namespace

const Model& theta() {
  static const Theta model;
  return model;
}

}  // namespace headroom::forecast::model
