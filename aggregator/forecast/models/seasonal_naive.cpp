// The last season, over and over: the yardstick of workload forecasts.
#include "aggregator/forecast/model.h"

namespace headroom::forecast::model {
namespace {

class SeasonalNaive final : public Model {
 public:
  std::string_view name() const override { return "seasonal_naive"; }
  std::string_view about() const override { return "The last season goes on"; }
  double cost_us(const Task& task) const override { return 0.01 * static_cast<double>(task.steps); }
  bool forecast(const Series& series, Settings, std::span<double> path) const override {
    if (series.season == 0 || series.values.size() < series.season) return false;
    const auto last_season = series.values.last(series.season);
    for (std::size_t h = 0; h < path.size(); ++h) path[h] = last_season[h % series.season];
    return true;
  }
};

}  // namespace

const Model& seasonal_naive() {
  static const SeasonalNaive model;
  return model;
}

}  // namespace headroom::forecast::model
