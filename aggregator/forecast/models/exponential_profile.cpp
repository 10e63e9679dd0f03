// What is usual at each phase of the day or of the week, the newer days counting more, plus today's
// deviation from it as it fades away. In logarithms, so that a quiet night and a busy noon may move
// by the same share.
#include <algorithm>
#include <cmath>
#include <vector>

#include "aggregator/forecast/ar_decay.h"
#include "aggregator/forecast/model.h"
#include "aggregator/forecast/robust.h"
#include "aggregator/forecast/transform.h"

namespace headroom::forecast::model {
namespace {

constexpr std::size_t kPeriodsUsed = 60;
constexpr std::size_t kRecentPeriods = 14;  // for the decay of deviations
constexpr std::size_t kRecentPoints = 4000;

struct Variant {
  std::string_view name;
  std::string_view about;
  std::span<const Parameter> parameters;
  bool week = false;  // by the phase of the longest period instead of the season's
};

constexpr Parameter kDaily[] = {
    {"memory", 0.85, 0, 1, "weight of a season against the next newer one"}};
constexpr Parameter kWeekly[] = {
    {"memory", 0.5, 0, 1, "weight of a period against the next newer one"}};

// Mean of each phase, exponentially weighted; a phase's first values are averaged plainly.
class RunningProfile {
 public:
  RunningProfile(std::size_t period, double memory)
      : means_(period, 0.0), counts_(period, 0.0), memory_(memory) {}

  bool knows(std::size_t phase) const { return counts_[phase] > 0; }
  double at(std::size_t phase) const { return means_[phase]; }
  void add(std::size_t phase, double value) {
    counts_[phase] = memory_ * counts_[phase] + 1;
    means_[phase] += (value - means_[phase]) / counts_[phase];
  }

 private:
  std::vector<double> means_;
  std::vector<double> counts_;
  double memory_;
};

class ExponentialProfile final : public Model {
 public:
  explicit ExponentialProfile(Variant variant) : variant_(variant) {}
  std::string_view name() const override { return variant_.name; }
  std::string_view about() const override { return variant_.about; }
  std::span<const Parameter> parameters() const override { return variant_.parameters; }
  double cost_us(const Task& task) const override {
    const std::size_t period = variant_.week ? task.longest_period : task.season;
    return 0.02 * real(std::min(task.points, kPeriodsUsed * std::max<std::size_t>(period, 1))) +
           0.02 * real(task.steps);
  }

  bool forecast(const Series& series, Settings settings, std::span<double> path) const override {
    std::size_t period = series.season;
    if (variant_.week) period = series.periods.empty() ? 0 : series.periods.back();
    if (variant_.week && period == series.season) return false;
    if (period < 2 || series.values.size() < 2 * period) return false;
    const auto used = std::min(series.values.size(), kPeriodsUsed * period);
    const auto values = series.values.last(used);
    const Transform transform = Transform::logarithm(values);
    RunningProfile profile(period,
                           settings.empty() ? variant_.parameters[0].fallback : settings[0]);
    std::vector<double> rest;
    rest.reserve(used - period);
    for (std::size_t i = 0; i < used; ++i) {
      const double z = transform.apply(values[i]);
      const std::size_t phase = i % period;
      if (profile.knows(phase)) rest.push_back(z - profile.at(phase));
      profile.add(phase, z);
    }
    const std::size_t recent = std::min({rest.size(), kRecentPeriods * period, kRecentPoints});
    const ArDecay decay = fit_ar_decay(std::span(rest).last(recent));
    for (std::size_t h = 0; h < path.size(); ++h) {
      path[h] = transform.invert(profile.at((used + h) % period) + decay.at(h + 1));
    }
    return true;
  }

 private:
  Variant variant_;
};

}  // namespace

const Model& daily_profile() {
  static const ExponentialProfile model(
      {"daily_profile",
       "Exponentially weighted mean of each phase of the season, with AR(1) decay "
       "of the deviation",
       kDaily, false});
  return model;
}

const Model& weekly_profile() {
  static const ExponentialProfile model(
      {"weekly_profile",
       "Exponentially weighted mean of each phase of the longest period, with "
       "AR(1) decay of the deviation",
       kWeekly, true});
  return model;
}

}  // namespace headroom::forecast::model
