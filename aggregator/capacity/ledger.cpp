#include "aggregator/capacity/ledger.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>

#include "aggregator/capacity/ledger_entry.h"
#include "aggregator/forecast/calibration.h"

namespace headroom::capacity {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;

constexpr std::string_view kPrefix = "accuracy/";
constexpr std::int64_t kAgain = 10;          // a lead is put down again after this part of it
constexpr milliseconds kLate = minutes(1);   // for the step's samples to arrive
constexpr milliseconds kGivenUp = hours(1);  // after which there will be no truth
constexpr double kLeastDemand = 0;           // at which forecasts are cut
constexpr std::size_t kStepsRead = 100'000;  // of truth at once
// Several leads a bucket, so that each is seen in whole.
constexpr std::array<milliseconds, 14> kPlan{
    minutes(5),     minutes(20),    minutes(60),    hours(3),       hours(6),
    hours(12),      hours(24),      hours(48),      hours(24 * 4),  hours(24 * 7),
    hours(24 * 14), hours(24 * 30), hours(24 * 90), hours(24 * 365)};

std::string key_of(const std::string& service, Resource resource) {
  return std::string(kPrefix) + service + "/" + std::string(to_string(resource));
}

// Null where there are as many others as a score may hold.
Score::Level* level_at(Score& score, double level) {
  const auto at =
      std::lower_bound(score.levels.begin(), score.levels.end(), level - 1e-9,
                       [](const Score::Level& one, double wanted) { return one.level < wanted; });
  if (at != score.levels.end() && std::abs(at->level - level) < 1e-9) return &*at;
  if (score.levels.size() >= kLevelsScored) return nullptr;
  return &*score.levels.insert(at, {level, 0, 0, 0});
}

Score* score_at(std::vector<ModelScore>& scores, const std::string& model, std::size_t bucket) {
  const auto at = std::lower_bound(scores.begin(), scores.end(), std::pair(model, bucket),
                                   [](const ModelScore& one, const auto& wanted) {
                                     return std::pair(one.model, one.bucket) < wanted;
                                   });
  if (at != scores.end() && at->model == model && at->bucket == bucket) return &at->score;
  if (scores.size() >= kModelsScored * kLeads.size()) return nullptr;
  return &scores.insert(at, {model, bucket, {}})->score;
}

}  // namespace

std::size_t lead_bucket(milliseconds lead) {
  const auto* const at = std::lower_bound(kLeads.begin(), kLeads.end() - 1, lead);
  return static_cast<std::size_t>(at - kLeads.begin());
}

void add_to(Score& score, const ForecastPoint& point, double truth) {
  const double kept = 1 - 1 / kRemembered;
  for (double* sum : {&score.points, &score.absolute, &score.signed_sum, &score.naive}) {
    *sum *= kept;
  }
  score.counted += 1;
  score.points += 1;
  score.absolute += std::abs(truth - point.value);
  score.signed_sum += truth - point.value;
  score.naive += std::abs(truth - point.naive);
  for (const forecast::Interval& interval : point.intervals) {
    Score::Level* level = level_at(score, interval.level);
    if (level == nullptr) continue;
    for (double* sum : {&level->points, &level->below, &level->above}) *sum *= kept;
    level->points += 1;
    level->below += truth < interval.lower ? 1 : 0;
    level->above += truth > interval.upper ? 1 : 0;
  }
}

double seasonal_naive(std::span<const double> values, std::size_t period, std::size_t ahead) {
  if (period > 0 && ahead > 0) {
    const std::size_t back = period - (ahead - 1) % period;
    for (std::size_t from_end = back; from_end <= values.size(); from_end += period) {
      const double value = values[values.size() - from_end];
      if (std::isfinite(value)) return value;
    }
  }
  const auto known = std::find_if(values.rbegin(), values.rend(),
                                  [](double value) { return std::isfinite(value); });
  return known == values.rend() ? std::numeric_limits<double>::quiet_NaN() : *known;
}

