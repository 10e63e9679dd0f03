// Who takes part in the race for a series: a model with its settings.
#pragma once

#include <chrono>
#include <string_view>
#include <vector>

#include "aggregator/forecast/forecast.h"
#include "aggregator/forecast/model.h"

namespace headroom::forecast {

struct Candidate {
  const Model* model = nullptr;
  std::vector<double> settings{};  // empty: all defaults
  bool dear = false;               // fitted at kDearOrigins only
};

// Where a fit costs more than this, three look-backs have to do.
inline constexpr double kDearUs = 150;
inline constexpr std::size_t kDearOrigins = 3;

// The one that the request names, with its parameters. Errors: kInvalidArgument with the names that
// are known.
Result<Candidate> named_candidate(const Request& request);

// The yardsticks that every forecast is held against.
std::vector<Candidate> yardsticks();

// The calendar's own model: with a calendar it always takes part, at every look-back.
inline constexpr std::string_view kCalendarModel = "session_profile";

// All automatic_models() in their order until the sum of what they say they cost would pass the
// budget: so a larger budget tries all that a smaller one does. Whatever the budget is, 2 µs per
// point of history and horizon may be spent, and the cheapest models are free. `fits`: how often
// each that is not dear would be fitted.
std::vector<Candidate> affordable_candidates(std::chrono::microseconds budget, const Task& task,
                                             std::size_t fits);

}  // namespace headroom::forecast
