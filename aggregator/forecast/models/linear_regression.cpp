// A straight line in time with a level for each phase of the season, by ordinary least squares or
// by an estimator that outliers cannot pull far (Huber 1964): a spike counts no more than a
// value 1.345 standard deviations away.
#include <algorithm>
#include <array>
#include <cmath>

#include "aggregator/forecast/line.h"
#include "aggregator/forecast/model.h"
#include "aggregator/forecast/robust.h"
#include "aggregator/forecast/setting.h"

namespace headroom::forecast::model {
namespace {

constexpr std::size_t kPoints = 20'000;
constexpr std::array kParameters{
    Parameter{"window", 0, 0, real(kPoints), "newest points fitted; 0 = all, at most 20000"},
    Parameter{"seasonal", -1, -1, 1, "1 = a level for each phase, 0 = none, -1 = from two seasons"},
};

struct Variant {
  std::string_view name;
  std::string_view about;
  Line (*fit)(std::span<const double> values, std::size_t period);
  double base_us;
  double point_us;
};

Line fit_plain_line(std::span<const double> values, std::size_t period) {
  return fit_line(values, period);
}

class LinearRegression final : public Model {
 public:
  explicit LinearRegression(Variant variant) : variant_(variant) {}
  std::string_view name() const override { return variant_.name; }
  std::string_view about() const override { return variant_.about; }
  std::span<const Parameter> parameters() const override { return kParameters; }
  double cost_us(const Task& task) const override {
    return variant_.base_us + variant_.point_us * real(std::min(task.points, kPoints)) +
           0.005 * real(task.steps);
  }

  bool forecast(const Series& series, Settings settings, std::span<double> path) const override {
    const std::size_t window = count_setting(kParameters, settings, 0);
    const auto values = newest(series.values, window > 0 ? window : kPoints);
    const std::size_t n = values.size();
    const bool seasonal = setting(kParameters, settings, 1) != 0;
    const std::size_t period = seasonal && series.season > 0 ? series.season : 1;
    // Below two seasons the trend and the phases' levels cannot be told apart.
    if (n < 3 || (period > 1 && n < 2 * period)) return false;
    const Line line = variant_.fit(values, period);
    for (std::size_t h = 0; h < path.size(); ++h) path[h] = line.at(n + h);
    return true;
  }

 private:
  Variant variant_;
};

}  // namespace

const Model& linear_regression() {
  static const LinearRegression model(
      {"linear_regression", "Straight trend and seasonal dummies by ordinary least squares",
       fit_plain_line, 2, 0.006});
  return model;
}

const Model& robust_regression() {
  static const LinearRegression model({"robust_regression",
                                       "Straight trend and seasonal dummies by Huber's M-estimate",
                                       fit_huber_line, 5, 0.45});
  return model;
}

}  // namespace headroom::forecast::model
