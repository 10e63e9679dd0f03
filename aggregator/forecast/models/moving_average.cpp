// The mean of a window of recent values: the plainest smoother there is. Over a whole number of
// seasons it is free of them.
#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <vector>

#include "aggregator/forecast/model.h"
#include "aggregator/forecast/robust.h"
#include "aggregator/forecast/setting.h"

namespace headroom::forecast::model {
namespace {

constexpr std::size_t kPoints = 4000;  // judged for the choice of a window
constexpr std::size_t kWindowMax = 1'000'000;
constexpr std::array<std::size_t, 10> kWindows{2, 3, 5, 8, 13, 21, 34, 55, 144, 377};
constexpr std::array kParameters{Parameter{
    "window", 0, 0, real(kWindowMax),
    "points averaged; 0 = one season, without a season the window with the least one-step error"}};

// The window of kWindows whose mean missed the next value by the least.
std::size_t best_window(std::span<const double> values) {
  std::vector<double> sums(values.size() + 1, 0.0);
  for (std::size_t i = 0; i < values.size(); ++i) sums[i + 1] = sums[i] + values[i];
  std::size_t best = 1;
  double least = std::numeric_limits<double>::infinity();
  // All windows are judged on the same values, so the longest that leaves half of them decides
  // where that begins.
  const std::size_t first = std::min(values.size() / 2, kWindows.back());
  for (const std::size_t window : kWindows) {
    if (window > first) break;
    double error = 0;
    for (std::size_t i = first; i < values.size(); ++i) {
      error += std::abs(values[i] - (sums[i] - sums[i - window]) / real(window));
    }
    if (error < least) {
      least = error;
      best = window;
    }
  }
  return best;
}

class MovingAverage final : public Model {
 public:
  std::string_view name() const override { return "moving_average"; }
  std::string_view about() const override { return "Mean of the last season or of a window"; }
  std::span<const Parameter> parameters() const override { return kParameters; }
  double cost_us(const Task& task) const override {
    return 2 + 0.012 * real(std::min(task.points, kPoints)) + 0.001 * real(task.steps);
  }

  bool forecast(const Series& series, Settings settings, std::span<double> path) const override {
    std::size_t window = count_setting(kParameters, settings, 0);
    if (window == 0) {
      const bool whole = series.season > 0 && series.season <= series.values.size();
      window = whole ? series.season : best_window(newest(series.values, kPoints));
    }
    const auto recent = newest(series.values, window);
    double sum = 0;
    for (const double value : recent) sum += value;
    std::fill(path.begin(), path.end(), sum / real(recent.size()));
    return true;
  }
};

}  // namespace

const Model& moving_average() {
  static const MovingAverage model;
  return model;
}

}  // namespace headroom::forecast::model