// A point of the same truth, model and bucket says nothing new: several leads can lie within one
// step, and forecasts made within one step have the same history.
bool Ledger::waits(const Entry& entry, const ForecastPoint& point) {
  return std::any_of(entry.waiting.begin(), entry.waiting.end(), [&](const ForecastPoint& one) {
    return one.time == point.time && one.step == point.step && one.model == point.model &&
           lead_bucket(one.lead) == lead_bucket(point.lead);
  });
}

Result<Ledger::Entry> Ledger::load(const std::string& key) const {
  const auto found = store_.get(store::Table::kState, key);
  if (!found) return fail(found.error());
  if (!*found) return Entry{};
  return entry_of(key, **found);
}

Status Ledger::put_down(const std::string& service, Resource resource, UnixMs now,
                        const DemandHistory& history, const forecast::Forecast& forecast) {
  const std::lock_guard lock(mutex_);
  const std::string key = key_of(service, resource);
  const auto found = store_.get(store::Table::kState, key);
  if (!found) return fail(found.error());
  // What cannot be read can teach nothing any more: it gives way to a fresh entry.
  auto entry = *found ? entry_of(key, **found) : Entry{};
  if (!entry) entry = Entry{};
  if (entry->service.empty()) {
    const auto all = store_.list(store::Table::kState, kPrefix);
    if (!all) return fail(all.error());
    if (!*found && all->size() >= kLedgerEntries) return {};
    entry->service = service;
    entry->resource = resource;
  }
  entry->put_down.resize(kPlan.size(), 0);
  const std::size_t period = forecast.periods.empty() ? 0 : forecast.periods.front();
  bool changed = false;
  for (std::size_t i = 0; i < kPlan.size() && entry->waiting.size() < kWaitingMost; ++i) {
    if (now - entry->put_down[i] < kPlan[i].count() / kAgain) continue;
    // The step within which the lead lies.
    const auto at = std::find_if(
        forecast.points.rbegin(), forecast.points.rend(),
        [&](const forecast::Point& point) { return point.time <= now + kPlan[i].count(); });
    if (at == forecast.points.rend()) continue;
    if (at == forecast.points.rbegin() &&
        at->time + history.step.count() <= now + kPlan[i].count()) {
      break;  // beyond the horizon
    }
    const auto ahead = static_cast<std::size_t>(forecast.points.rend() - at);
    const double naive = seasonal_naive(history.demand, period, ahead);
    if (!std::isfinite(naive)) break;
    // What is learnt is about the intervals before calibration, which is worked out from it anew.
    ForecastPoint point{at->time,
                        history.step,
                        kPlan[i],
                        forecast.model,
                        at->value,
                        naive,
                        forecast::uncalibrated(*at, forecast.calibration, kLeastDemand)};
    if (waits(*entry, point)) continue;
    entry->put_down[i] = now;
    entry->waiting.push_back(std::move(point));
    changed = true;
  }
  if (!changed) return {};
  entry->last_put = now;
  return store_.put(store::Table::kState, key, text_of(*entry));
}

Status Ledger::settle(UnixMs now) {
  const std::lock_guard lock(mutex_);
  const auto all = store_.list(store::Table::kState, kPrefix);
  if (!all) return fail(all.error());
  Status first;
  for (const auto& [key, text] : *all) {
    auto entry = entry_of(key, text);
    const Status done = entry ? settle_entry(key, std::move(*entry), now) : fail(entry.error());
    // One entry that cannot be read keeps no other from its scores.
    if (!done && first) first = done;
  }
  return first;
}

Status Ledger::settle_entry(const std::string& key, Entry entry, UnixMs now) {
  const auto scored = score_due(entry, now);
  if (!scored) return fail(scored.error());
  const bool undated = entry.last_put == 0;
  if (undated) entry.last_put = now;
  if (entry.waiting.empty() && now - entry.last_put >= kLedgerForgets.count()) {
    return store_.erase(store::Table::kState, key);
  }
  if (!*scored && !undated) return {};
  return store_.put(store::Table::kState, key, text_of(entry));
}

