// What the accuracy ledger keeps of one service's resource, and how it is stored.
#pragma once

#include "aggregator/capacity/ledger.h"

namespace headroom::capacity {

struct Ledger::Entry {
  std::string service;
  Resource resource = Resource::kCpu;
  std::vector<ForecastPoint> waiting;
  std::vector<UnixMs> put_down;  // when each lead of the plan last was; 0: never
  UnixMs last_put = 0;           // when any last was; 0: not known, in entries of older versions
  std::vector<ModelScore> scores;
};

}  // namespace headroom::capacity
