#include "aggregator/capacity/forecaster.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace headroom::capacity {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr std::string_view kPrefix = "forecast/";
constexpr std::uint64_t kPruneEvery = 50;
constexpr std::array<milliseconds, 8> kSteps{seconds(1),  seconds(10), minutes(1), minutes(5),
                                             minutes(15), hours(1),    hours(6),   hours(24)};
// Points of a horizon: more than a screen can show, few enough to compute at once.
constexpr std::int64_t kPointsWanted = 1500;
// Fewer steps of history tell nothing: rather a shorter step.
constexpr std::int64_t kHistorySteps = 8;
constexpr milliseconds kShortestHorizon = minutes(10);

// The shortest usual step at which the horizon has a sensible number of points and the history at
// most a few thousand a season: five minutes for days, hours for months.
milliseconds choose_step(milliseconds horizon, milliseconds history) {
  milliseconds least = seconds(10);
  if (history > hours(3)) least = minutes(1);
  if (history > hours(48)) least = minutes(5);
  const auto fits = [&](milliseconds step) {
    return step >= least && horizon / step <= kPointsWanted;
  };
  const auto* chosen = std::find_if(kSteps.begin(), kSteps.end() - 1, fits);
  while (chosen != kSteps.begin() && history / *chosen < kHistorySteps &&
         horizon / *(chosen - 1) <= static_cast<std::int64_t>(kForecastPoints)) {
    --chosen;
  }
  return *chosen;
}

// What the ledger holds steers later forecasts, and scaling with them. Whoever may look may ask for
// a forecast, so one counts only where who asked chose neither model nor parameters, calendar or
// budget.
bool teaches(const ForecastRequest& request) {
  return request.model == forecast::kAutomatic && request.parameters.empty() && !request.calendar &&
         request.budget == forecast::kDefaultBudget && !request.history && !request.step;
}

}  // namespace

milliseconds history_for(milliseconds horizon) {
  constexpr std::int64_t kHorizons = 5;
  if (horizon >= kLongHistory / kHorizons) return kLongHistory;
  return std::max(kForecastHistory, horizon * kHorizons);
}

const forecast::Point& ForecastRecord::peak() const {
  return *std::max_element(
      forecast.points.begin(), forecast.points.end(),
      [](const forecast::Point& a, const forecast::Point& b) { return a.value < b.value; });
}

Result<ForecastRecord> Forecaster::make(const ForecastRequest& request, UnixMs now, bool keep_it) {
  const milliseconds most = history_for(request.horizon.value_or(milliseconds(0)));
  const auto oldest = reader_.oldest(
      request.service, request.resource,
      now - std::min(std::max(most, request.history.value_or(most)), kLongHistory).count(), now);
  if (!oldest) return fail(oldest.error());
  const milliseconds available(*oldest ? now - **oldest : 0);
  const milliseconds wanted = std::min(request.history.value_or(most), available);
  ForecastRecord record;
  record.service = request.service;
  record.resource = request.resource;
  record.created = now;
  record.horizon =
      request.horizon.value_or(std::clamp(available, kShortestHorizon, milliseconds(hours(24))));
  record.step = request.step.value_or(choose_step(record.horizon, wanted));
  if (record.step.count() <= 0 || record.horizon < record.step) {
    return fail(ErrorCode::kInvalidArgument, "the horizon must be at least one step");
  }
  if (record.horizon / record.step > static_cast<std::int64_t>(kForecastPoints)) {
    return fail(ErrorCode::kLimitExceeded,
                "a horizon of more than " + std::to_string(kForecastPoints) +
                    " steps; ask for a longer step or a shorter horizon");
  }
  // Whole steps only: the one that is under way would look like a dip. Always at least one, so that
  // an unknown service is told apart from one without history.
  const UnixMs end = now / record.step.count() * record.step.count();
  const UnixMs start = end - std::max<std::int64_t>(1, wanted / record.step) * record.step.count();
  const auto history = reader_.history(request.service, request.resource, start, end, record.step);
  if (!history) return fail(history.error());
  record.simulated = history->simulated;
  for (auto at = history->capacity.rbegin(); at != history->capacity.rend() && !record.capacity;
       ++at) {
    if (std::isfinite(*at)) record.capacity = *at;
  }
  record.history_points =
      static_cast<std::size_t>(std::count_if(history->demand.begin(), history->demand.end(),
                                             [](double value) { return std::isfinite(value); }));
  if (record.history_points == 0) {
    return fail(ErrorCode::kNotFound, "service '" + request.service + "' has no demand of " +
                                          std::string(to_string(request.resource)) +
                                          " to forecast from yet");
  }
  forecast::Request ask;
  ask.horizon = static_cast<std::size_t>(record.horizon / record.step);
  ask.levels = request.levels;
  ask.lower_bound = 0;
  ask.model = request.model;
  ask.parameters = request.parameters;
  ask.budget = request.budget;
  const auto& calendar = request.calendar ? request.calendar : calendar_;
  ask.calendar = calendar ? &*calendar : nullptr;
  const auto experience = ledger_.experience(request.service, request.resource, record.horizon);
  // A ledger that cannot be read keeps nobody from a forecast; settle() reports it.
  if (experience) ask.experience = &*experience;
  auto made = forecast::forecast({history->demand, history->start, record.step}, ask);
  if (!made) return fail(made.error());
  record.forecast = std::move(*made);
  record.growth = forecast::growth_outlook(
      history->demand, record.forecast.periods.empty() ? 0 : record.forecast.periods.front());
  {
    const std::lock_guard lock(mutex_);
    record.id = "fc-" + std::to_string(now) + "-" + std::to_string(next_++ % 1000);
  }
  if (!keep_it) return record;
  if (auto kept = keep(record); !kept) return fail(kept.error());
  if (teaches(request)) {
    auto put = ledger_.put_down(request.service, request.resource, now, *history, record.forecast);
    if (!put && put.error().code != ErrorCode::kCorruption) return fail(put.error());
  }
  return record;
}

