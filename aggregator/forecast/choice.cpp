#include "aggregator/forecast/choice.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <utility>

#include "aggregator/forecast/calibration.h"
#include "aggregator/forecast/robust.h"
#include "common/base/result.h"

namespace headroom::forecast {
namespace {

using Path = std::vector<double>;

// A blend is left only for a member that did clearly better: small leads are luck.
constexpr double kClearly = 0.9;
// Who was tried at few origins must have been that much better there to count as good.
constexpr double kThinEvidence = 1.1;

// Bounded, so that however bad all members are, somebody keeps a weight.
double weight_of(double mase) { return std::pow(std::min(mase, 1e6) + 0.02, -4); }

// Of those paths that there are.
Path blend(const std::vector<const Path*>& paths, const std::vector<double>& weights) {
  std::vector<std::size_t> there;
  for (std::size_t m = 0; m < paths.size(); ++m) {
    if (!paths[m]->empty()) there.push_back(m);
  }
  Path blended(paths[there.front()]->size());
  std::vector<Weighted> values(there.size());
  for (std::size_t h = 0; h < blended.size(); ++h) {
    for (std::size_t i = 0; i < there.size(); ++i) {
      values[i] = {(*paths[there[i]])[h], weights[there[i]]};
    }
    blended[h] = weighted_median_of(values);
  }
  return blended;
}

std::optional<double> mean_absolute(std::span<const double> errors) {
  double sum = 0;
  double known = 0;
  for (const double error : errors) {
    if (std::isnan(error)) continue;
    sum += std::abs(error);
    known += 1;
  }
  return known > 0 ? std::optional(sum / known) : std::nullopt;
}

// One trial's mean absolute error from every origin; none where it was not tried or not judged.
using Errors = std::vector<std::optional<double>>;

class Judge {
 public:
  Judge(const BacktestPlan& plan, std::span<const double> truth, std::size_t steps,
        std::span<const Trial> trials)
      : plan_(plan), truth_(truth), steps_(std::min(steps, plan.horizon)) {
    std::vector<Errors> all;
    for (const Trial& trial : trials) all.push_back(errors(trial.paths));
    // How hard each origin is: the median error of those that were tried there.
    for (std::size_t o = 0; o < plan.origins.size(); ++o) {
      std::vector<double> there;
      for (const Errors& one : all) {
        if (one[o]) there.push_back(*one[o]);
      }
      hardness_.push_back(median_inplace(there));
      judged_ += there.empty() ? 0 : 1;
    }
  }

  std::size_t judged() const { return judged_; }

  Errors errors(const std::vector<Path>& paths) const {
    Errors result(paths.size());
    for (std::size_t o = plan_.first_judged; o < paths.size(); ++o) {
      if (paths[o].empty()) continue;
      result[o] =
          mean_absolute(errors_of(std::span(paths[o]).first(steps_), truth_, plan_.origins[o]));
    }
    return result;
  }

  // Their mean, leaving out the origin `except`. One that was tried at some of the origins only is
  // given what it would have at all of them, if the others are as hard for it as for everybody.
  std::optional<double> mean(const Errors& errors, const std::vector<Path>& paths,
                             std::size_t except = static_cast<std::size_t>(-1)) const {
    double sum = 0;
    double count = 0;
    double hard_here = 0;
    double hard_everywhere = 0;
    double everywhere = 0;
    for (std::size_t o = plan_.first_judged; o < paths.size(); ++o) {
      if (o == except) continue;
      if (errors[o]) {
        sum += *errors[o];
        count += 1;
        hard_here += hardness_[o];
      }
      if (errors[o] || paths[o].empty()) {
        hard_everywhere += hardness_[o];
        everywhere += 1;
      }
    }
    if (!(count > 0)) return std::nullopt;
    if (count == everywhere || !(hard_here > 0)) return sum / count;
    return kThinEvidence * sum / hard_here * hard_everywhere / everywhere;
  }

