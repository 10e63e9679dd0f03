#include "aggregator/forecast/backtest.h"

#include <algorithm>
#include <cmath>
#include <string_view>
#include <utility>

#include "aggregator/forecast/robust.h"
#include "common/base/result.h"

namespace headroom::forecast {
namespace {

constexpr std::size_t kTrainMin = 4;
constexpr double kTrusted = 1.25;     // times the error of the best model, on days like any other
constexpr double kExploded = 1e9;     // a path may leave the history's size so far, not more
constexpr std::size_t kStepsMin = 8;  // judged even for a shorter horizon, if the history allows
constexpr std::size_t kJudged = 200;  // steps over all origins that short horizons aim for
constexpr std::size_t kSettledHorizons = 5;  // after which a change of level is history

bool is_sane(const std::vector<double>& path) {
  return std::all_of(path.begin(), path.end(),
                     [](double value) { return std::abs(value) < kExploded; });
}

// The origins that a model is fitted at, ascending.
std::vector<std::size_t> tried_origins(const BacktestPlan& plan, bool dear) {
  const std::size_t first = dear ? plan.first_judged : 0;
  const std::size_t count = plan.origins.size() - first;
  std::vector<std::size_t> tried;
  if (!dear || count <= kDearOrigins) {
    for (std::size_t i = 0; i < count; ++i) tried.push_back(first + i);
    return tried;
  }
  for (std::size_t i = 0; i < kDearOrigins; ++i) {
    tried.push_back(first + i * (count - 1) / (kDearOrigins - 1));
  }
  return tried;
}

// Models that look a week back know nothing of a holiday ahead: there they all say what the
// calendar's own model says, if that one has earned some trust.
void follow_calendar(std::vector<Trial>& trials, const Training& training,
                     const BacktestPlan& plan) {
  const auto guide = std::find_if(trials.begin(), trials.end(), [](const Trial& trial) {
    return trial.model->name() == kCalendarModel;
  });
  if (training.irregular().empty() || guide == trials.end()) return;
  // Sums over the origins that both were tried at.
  std::size_t compared = 0;
  const auto error_of = [&](const Trial& trial, const Trial& beside) {
    double sum = 0;
    for (std::size_t o = 0; o < plan.origins.size(); ++o) {
      if (trial.paths[o].empty() || beside.paths[o].empty()) continue;
      const auto errors = errors_of(trial.paths[o], training.truth(), plan.origins[o]);
      for (std::size_t h = 0; h < errors.size(); ++h) {
        const bool counts =
            training.irregular()[plan.origins[o] + h] == 0 && !std::isnan(errors[h]);
        sum += counts ? std::abs(errors[h]) : 0;
        compared += counts ? 1 : 0;
      }
    }
    return sum;
  };
  for (const Trial& trial : trials) {
    if (kTrusted * error_of(trial, *guide) < error_of(*guide, trial)) return;
  }
  if (compared == 0) return;
  const auto follow = [&](std::vector<double>& path, const std::vector<double>& said,
                          std::size_t origin) {
    for (std::size_t h = 0; h < path.size(); ++h) {
      if (training.irregular()[origin + h] != 0) path[h] = said[h];
    }
  };
  for (Trial& trial : trials) {
    if (&trial == &*guide) continue;
    follow(trial.path, guide->path, training.size());
    for (std::size_t o = 0; o < plan.origins.size(); ++o) {
      if (!guide->paths[o].empty()) follow(trial.paths[o], guide->paths[o], plan.origins[o]);
    }
  }
}

}  // namespace

BacktestPlan plan_backtest(std::size_t points, std::size_t season, std::size_t horizon) {
  BacktestPlan plan;
  const std::size_t train =
      std::max({kTrainMin, points * 2 / 5, std::min(2 * season, points * 2 / 3)});
  if (points < train + kOriginsMin) return plan;
  const std::size_t room = points - train;
  // Windows take half of the room at most, or all origins would be judged on the same days.
  plan.horizon = std::min(std::clamp(horizon, kStepsMin, kBacktestSteps), room / 2);
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

BacktestPlan plan_backtest(const Training& training, std::size_t horizon) {
  const std::size_t n = training.size();
  const std::size_t shift = training.shift().at;
  if (shift > 0 && (n - shift) / kSettledHorizons >= horizon) {
    BacktestPlan plan = plan_backtest(n - shift, training.season(), horizon);
    for (std::size_t& origin : plan.origins) origin += shift;
    if (!plan.origins.empty()) return plan;
  }
  BacktestPlan plan = plan_backtest(n, training.season(), horizon);
  const auto known =
      std::lower_bound(plan.origins.begin(), plan.origins.end(), training.known_from());
  if (static_cast<std::size_t>(plan.origins.end() - known) >= kOriginsMin) {
    plan.first_judged = static_cast<std::size_t>(known - plan.origins.begin());
  }
  return plan;
}

std::vector<Trial> run_backtest(const Training& training, const BacktestPlan& plan,
                                std::span<const Candidate> candidates, std::size_t steps) {
  std::vector<Trial> trials;
  std::vector<Series> ends;
  for (const std::size_t origin : plan.origins) ends.push_back(training.until(origin));
  ends.push_back(training.until(training.size()));
  for (const Candidate& candidate : candidates) {
    // A model that needs a long history is judged from the newer origins only.
    std::vector<std::size_t> tried = tried_origins(plan, candidate.dear);
    std::vector<std::vector<double>> paths;
    bool carried = false;
    while (!carried && !tried.empty()) {
      std::vector<Series> own;
      for (const std::size_t o : tried) own.push_back(ends[o]);
      own.push_back(ends.back());
      paths.assign(tried.size(), std::vector<double>(plan.horizon));
      paths.emplace_back(steps);
      carried = candidate.model->forecast_each(own, candidate.settings, paths) &&
                std::all_of(paths.begin(), paths.end(), is_sane);
      if (!carried) {
        const std::size_t dropped = (tried.size() + 2) / 3;
        tried.erase(tried.begin(), tried.begin() + static_cast<std::ptrdiff_t>(dropped));
      }
    }
    if (!carried) continue;
    Trial trial{.model = candidate.model, .path = std::move(paths.back()), .paths = {}};
    trial.paths.resize(plan.origins.size());
    for (std::size_t i = 0; i < tried.size(); ++i) trial.paths[tried[i]] = std::move(paths[i]);
    trials.push_back(std::move(trial));
  }
  follow_calendar(trials, training, plan);
  return trials;
}

std::vector<double> errors_of(std::span<const double> path, std::span<const double> truth,
                              std::size_t origin) {
  HEADROOM_ASSERT(origin + path.size() <= truth.size());
  std::vector<double> errors(path.size());
  for (std::size_t h = 0; h < path.size(); ++h) errors[h] = truth[origin + h] - path[h];
  return errors;
}

}  // namespace headroom::forecast