Status Forecaster::keep(const ForecastRecord& record) {
  if (auto put =
          store_.put(store::Table::kState, std::string(kPrefix) + record.id, to_json_text(record));
      !put)
    return put;
  {
    // Looking for the oldest reads them all: seldom, then several go at once.
    const std::lock_guard lock(mutex_);
    if (keeps_++ % kPruneEvery != 0) return {};
  }
  const auto all = store_.list(store::Table::kState, kPrefix);
  if (!all) return fail(all.error());
  for (std::size_t i = 0; i + kForecastsKept < all->size(); ++i) {
    if (auto erased = store_.erase(store::Table::kState, (*all)[i].first); !erased) return erased;
  }
  return {};
}

Result<std::vector<ForecastRecord>> Forecaster::list(const std::string& service,
                                                     std::optional<Resource> resource) const {
  const auto all = store_.list(store::Table::kState, kPrefix);
  if (!all) return fail(all.error());
  std::vector<ForecastRecord> records;
  for (auto at = all->rbegin(); at != all->rend(); ++at) {
    auto record = parse_forecast(at->second);
    if (!record) return fail(record.error().within("stored forecast " + at->first));
    if (!service.empty() && record->service != service) continue;
    if (resource && record->resource != *resource) continue;
    records.push_back(std::move(*record));
  }
  return records;
}

Result<ForecastRecord> Forecaster::get(const std::string& id) const {
  const auto found = store_.get(store::Table::kState, std::string(kPrefix) + id);
  if (!found) return fail(found.error());
  if (!*found)
    return fail(ErrorCode::kNotFound,
                "there is no forecast '" + id + "'; see: GET /api/v1/forecasts");
  return parse_forecast(**found);
}

Result<std::vector<ModelScore>> Forecaster::accuracy_of(const std::string& id, UnixMs now) const {
  const auto record = get(id);
  if (!record) return fail(record.error());
  const auto& points = record->forecast.points;
  const UnixMs first = points.front().time;
  const std::int64_t step = record->step.count();
  const std::size_t period =
      record->forecast.periods.empty() ? 0 : record->forecast.periods.front();
  // Also what the seasonal naive went by.
  const UnixMs from = first - static_cast<std::int64_t>(std::max<std::size_t>(period, 1)) * step;
  const UnixMs to = std::min(points.back().time, now / step * step - step) + step;
  std::vector<ModelScore> scores;
  if (to <= first) return scores;
  const auto truth = reader_.history(record->service, record->resource, from, to, record->step);
  if (!truth) return fail(truth.error());
  const auto before = static_cast<std::size_t>((first - from) / step);
  const std::span<const double> past = std::span(truth->demand).first(before);
  for (std::size_t i = 0; before + i < truth->demand.size() && i < points.size(); ++i) {
    const double value = truth->demand[before + i];
    const double naive = seasonal_naive(past, period, i + 1);
    if (!std::isfinite(value) || !std::isfinite(naive)) continue;
    const milliseconds lead(points[i].time + step - record->created);
    const std::size_t bucket = lead_bucket(lead);
    if (scores.empty() || scores.back().bucket != bucket) {
      scores.push_back({record->forecast.model, bucket, {}});
    }
    add_to(scores.back().score,
           {points[i].time, record->step, lead, record->forecast.model, points[i].value, naive,
            points[i].intervals},
           value);
  }
  return scores;
}

}  // namespace headroom::capacity
