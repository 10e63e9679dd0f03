// Trend + seasonal profile + today's deviation, each robust: what a capacity planner would draw by
// hand.
#include <algorithm>
#include <vector>

#include "aggregator/forecast/ar_decay.h"
#include "aggregator/forecast/model.h"
#include "aggregator/forecast/profile.h"
#include "aggregator/forecast/robust.h"
#include "aggregator/forecast/trend.h"

namespace headroom::forecast::model {
namespace {

constexpr std::size_t kBlocksMin = 5;  // below it Mann–Kendall cannot reach significance
constexpr double kTrendPValue = 0.01;
constexpr std::size_t kLevelSeasons = 4;
constexpr std::size_t kRecent = 4000;  // points for the level and the decay

// Slope per step, 0 where Mann–Kendall sees no trend in the medians of seasons (or of 50 blocks
// without a season).
double significant_slope(const Series& series) {
  std::size_t block = std::max<std::size_t>(series.values.size() / 50, 1);
  for (const std::size_t period : series.periods) {
    if (period >= series.season && series.values.size() / period >= kBlocksMin) block = period;
  }
  if (series.values.size() / block < kBlocksMin) return 0;
  std::vector<double> medians = block_medians(series.values, block);
  if (medians.size() > kTheilSenExact) {
    medians.erase(medians.begin(), medians.end() - static_cast<std::ptrdiff_t>(kTheilSenExact));
  }
  if (mann_kendall(medians, true).p_value > kTrendPValue) return 0;
  return theil_sen(medians) / real(block);
}

class SeasonalProfile final : public Model {
 public:
  std::string_view name() const override { return "seasonal_profile"; }
  std::string_view about() const override {
    return "Robust trend, weighted-median profiles and AR(1) decay of the deviation";
  }
  double cost_us(const Task& task) const override {
    return 0.07 * static_cast<double>(task.points);
  }

  bool forecast(const Series& series, Settings, std::span<double> path) const override {
    const std::size_t n = series.values.size();
    if (n < 3) return false;
    const double slope = significant_slope(series);
    std::vector<double> rest(series.values.begin(), series.values.end());
    for (std::size_t i = 0; i < n; ++i) rest[i] += slope * real(n - 1 - i);
    const Profile profile(rest, series.periods);
    for (std::size_t i = 0; i < n; ++i) rest[i] -= profile.at(i);

    const std::size_t window = series.season > 0 ? kLevelSeasons * series.season : n;
    const auto recent = std::span(rest).last(std::min({n, window, kRecent}));
    const double level = median(recent);
    for (double& value : recent) value -= level;
    const ArDecay decay = fit_ar_decay(recent);
    for (std::size_t h = 0; h < path.size(); ++h) {
      path[h] = level + slope * damped_steps(real(h + 1), real(n) / 4) + profile.at(n + h) +
                decay.at(h + 1);
    }
    return true;
  }
};

}  // namespace

const Model& seasonal_profile() {
  static const SeasonalProfile model;
  return model;
}

}  // namespace headroom::forecast::model
