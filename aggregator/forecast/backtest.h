// Rolling-origin backtest: every model forecasts from several earlier moments, knowing only what was known then, and is
// judged by what then happened (Tashman 2000).
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "aggregator/forecast/model.h"
#include "aggregator/forecast/training.h"

namespace headroom::forecast {

struct BacktestPlan {
  std::size_t horizon = 0;           // steps judged from each origin
  std::vector<std::size_t> origins;  // values known at each, ascending; empty where the history is too short
};

// Origins spread evenly over the newer part of `points`, so that each keeps two seasons (or two fifths of the history)
// to learn from and, where that leaves room, `horizon` steps to be judged on. Windows may overlap. Long histories get
// fewer origins, since each costs a fit of every model; a very short horizon is judged on more steps than it has, for
// the sake of the intervals.
BacktestPlan plan_backtest(std::size_t points, std::size_t season, std::size_t horizon);

inline constexpr std::size_t kOriginsMin = 3;
inline constexpr std::size_t kOriginsMax = 12;
inline constexpr std::size_t kBacktestCost = 300'000;   // points fitted per model, in all
inline constexpr std::size_t kBacktestSteps = 20'000;   // judged per origin

// One model's forecasts from every origin of the plan.
struct Trial {
  const Model* model = nullptr;
  std::vector<std::vector<double>> paths;  // [origin][step - 1]
};

// The trials of those models that can forecast from every origin, in the order given.
std::vector<Trial> run_backtest(const Training& training, const BacktestPlan& plan,
                                std::span<const Model* const> models);

// What happened against a path from `origin`: truth - path for each of the first `steps` steps; NaN where the truth is
// not known.
std::vector<double> errors_of(std::span<const double> path, std::span<const double> truth,
                              std::size_t origin, std::size_t steps);

// Mean of the absolute values that are not NaN; 0 for none.
double mean_absolute(std::span<const double> errors);

}  // namespace headroom::forecast
