#include "aggregator/forecast/registry.h"

#include <algorithm>
#include <array>

// One line per model: NAME stands for `const Model& NAME()` in models/NAME.cpp.
#define HEADROOM_FORECAST_MODELS(MODEL) \
  MODEL(naive)                          \
  MODEL(seasonal_naive)                 \
  MODEL(drift_free_level)               \
  MODEL(smoothed_level)                 \
  MODEL(daily_profile)                  \
  MODEL(weekly_profile)                 \
  MODEL(median_profile)                 \
  MODEL(seasonal_profile)               \
  MODEL(ridge_ar)                       \
  MODEL(ridge_ar_week)                  \
  MODEL(ridge_ar_linear)                \
  MODEL(moving_average)                 \
  MODEL(linear_regression)              \
  MODEL(robust_regression)              \
  MODEL(simple_exponential_smoothing)   \
  MODEL(holt)                           \
  MODEL(damped_trend)                   \
  MODEL(holt_winters)                   \
  MODEL(ets)                            \
  MODEL(prophet)                        \
  MODEL(double_seasonal_holt_winters)   \
  MODEL(theta)                          \
  MODEL(optimised_theta)                \
  MODEL(arima)                          \
  MODEL(mstl)                           \
  MODEL(croston_tsb)

namespace headroom::forecast {

namespace model {
#define DECLARE(NAME) const Model& NAME();
HEADROOM_FORECAST_MODELS(DECLARE)
#undef DECLARE
}  // namespace model

std::span<const Model* const> models() {
#define ADDRESS(NAME) &model::NAME(),
  static const std::array all{HEADROOM_FORECAST_MODELS(ADDRESS)};
#undef ADDRESS
  return all;
}

const Model* find_model(std::string_view name) {
  const auto all = models();
  const auto it = std::find_if(all.begin(), all.end(),
                               [&](const Model* model) { return model->name() == name; });
  return it == all.end() ? nullptr : *it;
}

}  // namespace headroom::forecast