 private:
  const BacktestPlan& plan_;
  std::span<const double> truth_;
  std::size_t steps_;
  std::vector<double> hardness_;  // per origin
  std::size_t judged_ = 0;
};

}  // namespace

const Choice::Member* Choice::find(std::string_view name) const {
  const auto it = std::find_if(members.begin(), members.end(),
                               [&](const Member& member) { return member.model->name() == name; });
  return it == members.end() ? nullptr : &*it;
}

Choice choose(std::vector<Trial> trials, const BacktestPlan& plan, std::span<const double> truth,
              std::size_t steps, double scale, const Model* named, const Experience* experience) {
  HEADROOM_ASSERT(!trials.empty() && !plan.origins.empty() && scale > 0);
  const Judge judge(plan, truth, steps, trials);
  Choice choice;
  choice.origins = judge.judged();
  // Who could nowhere be judged leaves, unless nobody could.
  if (choice.origins > 0) {
    std::erase_if(trials, [&](const Trial& trial) {
      return !judge.mean(judge.errors(trial.paths), trial.paths);
    });
  }
  const auto judged = [&](const std::vector<Path>& paths) {
    return judge.mean(judge.errors(paths), paths).value_or(0);
  };
  double naive_mae = 0;
  for (const std::string_view yardstick : {"naive", "seasonal_naive"}) {
    for (const Trial& trial : trials) {
      if (trial.model->name() == yardstick) naive_mae = judged(trial.paths);
    }
  }
  const double points = real(choice.origins * std::min(steps, plan.horizon));
  const auto believed = [&](double mae, std::string_view model) {
    return experienced_mae(mae, naive_mae, points, model, experience);
  };
  std::vector<double> beliefs;  // by which members are compared
  std::vector<Errors> errors;   // of each member
  double total = 0;
  for (const Trial& trial : trials) {
    errors.push_back(judge.errors(trial.paths));
    const double mae = judge.mean(errors.back(), trial.paths).value_or(0);
    beliefs.push_back(believed(mae, trial.model->name()));
    choice.members.push_back({trial.model, weight_of(beliefs.back() / scale), mae});
    total += choice.members.back().weight;
  }
  for (auto& member : choice.members) member.weight /= total;

  // Member paths side by side: for the origin o, or for the end where o is none.
  const auto side_by_side = [&](std::optional<std::size_t> o) {
    std::vector<const Path*> paths;
    for (const Trial& trial : trials) paths.push_back(o ? &trial.paths[*o] : &trial.path);
    return paths;
  };
  std::vector<Path> blended;
  for (std::size_t o = 0; o < plan.origins.size(); ++o) {
    std::vector<double> weights;
    double sum = 0;
    for (std::size_t m = 0; m < trials.size(); ++m) {
      const Trial& trial = trials[m];
      const auto mae = judge.mean(errors[m], trial.paths, o);
      weights.push_back(mae ? weight_of(believed(*mae, trial.model->name()) / scale) : 0);
      sum += trial.paths[o].empty() ? 0 : weights.back();
    }
    if (!(sum > 0)) weights.assign(trials.size(), 1);
    blended.push_back(blend(side_by_side(o), weights));
  }
  const auto own = std::find_if(choice.members.begin(), choice.members.end(),
                                [&](const auto& member) { return member.model == named; });
  const auto least =
      static_cast<std::size_t>(std::min_element(beliefs.begin(), beliefs.end()) - beliefs.begin());
  const std::size_t best =
      own != choice.members.end() ? static_cast<std::size_t>(own - choice.members.begin()) : least;
  const double blended_mae = judged(blended);
  choice.blended =
      own == choice.members.end() && kClearly * believed(blended_mae, kBlend) <= beliefs[best];
  if (choice.blended) {
    std::vector<double> weights;
    for (const auto& member : choice.members) weights.push_back(member.weight);
    choice.model = kBlend;
    choice.mae = blended_mae;
    choice.path = blend(side_by_side(std::nullopt), weights);
    choice.paths = std::move(blended);
  } else {
    Trial& chosen = trials[best];
    choice.model = chosen.model->name();
    choice.mae = choice.members[best].mae;
    choice.path = std::move(chosen.path);
    choice.paths = std::move(chosen.paths);
  }
  return choice;
}

}  // namespace headroom::forecast
