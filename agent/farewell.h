// Tells the aggregator that this host will not come back, with the host's own key: what an agent's
// package says before it is removed.
#pragma once

#include <chrono>

#include <zmq.hpp>

#include "agent/push/link.h"
#include "common/base/result.h"

namespace headroom::agent {

// Waits for the answer. Errors: kUnavailable when there is none in time, also where the aggregator
// does not know the key, or is older than protocol 3.
Status say_farewell(zmq::context_t& context, const LinkOptions& options,
                    std::chrono::milliseconds limit);

}  // namespace headroom::agent
