// Decomposed by local regression, put together again: the seasons go on as they last were, and the
// rest is forecast by exponential smoothing (Bandara, Hyndman & Bergmeir 2021).
#include <algorithm>
#include <array>
#include <vector>

#include "aggregator/forecast/ets.h"
#include "aggregator/forecast/model.h"
#include "aggregator/forecast/robust.h"
#include "aggregator/forecast/setting.h"
#include "aggregator/forecast/stl.h"

namespace headroom::forecast::model {
namespace {

constexpr std::size_t kPointsLeast = 2016;
constexpr std::size_t kPointsMost = 8064;
constexpr std::size_t kSeasons = 8;  // of the longest period
constexpr std::array kParameters{
    Parameter{"robust", 0, 0, 1, "1 = outliers lose their weight in the decomposition"},
    Parameter{"trend", -1, -1, 2,
              "0 = none, 1 = straight, 2 = damped, -1 = none or damped by AICc"},
};

std::size_t points_used(std::size_t points, std::size_t longest) {
  return std::min(points, std::clamp(kSeasons * longest, kPointsLeast, kPointsMost));
}

class Mstl final : public Model {
 public:
  std::string_view name() const override { return "mstl"; }
  std::string_view about() const override {
    return "MSTL decomposition, its rest by exponential smoothing (Bandara et al. 2021)";
  }
  std::span<const Parameter> parameters() const override { return kParameters; }
  double cost_us(const Task& task) const override {
    const double n = real(points_used(task.points, task.longest_period));
    return 50 + 2.5 * n + 0.01 * real(task.steps);
  }

  bool forecast(const Series& series, Settings settings, std::span<double> path) const override {
    const std::size_t longest = series.periods.empty() ? 0 : series.periods.back();
    const auto values = newest(series.values, points_used(series.values.size(), longest));
    const std::size_t n = values.size();
    const Decomposition parts =
        decompose(values, series.periods, setting(kParameters, settings, 0) > 0.5);
    if (parts.periods.empty()) return false;
    std::vector<double> rest(n);
    for (std::size_t i = 0; i < n; ++i) rest[i] = parts.trend[i] + parts.remainder[i];

    const double kind = setting(kParameters, settings, 1);
    std::vector<EtsForm> forms;
    if (kind < 0.5) forms.push_back({});
    if (kind > 0.5 && kind < 1.5) forms.push_back({.trend = true});
    if (kind < 0 || kind > 1.5) forms.push_back({.trend = true, .damped = true});
    const auto fit = best_ets(newest(rest, ets_points(n, 0)), 0, forms);
    if (!fit || !ets_path(*fit, path)) return false;
    for (std::size_t k = 0; k < parts.periods.size(); ++k) {
      const auto last = std::span(parts.seasonals[k]).last(parts.periods[k]);
      for (std::size_t h = 0; h < path.size(); ++h) path[h] += last[h % last.size()];
    }
    return true;
  }
};

}  // namespace

const Model& mstl() {
  static const Mstl model;
  return model;
}

}  // namespace headroom::forecast::model
