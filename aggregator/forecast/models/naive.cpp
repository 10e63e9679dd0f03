// The last value, for ever: right for a random walk, and what every other model must beat where
// there is no season.
#include <algorithm>

#include "aggregator/forecast/model.h"

namespace headroom::forecast::model {
namespace {

class Naive final : public Model {
 public:
  std::string_view name() const override { return "naive"; }
  std::string_view about() const override {
    return "The last value goes on: right for a random walk";
  }
  double cost_us(const Task& task) const override { return 0.01 * static_cast<double>(task.steps); }
  bool forecast(const Series& series, Settings, std::span<double> path) const override {
    std::fill(path.begin(), path.end(), series.values.back());
    return true;
  }
};

}  // namespace

const Model& naive() {
  static const Naive model;
  return model;
}

}  // namespace headroom::forecast::model
