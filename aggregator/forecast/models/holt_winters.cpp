// Level, trend and season, each smoothed exponentially (Winters 1960): ETS(A,A,A), or ETS(M,A,M)
// where the season grows with the level; by default the one of greater likelihood and a
// trend that fades (Gardner & McKenzie 1989), since a straight one runs away over long horizons.
#include <array>
#include <optional>
#include <utility>

#include "aggregator/forecast/ets.h"
#include "aggregator/forecast/model.h"
#include "aggregator/forecast/robust.h"
#include "aggregator/forecast/setting.h"

namespace headroom::forecast::model {
namespace {

constexpr std::array kParameters{
    Parameter{"multiplicative", -1, -1, 1,
              "1 = season as a factor, 0 = as a summand, -1 = by likelihood"},
    Parameter{"damped", 1, 0, 1, "1 = the trend fades with the horizon"},
    Parameter{"alpha", 0, 0, 1, "gain of the level per step, 0 = estimated"},
    Parameter{"beta", 0, 0, 1, "gain of the trend per step, at most alpha; 0 = estimated"},
    Parameter{"gamma", 0, 0, 1, "gain of the season per step, at most 1 - alpha; 0 = estimated"},
    Parameter{"phi", 0, 0, 0.98, "share of the trend kept per step, from 0.8; 0 = estimated"},
};

// Estimating the initial states: each step costs a pass per parameter.
double fit_states_us(double points, std::size_t season) {
  const double all = 6 + real(season);
  return points * all <= real(kEtsRefined) ? 2 * points * all : 0;
}

class HoltWinters final : public Model {
 public:
  std::string_view name() const override { return "holt_winters"; }
  std::string_view about() const override {
    return "Holt-Winters with an additive or multiplicative season, by maximum likelihood";
  }
  std::span<const Parameter> parameters() const override { return kParameters; }
  double cost_us(const Task& task) const override {
    const double n = real(ets_points(task.points, task.season));
    return 50 + 3 * n + fit_states_us(n, task.season) + 0.003 * real(task.steps);
  }

  bool forecast(const Series& series, Settings settings, std::span<double> path) const override {
    if (series.season == 0) return false;
    const auto values = newest(series.values, ets_points(series.values.size(), series.season));
    const double kind = setting(kParameters, settings, 0);
    const EtsFixed fixed{.alpha = setting(kParameters, settings, 2),
                         .beta = setting(kParameters, settings, 3),
                         .gamma = setting(kParameters, settings, 4),
                         .phi = setting(kParameters, settings, 5)};
    const bool damped = setting(kParameters, settings, 1) > 0.5;
    const EtsForm sum{false, true, damped, EtsSeason::kAdditive};
    const EtsForm factor{true, true, damped, EtsSeason::kMultiplicative};
    std::optional<EtsFit> best;
    if (kind < 0.5) best = fit_ets(values, series.season, sum, fixed);
    if (kind != 0) {
      auto other = fit_ets(values, series.season, factor, fixed);
      // Both have as many parameters, so their likelihoods compare.
      if (other && (!best || other->log_likelihood > best->log_likelihood)) best = std::move(other);
    }
    return best && ets_path(*best, path);
  }
};

}  // namespace

const Model& holt_winters() {
  static const HoltWinters model;
  return model;
}

}  // namespace headroom::forecast::model
