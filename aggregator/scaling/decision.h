// The decision: a pure function from a rule and what is known to an action with a reason that a
// person understands.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "aggregator/scaling/rule.h"
#include "common/base/clock.h"

namespace headroom::scaling {

enum class Direction { kNoAction, kScaleOut, kScaleIn };
std::string_view to_string(Direction direction);

// What is known of the rule's service and resource now.
struct Situation {
  UnixMs now = 0;
  std::size_t instances = 0;       // live hosts of the service
  std::size_t silent = 0;          // hosts that should report and do not; they count as instances
  double demand = 0;               // of the live ones, in the resource's unit
  std::optional<double> capacity;  // of the live ones
  std::optional<UnixMs> last_scale_out;  // when the rule last acted or proposed to
  std::optional<UnixMs> last_scale_in;
};

struct Decision {
  Direction direction = Direction::kNoAction;
  Direction held = Direction::kNoAction;  // what a cooldown or missing data holds back
  std::int64_t from_value = 0;            // instances
  std::int64_t to_value = 0;
  std::optional<double> utilization;  // of the live instances
  std::string reason;                 // one sentence
  std::vector<std::string> limits;    // every limit that clipped the answer
  UnixMs time = 0;
};

// Never outside the rule's bounds; never a scale-in on missing or stale data, nor within the
// cooldown.
Decision decide(const Rule& rule, const Situation& situation);

}  // namespace headroom::scaling
