// Intermittent demand: jobs that run now and then, hosts that mostly idle. Only for histories of
// which a good share is zero.
#include <algorithm>
#include <array>
#include <limits>

#include "aggregator/forecast/intermittent.h"
#include "aggregator/forecast/model.h"
#include "aggregator/forecast/robust.h"
#include "aggregator/forecast/setting.h"

namespace headroom::forecast::model {
namespace {

constexpr std::size_t kPoints = 4000;
constexpr double kZeroShare = 0.3;      // below it this is no intermittent demand
constexpr std::size_t kDemandsMin = 2;  // one alone says nothing about how often
constexpr std::array kGains{0.02, 0.05, 0.1, 0.2, 0.3};
constexpr std::array kParameters{
    Parameter{"method", 0, 0, 2, "0 = TSB, 1 = Croston, 2 = Syntetos-Boylan"},
    Parameter{"alpha", 0, 0, 1, "gain of the size (and the interval), 0 = by one-step error"},
    Parameter{"beta", 0, 0, 1, "gain of the probability in TSB, 0 = by one-step error"},
};

class CrostonTsb final : public Model {
 public:
  std::string_view name() const override { return "croston_tsb"; }
  std::string_view about() const override {
    return "Intermittent demand by size and probability (Teunter, Syntetos & Babai 2011)";
  }
  std::span<const Parameter> parameters() const override { return kParameters; }
  double cost_us(const Task& task) const override {
    return 2 + 0.2 * real(std::min(task.points, kPoints)) + 0.001 * real(task.steps);
  }

  bool forecast(const Series& series, Settings settings, std::span<double> path) const override {
    const auto values = newest(series.values, kPoints);
    const double zeros = zero_share(values);
    if (zeros < kZeroShare || (1 - zeros) * real(values.size()) < real(kDemandsMin) - 0.5) {
      return false;
    }
    const std::array methods{Intermittent::kTsb, Intermittent::kCroston, Intermittent::kSba};
    const auto method = methods[count_setting(kParameters, settings, 0)];
    const double alpha_set = setting(kParameters, settings, 1);
    const double beta_set = setting(kParameters, settings, 2);
    double least = std::numeric_limits<double>::infinity();
    double value = 0;
    for (const double alpha : kGains) {
      for (const double beta : kGains) {
        double error = 0;
        const double one = run_intermittent(values, method, alpha_set > 0 ? alpha_set : alpha,
                                            beta_set > 0 ? beta_set : beta, &error);
        if (error < least) {
          least = error;
          value = one;
        }
        if (beta_set > 0 || method != Intermittent::kTsb) break;
      }
      if (alpha_set > 0) break;
    }
    std::fill(path.begin(), path.end(), value);
    return true;
  }
};

}  // namespace

const Model& croston_tsb() {
  static const CrostonTsb model;
  return model;
}

}  // namespace headroom::forecast::model
