// How often a collector does its expensive part, in time and not in grid points: a look every ten
// seconds stays one whatever the sampling interval is.
#pragma once

#include <algorithm>
#include <chrono>

#include "agent/collectors/collector.h"

namespace headroom::agent {

class Cadence {
 public:
  // `first` delays the first time, so that several expensive looks do not fall on one grid point.
  explicit constexpr Cadence(std::chrono::nanoseconds period, std::chrono::nanoseconds first = {})
      : period_(period), left_(first) {}

  // Once per grid point. True at the first one (after `first`), and then whenever the period is
  // over. What passed while the host was suspended makes it due once, not several times.
  bool due(const Tick& tick) {
    left_ -= tick.elapsed;
    if (left_ > std::chrono::nanoseconds(0)) return false;
    // Half an interval early is nearer to the period than a whole interval late.
    left_ = period_ - std::min(tick.elapsed, period_) / 2;
    return true;
  }

 private:
  std::chrono::nanoseconds period_;
  std::chrono::nanoseconds left_;
};

}  // namespace headroom::agent
