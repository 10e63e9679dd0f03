// The median of the recent past: where bursts come without a rhythm, nothing robust does better.
#include <algorithm>

#include "aggregator/forecast/model.h"
#include "aggregator/forecast/robust.h"

namespace headroom::forecast::model {
namespace {

constexpr std::size_t kSeasons = 14;  // two weeks of days
constexpr std::size_t kPoints = 300;  // where there is no season

class DriftFreeLevel final : public Model {
 public:
  std::string_view name() const override { return "drift_free_level"; }
  std::string_view about() const override { return "Median of the recent past, without trend"; }
  double cost_us(const Task& task) const override {
    return 0.02 * static_cast<double>(task.points);
  }
  bool forecast(const Series& series, Settings, std::span<double> path) const override {
    const std::size_t window = series.season > 0 ? kSeasons * series.season : kPoints;
    const double level = median(series.values.last(std::min(window, series.values.size())));
    std::fill(path.begin(), path.end(), level);
    return true;
  }
};

}  // namespace

const Model& drift_free_level() {
  static const DriftFreeLevel model;
  return model;
}

}  // namespace headroom::forecast::model
