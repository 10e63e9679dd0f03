// Rolling-origin backtest: every model forecasts from several earlier moments, knowing only what
// was known then, and is judged by what then happened (Tashman 2000).
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "aggregator/forecast/candidates.h"
#include "aggregator/forecast/training.h"

namespace headroom::forecast {

inline constexpr std::size_t kOriginsMin = 3;
inline constexpr std::size_t kOriginsMax = 12;  // more only where the horizon is very short
inline constexpr std::size_t kBacktestCost = 1'000'000;  // points a model is fitted to, in all
inline constexpr std::size_t kBacktestSteps = 20'000;    // judged per origin

struct BacktestPlan {
  std::size_t horizon = 0;  // steps forecast from each origin
  std::vector<std::size_t>
      origins;  // values known at each, ascending; empty where the history is too short
  // Origins before it tell how wrong one can be, not which model is best.
  std::size_t first_judged = 0;
};

// Origins spread evenly over the newer part of `points`, so that each has two seasons (or two
// fifths of the history) to learn from and, where that leaves room, `horizon` steps to be judged
// on. Windows may overlap. Long histories get fewer origins, since each costs a fit of every model;
// a very short horizon is judged on more steps than it has, for the sake of the intervals.
BacktestPlan plan_backtest(std::size_t points, std::size_t season, std::size_t horizon);

// The same for a history with a change of level. One that lies many horizons back is history: all
// origins come after it. A recent one may happen again: origins lie on both sides, so that the
// intervals know of it, but only those at which it was known judge the models.
BacktestPlan plan_backtest(const Training& training, std::size_t horizon);

// One model's forecasts.
struct Trial {
  const Model* model = nullptr;
  std::vector<double> path;  // from the end of the history
  // From every origin of the plan: [origin][step - 1]; empty where a dear model was not fitted, or
  // one that needs more history than was there.
  std::vector<std::vector<double>> paths;
};

// The trials of those candidates that can forecast `steps` from the end and from the newest origin
// at least, in the order given. Dear ones are fitted at three of the judged origins only: the
// newest, the oldest and one between.
std::vector<Trial> run_backtest(const Training& training, const BacktestPlan& plan,
                                std::span<const Candidate> candidates, std::size_t steps);

// Truth less path for the steps after `origin`; NaN where the truth is not known.
std::vector<double> errors_of(std::span<const double> path, std::span<const double> truth,
                              std::size_t origin);

}  // namespace headroom::forecast
