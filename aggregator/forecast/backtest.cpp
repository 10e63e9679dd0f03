#include "aggregator/forecast/backtest.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "aggregator/forecast/robust.h"
#include "common/base/result.h"

namespace headroom::forecast {
namespace {

constexpr std::size_t kTrainMin = 4;
constexpr std::size_t kStepsMin = 8;    // judged even for a shorter horizon, if the history allows
constexpr std::size_t kJudged = 200;    // steps over all origins that short horizons aim for

}  // namespace

BacktestPlan plan_backtest(std::size_t points, std::size_t season, std::size_t horizon) {
  BacktestPlan plan;
  const std::size_t train = std::max({kTrainMin, points * 2 / 5, std::min(2 * season, points * 2 / 3)});
  if (points < train + kOriginsMin) return plan;
  const std::size_t room = points - train;
  const std::size_t wanted = std::clamp(horizon, kStepsMin, kBacktestSteps);
  // Windows may share at most half of the room, or all origins would be judged on the same days.
  plan.horizon = std::max<std::size_t>(std::min(wanted, room / 2), 1);
  const std::size_t affordable = std::max(kBacktestCost / points, kOriginsMin);
  const std::size_t useful = std::max(kJudged / plan.horizon, kOriginsMax);
  const std::size_t span = room - plan.horizon;
  const std::size_t count = std::min({affordable, useful, span + 1});
  for (std::size_t i = 0; i < count; ++i) {
    const std::size_t back = count == 1 ? 0 : span * (count - 1 - i) / (count - 1);
    plan.origins.push_back(points - plan.horizon - back);
  }
  return plan;
}

std::vector<Trial> run_backtest(const Training& training, const BacktestPlan& plan,
                                std::span<const Model* const> models) {
  std::vector<Trial> trials;
  for (const Model* model : models) {
    Trial trial{.model = model, .paths = {}};
    for (const std::size_t origin : plan.origins) {
      std::vector<double> path(plan.horizon);
      if (!model->forecast(training.until(origin), path)) break;
      trial.paths.push_back(std::move(path));
    }
    if (trial.paths.size() == plan.origins.size()) trials.push_back(std::move(trial));
  }
  return trials;
}

std::vector<double> errors_of(std::span<const double> path, std::span<const double> truth,
                              std::size_t origin, std::size_t steps) {
  HEADROOM_ASSERT(steps <= path.size() && origin + steps <= truth.size());
  std::vector<double> errors(steps);
  for (std::size_t h = 0; h < steps; ++h) errors[h] = truth[origin + h] - path[h];
  return errors;
}

double mean_absolute(std::span<const double> errors) {
  double sum = 0;
  std::size_t count = 0;
  for (const double error : errors) {
    if (std::isnan(error)) continue;
    sum += std::abs(error);
    ++count;
  }
  return count == 0 ? 0 : sum / real(count);
}

}  // namespace headroom::forecast
