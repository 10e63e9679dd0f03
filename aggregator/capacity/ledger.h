// The accuracy ledger: what forecasts said, held against what happened. Of every forecast that is
// made a few points are put down, at leads from minutes to a year; when their time has come they
// are scored, per model and lead, and what is learnt goes back into the next forecasts.
//
// A service's resource is one entry of the store's kState ("accuracy/SERVICE/RESOURCE"): points
// that wait and sums of those that were scored are written together, so after a crash a point is
// counted once or still waits. Thread-safe.
#pragma once

#include <array>
#include <chrono>
#include <mutex>
#include <span>
#include <string>
#include <vector>

#include "aggregator/capacity/demand.h"
#include "aggregator/forecast/forecast.h"

namespace headroom::capacity {

// How far ahead a point was forecast: up to one of these lengths. The last holds all beyond.
inline constexpr std::array<std::chrono::milliseconds, 6> kLeads{
    std::chrono::hours(1),      std::chrono::hours(6),       std::chrono::hours(24),
    std::chrono::hours(24 * 7), std::chrono::hours(24 * 30), std::chrono::hours(24 * 366)};
std::size_t lead_bucket(std::chrono::milliseconds lead);

// Sums over points. Older points count less: the sums are worth kRemembered points at most.
struct Score {
  struct Level {
    double level = 0.95;
    double points = 0;
    double below = 0;  // points whose truth was under the interval
    double above = 0;
  };
  std::uint64_t counted = 0;  // points in all, each once
  double points = 0;          // what they are worth
  double absolute = 0;        // sum of |truth - forecast|
  double signed_sum = 0;      // of truth - forecast: above 0 where forecasts were too low
  double naive = 0;           // of |truth - seasonal naive|
  std::vector<Level> levels;  // ascending; the first kLevelsScored that came

  double mae() const { return points > 0 ? absolute / points : 0; }
  double bias() const { return points > 0 ? signed_sum / points : 0; }
  // Of the seasonal naive's error; 1 where that made none.
  double relative() const { return naive > 0 ? absolute / naive : 1; }
};

struct ForecastPoint {
  UnixMs time = 0;
  std::chrono::milliseconds step{0};
  std::chrono::milliseconds lead{0};
  std::string model;
  double value = 0;
  double naive = 0;                           // what the seasonal naive said
  std::vector<forecast::Interval> intervals;  // in the ledger: without calibration
};

// Adds one point to the sums; a level beyond kLevelsScored is left out. Pure. `truth` is finite.
void add_to(Score& score, const ForecastPoint& point, double truth);

struct ModelScore {
  std::string model;
  std::size_t bucket = 0;  // of kLeads
  Score score;
};

struct Accuracy {
  std::string service;
  Resource resource = Resource::kCpu;
  std::vector<ModelScore> scores;  // by model, then bucket
  std::size_t waiting = 0;
};

inline constexpr double kRemembered = 1000;
inline constexpr std::size_t kWaitingMost = 1000;  // points of one service's resource
inline constexpr std::size_t kModelsScored = 50;   // per service's resource
inline constexpr std::size_t kLevelsScored = 16;   // per score; as many as one request may name
inline constexpr std::size_t kLedgerEntries = 5000;
// An entry with nothing waiting that nothing was put down in for so long makes room for others.
inline constexpr std::chrono::milliseconds kLedgerForgets{std::chrono::hours(24 * 90)};

class Ledger {
 public:
  Ledger(const DemandReader& reader, store::Store& store) : reader_(reader), store_(store) {}

  // Puts points of a new forecast down. `history` is what it was made from, `period` the season in
  // steps or 0. A lead is put down again only after a tenth of it has passed, so a point stands for
  // its forecast and few wait; a point that already waits for its truth in the same bucket is not
  // put down twice. Beyond a limit nothing is put down. An entry that cannot be read begins afresh.
  Status put_down(const std::string& service, Resource resource, UnixMs now,
                  const DemandHistory& history, const forecast::Forecast& forecast);

  // Scores every point whose step is over; one without a truth an hour later is given up. Erases
  // entries after kLedgerForgets.
  Status settle(UnixMs now);

  // Of one service's resource, or of all; an empty service and no resource are all. Entries that
  // cannot be read are left out.
  Result<std::vector<Accuracy>> accuracy(const std::string& service,
                                         std::optional<Resource> resource) const;
  // What forecasts up to `horizon` have taught; empty where nothing was scored.
  Result<forecast::Experience> experience(const std::string& service, Resource resource,
                                          std::chrono::milliseconds horizon) const;

 private:
  struct Entry;
  static std::string text_of(const Entry& entry);
  static Result<Entry> entry_of(const std::string& key, const std::string& text);
  static bool waits(const Entry& entry, const ForecastPoint& point);
  Result<Entry> load(const std::string& key) const;
  Status settle_entry(const std::string& key, Entry entry, UnixMs now);
  // Whether any point was scored or given up.
  Result<bool> score_due(Entry& entry, UnixMs now) const;

  const DemandReader& reader_;
  store::Store& store_;
  mutable std::mutex mutex_;  // one change of entries at a time
};

// The seasonal naive's word for `ahead` steps (from 1) after the end of the values: the newest
// known value at the same place of the season, without one the newest known; NaN where none is
// known.
double seasonal_naive(std::span<const double> values, std::size_t period, std::size_t ahead);

}  // namespace headroom::capacity
