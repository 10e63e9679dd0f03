// The last value, for ever: right for a random walk, and what every other model must beat where
// there is no season.
#include <algorithm>

#include "aggregator/forecast/model.h"

namespace headroom::forecast::model {
namespace {

class Naive final : public Model {
 public:
  std::string_view name() const override { return "naive"; }
  bool forecast(const Series& series, std::span<double> path) const override {
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
