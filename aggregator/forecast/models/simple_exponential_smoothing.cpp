// Simple exponential smoothing (Brown 1959) as the state space model ETS(A,N,N): gain and first
// level by maximum likelihood.
#include <array>

#include "aggregator/forecast/ets.h"
#include "aggregator/forecast/model.h"
#include "aggregator/forecast/robust.h"
#include "aggregator/forecast/setting.h"

namespace headroom::forecast::model {
namespace {

constexpr std::array kParameters{
    Parameter{"alpha", 0, 0, 1, "gain of the level per step, 0 = estimated"},
};

class SimpleExponentialSmoothing final : public Model {
 public:
  std::string_view name() const override { return "simple_exponential_smoothing"; }
  std::string_view about() const override {
    return "Simple exponential smoothing by maximum likelihood, ETS(A,N,N)";
  }
  std::span<const Parameter> parameters() const override { return kParameters; }
  double cost_us(const Task& task) const override {
    return 5 + 0.5 * real(ets_points(task.points, 0)) + 0.003 * real(task.steps);
  }

  bool forecast(const Series& series, Settings settings, std::span<double> path) const override {
    const EtsFixed fixed{.alpha = setting(kParameters, settings, 0)};
    const auto fit =
        fit_ets(newest(series.values, ets_points(series.values.size(), 0)), 0, EtsForm{}, fixed);
    return fit && ets_path(*fit, path);
  }
};

}  // namespace

const Model& simple_exponential_smoothing() {
  static const SimpleExponentialSmoothing model;
  return model;
}

}  // namespace headroom::forecast::model
