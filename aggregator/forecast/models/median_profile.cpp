// The median of the same phase in the last weeks: one wild week changes nothing.
#include <algorithm>
#include <array>

#include "aggregator/forecast/model.h"
#include "aggregator/forecast/robust.h"

namespace headroom::forecast::model {
namespace {

constexpr std::size_t kPeriodsMost = 52;
constexpr Parameter kParameters[] = {
    {"periods", 4, 1, kPeriodsMost, "how many of the last periods are looked at"}};

class MedianProfile final : public Model {
 public:
  std::string_view name() const override { return "median_profile"; }
  std::string_view about() const override {
    return "Median of the same phase in the last four of the longest period";
  }
  std::span<const Parameter> parameters() const override { return kParameters; }
  double cost_us(const Task& task) const override {
    return 0.08 * real(std::min(std::max<std::size_t>(task.longest_period, 1), task.steps)) +
           0.005 * real(task.steps);
  }

  bool forecast(const Series& series, Settings settings, std::span<double> path) const override {
    const std::size_t period = series.periods.empty() ? 0 : series.periods.back();
    const std::size_t n = series.values.size();
    if (period == 0 || n < 2 * period) return false;
    const auto wanted = settings.empty() ? 4 : static_cast<std::size_t>(settings[0]);
    const std::size_t periods = std::min(wanted, n / period);
    std::array<double, kPeriodsMost> same{};
    for (std::size_t h = 0; h < path.size(); ++h) {
      if (h >= period) {
        path[h] = path[h - period];
        continue;
      }
      for (std::size_t i = 0; i < periods; ++i) {
        same[i] = series.values[n + h - (i + 1) * period];
      }
      path[h] = median_inplace(std::span(same).first(periods));
    }
    return true;
  }
};

}  // namespace

const Model& median_profile() {
  static const MedianProfile model;
  return model;
}

}  // namespace headroom::forecast::model
