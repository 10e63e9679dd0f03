// Seasonal ARIMA with orders chosen by AICc (Hyndman & Khandakar 2008): what a statistician would
// try first on a short, smooth history.
#include "aggregator/forecast/arima.h"

#include <array>
#include <cmath>
#include <optional>

#include "aggregator/forecast/ets.h"
#include "aggregator/forecast/model.h"
#include "aggregator/forecast/robust.h"
#include "aggregator/forecast/setting.h"

namespace headroom::forecast::model {
namespace {

constexpr std::array kParameters{
    Parameter{"p", -1, -1, real(kArimaOrderMost), "autoregressive order, -1 = by AICc"},
    Parameter{"d", -1, -1, real(kArimaDifferencesMost), "differences, -1 = by KPSS test"},
    Parameter{"q", -1, -1, real(kArimaOrderMost), "moving average order, -1 = by AICc"},
    Parameter{"P", -1, -1, real(kArimaSeasonalMost), "seasonal autoregressive order, -1 = by AICc"},
    Parameter{"D", -1, -1, 1, "seasonal differences, -1 = by the season's strength"},
    Parameter{"Q", -1, -1, real(kArimaSeasonalMost), "seasonal moving average order, -1 = by AICc"},
    Parameter{"constant", -1, -1, 1, "1 = with a mean or drift, 0 = without, -1 = by AICc"},
};

class Arima final : public Model {
 public:
  std::string_view name() const override { return "arima"; }
  std::string_view about() const override {
    return "Seasonal ARIMA, orders by stepwise AICc (Hyndman & Khandakar 2008)";
  }
  std::span<const Parameter> parameters() const override { return kParameters; }
  double cost_us(const Task& task) const override {
    const double n = real(ets_points(task.points, task.season));
    return 2000 + (task.season > 0 ? 90 : 30) * n + 0.05 * real(task.steps);
  }

  bool forecast(const Series& series, Settings settings, std::span<double> path) const override {
    const auto wished = [&](std::size_t index) -> std::optional<std::size_t> {
      const double value = setting(kParameters, settings, index);
      if (value < 0) return std::nullopt;
      return static_cast<std::size_t>(value);
    };
    ArimaWish wish{.p = wished(0),
                   .d = wished(1),
                   .q = wished(2),
                   .seasonal_p = wished(3),
                   .seasonal_d = wished(4),
                   .seasonal_q = wished(5),
                   .constant = std::nullopt};
    if (const auto constant = wished(6)) wish.constant = *constant > 0;
    const auto values = newest(series.values, ets_points(series.values.size(), series.season));
    const auto fit = best_arima(values, series.season, wish);
    return fit && arima_path(*fit, values, path);
  }
};

}  // namespace

const Model& arima() {
  static const Arima model;
  return model;
}

}  // namespace headroom::forecast::model
