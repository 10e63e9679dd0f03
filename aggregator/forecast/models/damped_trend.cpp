// A trend that fades with the horizon (Gardner & McKenzie 1985), as ETS(A,Ad,N): hard to beat where
// there is no season.
#include <array>

#include "aggregator/forecast/ets.h"
#include "aggregator/forecast/model.h"
#include "aggregator/forecast/robust.h"
#include "aggregator/forecast/setting.h"

namespace headroom::forecast::model {
namespace {

constexpr std::array kParameters{
    Parameter{"alpha", 0, 0, 1, "gain of the level per step, 0 = estimated"},
    Parameter{"beta", 0, 0, 1, "gain of the trend per step, at most alpha; 0 = estimated"},
    Parameter{"phi", 0, 0, 0.98, "share of the trend kept per step, from 0.8; 0 = estimated"},
};

class DampedTrend final : public Model {
 public:
  std::string_view name() const override { return "damped_trend"; }
  std::string_view about() const override {
    return "Damped trend by maximum likelihood, ETS(A,Ad,N)";
  }
  std::span<const Parameter> parameters() const override { return kParameters; }
  double cost_us(const Task& task) const override {
    return 10 + 1.3 * real(ets_points(task.points, 0)) + 0.003 * real(task.steps);
  }

  bool forecast(const Series& series, Settings settings, std::span<double> path) const override {
    const EtsFixed fixed{.alpha = setting(kParameters, settings, 0),
                         .beta = setting(kParameters, settings, 1),
                         .phi = setting(kParameters, settings, 2)};
    const EtsForm form{.trend = true, .damped = true};
    const auto fit =
        fit_ets(newest(series.values, ets_points(series.values.size(), 0)), 0, form, fixed);
    return fit && ets_path(*fit, path);
  }
};

}  // namespace

const Model& damped_trend() {
  static const DampedTrend model;
  return model;
}

}  // namespace headroom::forecast::model
