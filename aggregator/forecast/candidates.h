// Who takes part in the race for a series: a model with its settings.
#pragma once

#include <chrono>
#include <vector>

#include "aggregator/forecast/forecast.h"
#include "aggregator/forecast/model.h"

namespace headroom::forecast {

struct Candidate {
  const Model* model = nullptr;
  std::vector<double> settings;  // empty: all defaults
};

// The one that the request names, with its parameters. Errors: kInvalidArgument with the names that
// are known.
Result<Candidate> named_candidate(const Request& request);

// The yardsticks that every forecast is held against.
std::vector<Candidate> yardsticks();

// All models in the registry's order as long as the sum of what they say they cost stays within the
// budget; a model that is too dear is passed over and cheaper ones behind it still get their turn.
// `fits`: how often each would be fitted.
std::vector<Candidate> affordable_candidates(std::chrono::microseconds budget, const Task& task,
                                             std::size_t fits);

}  // namespace headroom::forecast
