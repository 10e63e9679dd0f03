// Forecasts of a service's demand: history out of the store, the numerics of forecast/, and the
// result kept so that it can be shown again and held against what happened.
//
// Thread-safe.
#pragma once

#include <chrono>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "aggregator/capacity/demand.h"
#include "aggregator/capacity/ledger.h"
#include "aggregator/forecast/calendar/calendar.h"
#include "aggregator/forecast/forecast.h"
#include "aggregator/forecast/scenario.h"

namespace headroom::capacity {

struct ForecastRequest {
  std::string service;
  Resource resource = Resource::kCpu;
  std::optional<std::chrono::milliseconds>
      horizon;  // default: a day, or as long as the history if that is shorter
  std::optional<std::chrono::milliseconds> step;     // default: chosen from horizon and history
  std::optional<std::chrono::milliseconds> history;  // default: all there is, at most history_for()
  std::vector<double> levels{0.8, 0.95};
  // As in forecast::Request.
  std::string model{forecast::kAutomatic};
  std::vector<std::pair<std::string, double>> parameters{};
  std::chrono::microseconds budget = forecast::kDefaultBudget;
  std::optional<forecast::Calendar> calendar;  // default: the forecaster's own, if it has one
};

inline constexpr std::chrono::milliseconds kForecastHistory{std::chrono::hours(24 * 7 * 12)};
// Of long horizons: a year ahead needs years to learn from, as the longest tier keeps them.
inline constexpr std::chrono::milliseconds kLongHistory{std::chrono::hours(24 * 365 * 5)};
// As much history as a forecast of this horizon reads: kForecastHistory, for long ones five
// horizons up to kLongHistory.
std::chrono::milliseconds history_for(std::chrono::milliseconds horizon);
inline constexpr std::size_t kForecastsKept = 500;      // and up to 50 more between two clean-ups
inline constexpr std::size_t kForecastPoints = 20'000;  // horizon / step at most

struct ForecastRecord {
  std::string id;
  UnixMs created = 0;
  std::string service;
  Resource resource = Resource::kCpu;
  std::chrono::milliseconds horizon{0};
  std::chrono::milliseconds step{0};
  std::size_t history_points = 0;  // with a value
  bool simulated = false;
  std::optional<double> capacity;  // newest known, in the resource's unit
  forecast::Forecast forecast;
  forecast::GrowthOutlook growth;  // of the history; not stored

  const forecast::Point& peak() const;  // the highest point
};

class Forecaster {
 public:
  // `calendar`: of forecasts whose request names none.
  Forecaster(const DemandReader& reader, store::Store& store,
             std::optional<forecast::Calendar> calendar = std::nullopt)
      : reader_(reader), store_(store), calendar_(std::move(calendar)), ledger_(reader, store) {}

  // Makes a forecast from `now` on and, if `keep`, stores it. One that automatic choice made with
  // the defaults is put down in the ledger too; a model, parameters, a calendar or a budget of the
  // request keep it out. Errors: kNotFound, kInvalidArgument,
  // kLimitExceeded.
  Result<ForecastRecord> make(const ForecastRequest& request, UnixMs now, bool keep = true);

  // Stored ones, newest first; empty service: all.
  Result<std::vector<ForecastRecord>> list(const std::string& service,
                                           std::optional<Resource> resource) const;
  Result<ForecastRecord> get(const std::string& id) const;

  // How right such forecasts were.
  Ledger& ledger() { return ledger_; }
  // What became of one stored forecast so far, per kLeads bucket that has points.
  Result<std::vector<ModelScore>> accuracy_of(const std::string& id, UnixMs now) const;

 private:
  Status keep(const ForecastRecord& record);

  const DemandReader& reader_;
  store::Store& store_;
  const std::optional<forecast::Calendar> calendar_;
  Ledger ledger_;
  std::mutex mutex_;
  std::uint64_t next_ = 0;   // guarded by mutex_; tells forecasts of one millisecond apart
  std::uint64_t keeps_ = 0;  // guarded by mutex_; since the start
};

// As stored and as the API gives it.
std::string to_json_text(const ForecastRecord& record);
Result<ForecastRecord> parse_forecast(const std::string& json);

}  // namespace headroom::capacity
