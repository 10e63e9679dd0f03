// Random forest on lags and calendar (Breiman 2001): learns which past matters at which hour
// without being told a shape.
#include <algorithm>
#include <array>

#include "aggregator/forecast/forest.h"
#include "aggregator/forecast/lag_features.h"
#include "aggregator/forecast/model.h"
#include "aggregator/forecast/robust.h"
#include "aggregator/forecast/setting.h"

namespace headroom::forecast::model {
namespace {

constexpr std::array<Parameter, 3> kParameters{{
    {"trees", 60, 1, kForestTrees, "trees of the forest"},
    {"depth", 12, 1, 30, "splits from the root to a leaf, at most"},
    {"min_leaf", 5, 1, 1000, "observations a leaf holds at least"},
}};

class RandomForest final : public Model {
 public:
  std::string_view name() const override { return "random_forest"; }
  std::string_view about() const override {
    return "Random forest on seasonal changes, lags and calendar (Breiman 2001)";
  }
  std::span<const Parameter> parameters() const override { return kParameters; }
  double cost_us(const Task& task) const override {
    return 2000 + 25 * real(std::min(task.points, kLagRows)) + 40 * real(task.steps);
  }

  bool forecast(const Series& series, Settings settings, std::span<double> path) const override {
    const auto features = LagFeatures::make(series, path.size());
    if (!features) return false;
    const Forest forest(features->matrix(), features->columns(), features->targets(),
                        {.trees = count_setting(kParameters, settings, 0),
                         .depth = count_setting(kParameters, settings, 1),
                         .min_leaf = count_setting(kParameters, settings, 2)});
    return features->run([&](std::span<const double> row) { return forest.predict(row); }, path);
  }
};

}  // namespace

const Model& random_forest() {
  static const RandomForest model;
  return model;
}

}  // namespace headroom::forecast::model
