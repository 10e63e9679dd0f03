// The ETS family with the form chosen by the corrected information criterion (Hyndman, Koehler,
// Snyder & Grose 2002): error, trend and season as this history has them.
#include "aggregator/forecast/ets.h"

#include <array>
#include <optional>
#include <utility>
#include <vector>

#include "aggregator/forecast/model.h"
#include "aggregator/forecast/robust.h"
#include "aggregator/forecast/setting.h"

namespace headroom::forecast::model {
namespace {

constexpr std::array kParameters{
    Parameter{"error", -1, -1, 1, "0 = additive, 1 = multiplicative, -1 = by AICc"},
    Parameter{"trend", -1, -1, 2, "0 = none, 1 = straight, 2 = damped, -1 = by AICc"},
    Parameter{"season", -1, -1, 2, "0 = none, 1 = additive, 2 = multiplicative, -1 = by AICc"},
};

class Ets final : public Model {
 public:
  std::string_view name() const override { return "ets"; }
  std::string_view about() const override {
    return "Exponential smoothing, form chosen by AICc (Hyndman et al. 2002)";
  }
  std::span<const Parameter> parameters() const override { return kParameters; }
  double cost_us(const Task& task) const override {
    const double n = real(ets_points(task.points, task.season));
    const double all = 6 + real(task.season);
    const double refined = n * all <= real(kEtsRefined) ? 4 * n * all : 0;
    return 100 + (task.season > 0 ? 9 : 4) * n + refined + 0.003 * real(task.steps);
  }

  bool forecast(const Series& series, Settings settings, std::span<double> path) const override {
    const auto values = newest(series.values, ets_points(series.values.size(), series.season));
    const bool seasonal = series.season > 1 && values.size() >= 2 * series.season;
    const auto wanted = [&](std::size_t index, int kind) {
      const double set = setting(kParameters, settings, index);
      return set < 0 || set == kind;
    };
    std::vector<EtsForm> forms;
    for (const EtsForm& form : ets_forms(seasonal, ets_positive(values))) {
      if (wanted(0, form.multiplicative_error ? 1 : 0) &&
          wanted(1, form.trend ? (form.damped ? 2 : 1) : 0) &&
          wanted(2, static_cast<int>(form.season))) {
        forms.push_back(form);
      }
    }
    const auto fit = best_ets(values, series.season, forms);
    return fit && ets_path(*fit, path);
  }
};

}  // namespace

const Model& ets() {
  static const Ets model;
  return model;
}

}  // namespace headroom::forecast::model
