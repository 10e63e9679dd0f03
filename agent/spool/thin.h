// Makes a spooled segment small: one value per minute instead of all of them.
#pragma once

#include <cstdint>
#include <vector>

#include "agent/push/backlog.h"

namespace headroom::agent {

inline constexpr UnixMs kThinnedStepMs = 60'000;

struct Thinned {
  std::vector<Backlog::Item> items;  // the same sequences, first to last
  std::uint64_t samples_removed = 0;
};

// Consecutive batches of one layout become at most two: a gauge's mean over each minute of the
// clock, a counter's first value in it, stamped with the time of the first grid point that went
// into it. What is left of a minute whose beginning is not here is stamped by itself, so no stamp
// comes twice. In front of them stands a gap (reason kThinned) with the sequences that are no more
// and the number of samples that went. Batches that do not get smaller, or cannot be decoded, and
// gaps stay as they are.
Thinned thin(std::vector<Backlog::Item> items);

}  // namespace headroom::agent
