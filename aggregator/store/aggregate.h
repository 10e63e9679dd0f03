// Samples over time, one value per window of a step. Pure functions.
#pragma once

#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "common/model/series.h"

namespace headroom::store {

enum class Aggregate { kAvg, kMin, kMax, kSum, kCount, kLast, kRate, kIncrease, kQuantile };

std::optional<Aggregate> parse_aggregate(std::string_view name);
std::string_view to_string(Aggregate how);

// What is asked of a series of this kind if nothing else is: average of a gauge, rate of a counter.
constexpr Aggregate usual_aggregate(Kind kind) {
  return kind == Kind::kCounter ? Aggregate::kRate : Aggregate::kAvg;
}

// One sample per window [from + k·step, from + (k+1)·step) that has any, stamped with the window's
// start. `samples` are sorted by time. kIncrease: growth of a counter over the window; a value
// below the one before it is a reset, and counts from zero. The growth into a window's first sample
// is told from the sample before the window, if there is one. kRate: that per second of the time it
// took. kQuantile: linear between the closest ranks, as R's type 7.
std::vector<Sample> aggregate(std::span<const Sample> samples, UnixMs from, std::int64_t step_ms,
                              Aggregate how, double quantile = 0.5);

}  // namespace headroom::store
