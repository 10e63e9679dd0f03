// Simple exponential smoothing (Brown 1959): between the last value and the long-run level,
// wherever the history says.
#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "aggregator/forecast/model.h"
#include "aggregator/forecast/robust.h"

namespace headroom::forecast::model {
namespace {

constexpr std::array kGains{0.01, 0.03, 0.1, 0.2, 0.4, 0.7};
constexpr std::size_t kPoints = 4000;

struct Smoothed {
  double level = 0;
  double error = 0;  // mean absolute one-step error
};

Smoothed smooth(std::span<const double> values, double gain) {
  Smoothed state{.level = median(values.first(std::min<std::size_t>(values.size(), 10)))};
  for (const double value : values) {
    state.error += std::abs(value - state.level);
    state.level += gain * (value - state.level);
  }
  state.error /= real(values.size());
  return state;
}

class SmoothedLevel final : public Model {
 public:
  std::string_view name() const override { return "smoothed_level"; }
  std::string_view about() const override {
    return "Simple exponential smoothing, gain by one-step error (Brown 1959)";
  }
  double cost_us(const Task& task) const override {
    return 0.03 * static_cast<double>(task.points);
  }
  bool forecast(const Series& series, Settings, std::span<double> path) const override {
    if (series.values.size() < 3) return false;
    const auto recent = series.values.last(std::min(kPoints, series.values.size()));
    Smoothed best{.error = std::numeric_limits<double>::infinity()};
    for (const double gain : kGains) {
      const Smoothed candidate = smooth(recent, gain);
      if (candidate.error < best.error) best = candidate;
    }
    std::fill(path.begin(), path.end(), best.level);
    return true;
  }
};

}  // namespace

const Model& smoothed_level() {
  static const SmoothedLevel model;
  return model;
}

}  // namespace headroom::forecast::model
