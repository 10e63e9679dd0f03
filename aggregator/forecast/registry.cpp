#include "aggregator/forecast/registry.h"

#include <algorithm>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <utility>
#include <vector>

#include "aggregator/forecast/forecast.h"

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

namespace {

struct Entry {
  const Model* model;
  Role role;
};

struct Registry {
  Registry() {
#define ENTRY(NAME, ROLE) Entry{&model::NAME(), ROLE},
    for (const auto& [model, role] : std::initializer_list<Entry>{
             HEADROOM_FORECAST_MODELS(ENTRY) HEADROOM_FORECAST_OPTIONAL_MODELS(ENTRY)}) {
      all.push_back(model);
      if (role == kAuto) automatic.push_back(model);
    }
#undef ENTRY
  }

  std::vector<const Model*> all;
  std::vector<const Model*> automatic;
  std::vector<std::unique_ptr<const Model>> added;
};

Registry& registry() {
  static Registry all;
  return all;
}

}  // namespace

std::span<const Model* const> models() { return registry().all; }

std::span<const Model* const> automatic_models() { return registry().automatic; }

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

Status register_models(std::vector<std::unique_ptr<const Model>> additional) {
  for (std::size_t i = 0; i < additional.size(); ++i) {
    const std::string_view name = additional[i]->name();
    const bool twice =
        std::any_of(additional.begin(), additional.begin() + static_cast<std::ptrdiff_t>(i),
                    [&](const auto& other) { return other->name() == name; });
    if (twice || find_model(name) != nullptr || !why_absent(name).empty() || name == kAutomatic) {
      return fail(ErrorCode::kAlreadyExists,
                  "a model is already called " + std::string(name) + "; give it another name");
    }
  }
  for (auto& model : additional) {
    registry().all.push_back(model.get());
    registry().automatic.push_back(model.get());
    registry().added.push_back(std::move(model));
  }
  return {};
}

}  // namespace headroom::forecast
