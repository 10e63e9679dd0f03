// What the operations speak for: references to the rooms, and one function per room that adds its
// operations.
#pragma once

#include <atomic>
#include <string>

#include "aggregator/api/operation.h"
#include "aggregator/capacity/demand.h"
#include "aggregator/capacity/forecaster.h"
#include "aggregator/capacity/monitor.h"
#include "aggregator/ingest/agents.h"
#include "aggregator/scaling/evaluator.h"
#include "aggregator/store/store.h"

namespace headroom::api {

struct Rooms {
  const Clock& clock;
  store::Store& store;
  const ingest::AgentDirectory& agents;
  const capacity::DemandReader& demand;
  capacity::Monitor& monitor;
  capacity::Forecaster& forecaster;
  scaling::Evaluator& evaluator;
  std::string version;
  UnixMs started = 0;
  const std::atomic<bool>& ready;
};

void add_system_operations(Operations& operations, const Rooms& rooms);
void add_metric_operations(Operations& operations, const Rooms& rooms);
void add_capacity_operations(Operations& operations, const Rooms& rooms);
void add_forecast_operations(Operations& operations, const Rooms& rooms);
void add_scaling_operations(Operations& operations, const Rooms& rooms);

// Every agent that is known, also those that have not come back since the aggregator started.
Json agents_json(const Rooms& rooms, UnixMs now);

}  // namespace headroom::api
