// Samples over time, one value per window of a step. Pure functions.
#pragma once

#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "common/model/series.h"

namespace headroom::store {

enum class Aggregate { kAvg, kMin, kMax, kSum, kCount, kLast, kRate };

std::optional<Aggregate> parse_aggregate(std::string_view name);

// One sample per window [from + k·step, from + (k+1)·step) that has any, stamped with the window's
// start. `samples` are sorted by time. kRate: increase per second of a counter; a value below the
// one before it is a reset, and counts from zero. The increase into a window's first sample is told
// from the sample before the window, if there is one.
std::vector<Sample> aggregate(std::span<const Sample> samples, UnixMs from, std::int64_t step_ms,
                              Aggregate how);

}  // namespace headroom::store
