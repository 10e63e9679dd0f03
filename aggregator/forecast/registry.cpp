#include "aggregator/forecast/registry.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <vector>

// One line per model, in the order of what it gives for its cost: NAME stands for
// `const Model& NAME()` in models/; kAuto ones take part in automatic choice.
// clang-format off
#define HEADROOM_FORECAST_MODELS(MODEL) \
  MODEL(naive, kAuto) \
  MODEL(seasonal_naive, kAuto) \
  MODEL(drift_free_level, kAuto) \
  MODEL(smoothed_level, kAuto) \
  MODEL(session_profile, kAuto) \
  MODEL(year_profile, kAuto) \
  MODEL(ridge_ar, kAuto) \
  MODEL(ridge_ar_week, kAuto) \
  MODEL(ridge_ar_linear, kAuto) \
  MODEL(daily_profile, kAuto) \
  MODEL(weekly_profile, kAuto) \
  MODEL(median_profile, kAuto) \
  MODEL(seasonal_profile, kAuto) \
  MODEL(moving_average, kByName) \
  MODEL(linear_regression, kByName) \
  MODEL(robust_regression, kByName) \
  MODEL(simple_exponential_smoothing, kByName) \
  MODEL(holt, kByName) \
  MODEL(damped_trend, kByName) \
  MODEL(holt_winters, kByName) \
  MODEL(ets, kByName) \
  MODEL(double_seasonal_holt_winters, kAuto) \
  MODEL(theta, kByName) \
  MODEL(optimised_theta, kByName) \
  MODEL(arima, kByName) \
  MODEL(mstl, kByName) \
  MODEL(croston_tsb, kByName) \
  MODEL(prophet, kAuto) \
  MODEL(random_forest, kAuto) \
  MODEL(lstm, kByName)
// clang-format on

// Those that need a library which a build may lack.
#if HEADROOM_XGBOOST
#define HEADROOM_FORECAST_OPTIONAL_MODELS(MODEL) MODEL(gradient_boosting, kByName)
#else
#define HEADROOM_FORECAST_OPTIONAL_MODELS(MODEL)
#endif

namespace headroom::forecast {
namespace {

enum Role : std::uint8_t { kAuto, kByName };

}  // namespace

namespace model {
#define DECLARE(NAME, ROLE) const Model& NAME();
HEADROOM_FORECAST_MODELS(DECLARE)
HEADROOM_FORECAST_OPTIONAL_MODELS(DECLARE)
#undef DECLARE
}  // namespace model

std::span<const Model* const> models() {
#define ADDRESS(NAME, ROLE) &model::NAME(),
  static const std::array all{HEADROOM_FORECAST_MODELS(ADDRESS)
                                  HEADROOM_FORECAST_OPTIONAL_MODELS(ADDRESS)};
#undef ADDRESS
  return all;
}

std::span<const Model* const> automatic_models() {
  static const std::vector<const Model*> automatic = [] {
    std::vector<const Model*> chosen;
#define ADD(NAME, ROLE) \
  if (ROLE == kAuto) chosen.push_back(&model::NAME());
    HEADROOM_FORECAST_MODELS(ADD)
    HEADROOM_FORECAST_OPTIONAL_MODELS(ADD)
#undef ADD
    return chosen;
  }();
  return automatic;
}

const Model* find_model(std::string_view name) {
  const auto all = models();
  const auto it = std::find_if(all.begin(), all.end(),
                               [&](const Model* model) { return model->name() == name; });
  return it == all.end() ? nullptr : *it;
}

std::string_view why_absent(std::string_view name) {
  if (name == "gradient_boosting" && HEADROOM_XGBOOST == 0) {
    return "this program was built without XGBoost; install libxgboost-dev and build it again";
  }
  return {};
}

}  // namespace headroom::forecast
