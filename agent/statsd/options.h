// What the StatsD listener is told by the configuration.
#pragma once

#include <string>
#include <vector>

#include "common/base/result.h"
#include "common/model/resource.h"

namespace headroom::agent::statsd {

// A metric whose sum over all its tags is the demand of a resource of planning.
struct ResourceRule {
  std::string metric;
  Resource resource = Resource::kQueueDepth;
  double capacity = 0;  // 0: unknown
};

struct Options {
  std::string socket;  // path of the Unix datagram socket; empty: none
  std::string udp;     // ADDRESS:PORT on the loopback; empty: none
  std::vector<ResourceRule> resources;
};

// "QUEUE_DEPTH", "API_CALLS" or either with a capacity, such as "API_CALLS/500".
Result<ResourceRule> parse_resource_rule(std::string metric, const std::string& text);

}  // namespace headroom::agent::statsd
