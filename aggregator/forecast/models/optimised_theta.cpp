// The Theta method with its coefficient chosen for this series instead of being 2, and its line
// following the data: the dynamic optimised Theta model of Fiorucci et al. 2016.
#include <array>

#include "aggregator/forecast/ets.h"
#include "aggregator/forecast/model.h"
#include "aggregator/forecast/robust.h"
#include "aggregator/forecast/setting.h"
#include "aggregator/forecast/theta.h"

namespace headroom::forecast::model {
namespace {

constexpr std::array kParameters{
    Parameter{"theta", 0, 0, 50, "coefficient, from 1 (no trend) on; 2 = standard, 0 = estimated"},
};

class OptimisedTheta final : public Model {
 public:
  std::string_view name() const override { return "optimised_theta"; }
  std::string_view about() const override {
    return "Dynamic optimised Theta on the seasonally adjusted series (Fiorucci et al. 2016)";
  }
  std::span<const Parameter> parameters() const override { return kParameters; }
  double cost_us(const Task& task) const override {
    const double n = real(ets_points(task.points, task.season));
    return 10 + (1.5 + 0.001 * real(task.season)) * n + 0.03 * real(task.steps);
  }

  bool forecast(const Series& series, Settings settings, std::span<double> path) const override {
    const auto values = newest(series.values, ets_points(series.values.size(), series.season));
    if (values.size() < 4) return false;
    const SeasonallyAdjusted adjusted(values, series.season);
    const DynamicTheta fit =
        fit_dynamic_theta(adjusted.values(), setting(kParameters, settings, 0));
    run_dynamic_theta(adjusted.values(), fit, path);
    adjusted.restore(path);
    return true;
  }
};

}  // namespace

const Model& optimised_theta() {
  static const OptimisedTheta model;
  return model;
}

}  // namespace headroom::forecast::model
