// Level and straight trend, each smoothed exponentially (Holt 1957), as ETS(A,A,N).
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
};

class Holt final : public Model {
 public:
  std::string_view name() const override { return "holt"; }
  std::string_view about() const override {
    return "Holt's linear trend by maximum likelihood, ETS(A,A,N)";
  }
  std::span<const Parameter> parameters() const override { return kParameters; }
  double cost_us(const Task& task) const override {
    return 10 + 0.9 * real(ets_points(task.points, 0)) + 0.003 * real(task.steps);
  }

  bool forecast(const Series& series, Settings settings, std::span<double> path) const override {
    const EtsFixed fixed{.alpha = setting(kParameters, settings, 0),
                         .beta = setting(kParameters, settings, 1)};
    const EtsForm form{.trend = true};
    const auto fit =
        fit_ets(newest(series.values, ets_points(series.values.size(), 0)), 0, form, fixed);
    return fit && ets_path(*fit, path);
  }
};

}  // namespace

const Model& holt() {
  static const Holt model;
  return model;
}

}  // namespace headroom::forecast::model
