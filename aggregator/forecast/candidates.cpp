#include "aggregator/forecast/candidates.h"

#include <algorithm>
#include <string>

#include "aggregator/forecast/registry.h"
#include "aggregator/forecast/robust.h"
#include "common/base/text.h"

namespace headroom::forecast {
namespace {

// What stays out of the budget: cheap at any length, and what a forecast is held against.
constexpr double kFreeUs = 20;
// However small the budget is: a long history costs more than this to be read and cleaned.
constexpr double kLeastUsPerPoint = 2;

std::string names_of_models() {
  std::string names = kAutomatic;
  for (const Model* model : models()) names += ", " + std::string(model->name());
  return names;
}

std::string names_of_parameters(const Model& model) {
  std::string names;
  for (const Parameter& parameter : model.parameters()) {
    names += (names.empty() ? "" : ", ") + std::string(parameter.name);
  }
  return names.empty() ? "it has none" : "known: " + names;
}

Status set(std::vector<double>& settings, const Model& model, const std::string& name,
           double value) {
  const auto parameters = model.parameters();
  const auto found = std::find_if(parameters.begin(), parameters.end(),
                                  [&](const Parameter& one) { return one.name == name; });
  if (found == parameters.end()) {
    return fail(ErrorCode::kInvalidArgument, "model " + std::string(model.name()) +
                                                 " has no parameter '" + name + "'; " +
                                                 names_of_parameters(model));
  }
  if (!(value >= found->least && value <= found->most)) {
    return fail(ErrorCode::kInvalidArgument,
                "parameter " + name + " of " + std::string(model.name()) + " must be " +
                    format_double(found->least) + " to " + format_double(found->most) + ", not " +
                    format_double(value));
  }
  settings[static_cast<std::size_t>(found - parameters.begin())] = value;
  return {};
}

}  // namespace

Result<Candidate> named_candidate(const Request& request) {
  const Model* model = find_model(request.model);
  if (const auto why = why_absent(request.model); !why.empty()) {
    return fail(ErrorCode::kUnsupported,
                "there is no model " + request.model + " here: " + std::string(why));
  }
  if (model == nullptr) {
    return fail(ErrorCode::kInvalidArgument,
                "there is no model '" + request.model + "'; known: " + names_of_models());
  }
  Candidate candidate{model, {}};
  for (const Parameter& parameter : model->parameters()) {
    candidate.settings.push_back(parameter.fallback);
  }
  for (const auto& [name, value] : request.parameters) {
    if (auto done = set(candidate.settings, *model, name, value); !done) return fail(done.error());
  }
  return candidate;
}

std::vector<Candidate> yardsticks() {
  return {{find_model("naive"), {}}, {find_model("seasonal_naive"), {}}};
}

std::vector<Candidate> affordable_candidates(std::chrono::microseconds budget, const Task& task,
                                             std::size_t fits) {
  std::vector<Candidate> all;
  double left = std::max(static_cast<double>(budget.count()),
                         kLeastUsPerPoint * real(task.points + task.steps));
  bool full = false;
  for (const Model* model : automatic_models()) {
    const double cost = model->cost_us(task);
    if (cost <= kFreeUs || model->name() == kCalendarModel) {
      all.push_back({model, {}, false});
      continue;
    }
    const bool dear = cost > kDearUs;
    left -= cost * real(dear ? std::min(fits, kDearOrigins + 1) : fits);
    full = full || left < 0;
    if (!full) all.push_back({model, {}, dear});
  }
  return all;
}

}  // namespace headroom::forecast
