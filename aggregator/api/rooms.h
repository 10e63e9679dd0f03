// What the operations speak for: references to the rooms, and one function per room that adds its
// operations.
#pragma once

#include <atomic>
#include <span>
#include <string>
#include <vector>

#include "aggregator/api/operation.h"
#include "aggregator/api/verify_job.h"
#include "aggregator/capacity/calendars.h"
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
  VerifyJob& verify;
  std::string backup_path;
  capacity::Calendars& calendars;
};

void add_system_operations(Operations& operations, const Rooms& rooms);
void add_metric_operations(Operations& operations, const Rooms& rooms);
void add_query_range_operation(Operations& operations, const Rooms& rooms);
void add_store_operations(Operations& operations, const Rooms& rooms);
void add_capacity_operations(Operations& operations, const Rooms& rooms);
void add_forecast_operations(Operations& operations, const Rooms& rooms);
void add_scenario_operations(Operations& operations, const Rooms& rooms);
void add_calendar_operations(Operations& operations, const Rooms& rooms);
void add_scaling_operations(Operations& operations, const Rooms& rooms);

// Every agent that is known, also those that have not come back since the aggregator started.
Json agents_json(const Rooms& rooms, UnixMs now);

// "open", "cannot write: …" or "read-only: …".
std::string state_of(const Rooms& rooms, const store::StoreStats& stats);

inline constexpr std::size_t kSeriesRead = 100'000;  // series that one question may read

// The series that the parameter `match` selects and `since` (see Store::select) lets through. At
// most kSeriesRead.
Result<std::vector<store::SeriesInfo>> matching_series(const Rooms& rooms, const Call& call,
                                                       UnixMs since);
std::vector<store::SeriesId> ids_of(std::span<const store::SeriesInfo> series);

}  // namespace headroom::api
