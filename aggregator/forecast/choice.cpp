#include "aggregator/forecast/choice.h"

#include <algorithm>
#include <cmath>

#include "aggregator/forecast/robust.h"
#include "common/base/result.h"

namespace headroom::forecast {
namespace {

double weight_of(double error) { return std::pow(error + 0.02, -4); }

std::vector<double> blend(const std::vector<const std::vector<double>*>& paths,
                          const std::vector<double>& weights) {
  std::vector<double> blended(paths.front()->size());
  std::vector<Weighted> values(paths.size());
  for (std::size_t h = 0; h < blended.size(); ++h) {
    for (std::size_t m = 0; m < paths.size(); ++m) values[m] = {(*paths[m])[h], weights[m]};
    blended[h] = weighted_median_inplace(values);
  }
  return blended;
}

}  // namespace

Choice choose(std::vector<Trial> trials, const BacktestPlan& plan, std::span<const double> truth,
              std::size_t steps, double scale, std::size_t first_judged) {
  HEADROOM_ASSERT(!trials.empty() && first_judged < plan.origins.size() && scale > 0);
  const std::size_t origins = plan.origins.size();
  const double judged = real(origins - first_judged);
  const auto error_from = [&](const std::vector<double>& path, std::size_t o) {
    return mean_absolute(errors_of(path, truth, plan.origins[o], std::min(steps, plan.horizon))) / scale;
  };
  Choice choice;
  std::vector<std::vector<double>> errors;  // [member][origin]
  for (const Trial& trial : trials) {
    std::vector<double> of_member(origins);
    double sum = 0;
    for (std::size_t o = first_judged; o < origins; ++o) {
      sum += of_member[o] = error_from(trial.paths[o], o);
    }
    choice.members.push_back({trial.model, weight_of(sum / judged), sum / judged});
    errors.push_back(std::move(of_member));
  }
  double total = 0;
  for (const auto& member : choice.members) total += member.weight;
  for (auto& member : choice.members) member.weight /= total;
  const auto best = std::min_element(
      choice.members.begin(), choice.members.end(),
      [](const Choice::Member& a, const Choice::Member& b) { return a.error < b.error; });
  choice.best = static_cast<std::size_t>(best - choice.members.begin());

  double blend_error = 0;
  std::vector<std::vector<double>> blended;
  for (std::size_t o = 0; o < origins; ++o) {
    std::vector<const std::vector<double>*> paths;
    std::vector<double> weights;
    for (std::size_t m = 0; m < trials.size(); ++m) {
      paths.push_back(&trials[m].paths[o]);
      const double all = choice.members[m].error;
      const bool leave_out = o >= first_judged && judged > 1;
      weights.push_back(weight_of(
          leave_out ? std::max(all * judged - errors[m][o], 0.0) / (judged - 1) : all));
    }
    blended.push_back(blend(paths, weights));
    if (o >= first_judged) blend_error += error_from(blended.back(), o) / judged;
  }
  choice.blended = trials.size() > 1 && blend_error < best->error;
  choice.error = choice.blended ? blend_error : best->error;
  choice.model = choice.blended ? kBlend : std::string(best->model->name());
  choice.paths = choice.blended ? std::move(blended) : std::move(trials[choice.best].paths);
  return choice;
}

std::vector<double> chosen_path(const Choice& choice, const Series& series, std::size_t steps) {
  std::vector<std::vector<double>> paths;
  std::vector<double> weights;
  for (std::size_t m = 0; m < choice.members.size(); ++m) {
    if (!choice.blended && m != choice.best) continue;
    std::vector<double> path(steps);
    const bool carried = choice.members[m].model->forecast(series, path);
    HEADROOM_ASSERT(carried);  // it forecast from a part of this history
    paths.push_back(std::move(path));
    weights.push_back(choice.members[m].weight);
  }
  if (paths.size() == 1) return std::move(paths.front());
  std::vector<const std::vector<double>*> views;
  for (const auto& path : paths) views.push_back(&path);
  return blend(views, weights);
}

}  // namespace headroom::forecast