Result<bool> Ledger::score_due(Entry& entry, UnixMs now) const {
  const auto due = [&](const ForecastPoint& point) {
    return point.time + (point.step + kLate).count() <= now;
  };
  std::map<std::int64_t, std::vector<const ForecastPoint*>> by_step;
  for (const ForecastPoint& point : entry.waiting) {
    if (due(point)) by_step[point.step.count()].push_back(&point);
  }
  if (by_step.empty()) return false;
  std::map<const ForecastPoint*, double> truths;
  for (auto& [step, points] : by_step) {
    std::sort(points.begin(), points.end(),
              [](const auto* a, const auto* b) { return a->time < b->time; });
    for (std::size_t begin = 0; begin < points.size();) {
      // What lies close together is read at once.
      std::size_t end = begin + 1;
      const UnixMs from = points[begin]->time;
      while (end < points.size() &&
             (points[end]->time - from) / step < static_cast<std::int64_t>(kStepsRead)) {
        ++end;
      }
      const UnixMs to = points[end - 1]->time + step;
      const auto truth =
          reader_.history(entry.service, entry.resource, from, to, milliseconds(step));
      // A service that is gone has no truth any more.
      if (!truth && truth.error().code != ErrorCode::kNotFound) return fail(truth.error());
      for (; begin < end; ++begin) {
        const auto slot = static_cast<std::size_t>((points[begin]->time - from) / step);
        if (truth && slot < truth->demand.size() && std::isfinite(truth->demand[slot])) {
          truths[points[begin]] = truth->demand[slot];
        }
      }
    }
  }
  std::vector<ForecastPoint> waiting;
  for (const ForecastPoint& point : entry.waiting) {
    const auto truth = truths.find(&point);
    if (truth != truths.end()) {
      Score* score = score_at(entry.scores, point.model, lead_bucket(point.lead));
      if (score != nullptr) add_to(*score, point, truth->second);
    } else if (point.time + (point.step + kGivenUp).count() > now) {
      waiting.push_back(point);
    }
  }
  const bool changed = waiting.size() != entry.waiting.size();
  entry.waiting = std::move(waiting);
  return changed;
}

Result<std::vector<Accuracy>> Ledger::accuracy(const std::string& service,
                                               std::optional<Resource> resource) const {
  const auto all = store_.list(store::Table::kState, kPrefix);
  if (!all) return fail(all.error());
  std::vector<Accuracy> result;
  for (const auto& [key, text] : *all) {
    auto entry = entry_of(key, text);
    // One that cannot be read hides no other; settle() reports it.
    if (!entry) continue;
    if (!service.empty() && entry->service != service) continue;
    if (resource && entry->resource != *resource) continue;
    result.push_back(
        {entry->service, entry->resource, std::move(entry->scores), entry->waiting.size()});
  }
  return result;
}

Result<forecast::Experience> Ledger::experience(const std::string& service, Resource resource,
                                                milliseconds horizon) const {
  const auto entry = load(key_of(service, resource));
  if (!entry) return fail(entry.error());
  std::map<std::string, Score> models;
  Score levels;
  for (const ModelScore& one : entry->scores) {
    if (one.bucket > lead_bucket(horizon) || !(one.score.points > 0)) continue;
    Score& model = models[one.model];
    model.points += one.score.points;
    model.absolute += one.score.absolute;
    model.naive += one.score.naive;
    for (const Score::Level& level : one.score.levels) {
      Score::Level* sum = level_at(levels, level.level);
      if (sum == nullptr) continue;
      sum->points += level.points;
      sum->below += level.below;
      sum->above += level.above;
    }
  }
  forecast::Experience experience;
  for (const auto& [name, score] : models) {
    experience.models.push_back({name, score.relative(), score.points});
  }
  for (const Score::Level& level : levels.levels) {
    experience.levels.push_back(
        {level.level, level.below / level.points, level.above / level.points, level.points});
  }
  return experience;
}

}  // namespace headroom::capacity
