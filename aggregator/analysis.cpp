#include "aggregator/analysis.h"

#include <algorithm>
#include <cmath>

#include <asio/post.hpp>

#include "common/base/text.h"
#include "common/log/log.h"
#include "common/service/service.h"

namespace headroom::aggregator {
namespace {

constexpr auto kFirstForecast = std::chrono::milliseconds(5'000);
constexpr double kOutlookLevel = 0.8;  // two-sided: its upper bound is the P90
constexpr double kDemandQuantile = 0.99;
constexpr auto kLookbackStep = std::chrono::milliseconds(300'000);
constexpr auto kShortestLookback =
    std::chrono::hours(24);  // with less a service is not called over-provisioned

// Nearest-rank quantile of the finite values; nothing where there is none.
std::optional<double> quantile(std::vector<double> values, double share) {
  std::erase_if(values, [](double value) { return !std::isfinite(value); });
  if (values.empty()) return std::nullopt;
  const auto rank =
      static_cast<std::size_t>(std::ceil(share * static_cast<double>(values.size()))) - 1;
  std::nth_element(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(rank),
                   values.end());
  return values[rank];
}

}  // namespace

Analysis::Analysis(const Clock& clock, const capacity::DemandReader& demand,
                   capacity::Monitor& monitor, capacity::Forecaster& forecaster,
                   scaling::Evaluator& evaluator, Config config)
    : clock_(clock),
      demand_(demand),
      monitor_(monitor),
      forecaster_(forecaster),
      evaluator_(evaluator),
      config_(std::move(config)),
      loop_(1),
      work_(loop_.get_executor()),
      rules_timer_(loop_),
      forecast_timer_(loop_) {}

void Analysis::start() {
  const service::SignalsBlocked blocked;
  arm_rules();
  arm_forecasts(kFirstForecast);
  thread_ = std::thread([this] { loop_.run(); });
}

Analysis::~Analysis() {
  loop_.stop();
  if (thread_.joinable()) thread_.join();
}

void Analysis::reload(const Config& config) {
  asio::post(loop_, [this, config] { config_ = config; });
}

void Analysis::arm_rules() {
  rules_timer_.expires_after(std::chrono::seconds(config_.check_interval_seconds));
  rules_timer_.async_wait([this](const asio::error_code& error) {
    if (error) return;
    if (config_.scaling_enabled) evaluate_rules();
    arm_rules();
  });
}

void Analysis::arm_forecasts(std::chrono::milliseconds wait) {
  forecast_timer_.expires_after(wait);
  forecast_timer_.async_wait([this](const asio::error_code& error) {
    if (error) return;
    if (config_.forecast_enabled) refresh_forecasts();
    arm_forecasts(config_.forecast_refresh);
  });
}

void Analysis::evaluate_rules() {
  const UnixMs now = clock_.unix_ms();
  const Status done = evaluator_.evaluate(now);
  std::string failure = done ? std::string() : done.error().message;
  if (!done && failure != logged_failure_) log::error("rules: {}", failure);
  logged_failure_ = std::move(failure);
  const auto used = monitor_.utilization(now, {});
  if (!used) return;
  for (const capacity::Utilization& one : *used) {
    capacity::Health& before =
        logged_health_[one.service + "/" + std::string(to_string(one.resource))];
    if (one.health == before) continue;
    const bool first =
        before == capacity::Health::kUnknown && one.health == capacity::Health::kHealthy;
    before = one.health;
    if (!first)
      log::info("{} of {} is {}: {}", to_string(one.resource), one.service, to_string(one.health),
                one.reason);
  }
}

void Analysis::refresh_forecasts() {
  if (auto settled = forecaster_.ledger().settle(clock_.unix_ms()); !settled)
    log::warn("accuracy of forecasts: {}", settled.error().message);
  auto used = monitor_.utilization(clock_.unix_ms(), {});
  if (!used) return log::error("forecasts: {}", used.error().message);
  to_refresh_ = std::move(*used);
  refresh_next();
}

// One forecast a turn of the loop: rules never wait for all of them.
void Analysis::refresh_next() {
  if (to_refresh_.empty()) return;
  const capacity::Utilization one = std::move(to_refresh_.back());
  to_refresh_.pop_back();
  if (one.capacity) {
    if (auto done = refresh_outlook(one, clock_.unix_ms()); !done) {
      log::warn("forecast of {} of {}: {}", to_string(one.resource), one.service,
                done.error().message);
    }
  }
  asio::post(loop_, [this] { refresh_next(); });
}

Status Analysis::refresh_outlook(const capacity::Utilization& used, UnixMs now) {
  const auto oldest =
      demand_.oldest(used.service, used.resource, now - capacity::kForecastHistory.count(), now);
  if (!oldest) return fail(oldest.error());
  // Within the lead time there must be something to go by: as much history as the forecast looks
  // ahead.
  if (!*oldest || now - **oldest < config_.lead_time.count()) return {};
  capacity::ForecastRequest request;
  request.service = used.service;
  request.resource = used.resource;
  request.levels = {kOutlookLevel, 0.95};
  const std::chrono::milliseconds horizon = std::chrono::hours(config_.forecast_horizon_hours);
  request.horizon =
      std::min(horizon, std::max(config_.lead_time, std::chrono::milliseconds(now - **oldest)));
  const auto record = forecaster_.make(request, now);
  if (!record) return fail(record.error());
  capacity::Outlook outlook;
  outlook.capacity = *used.capacity;
  outlook.instances = static_cast<unsigned>(std::max<std::size_t>(1, used.hosts_reporting));
  outlook.lead_time = format_duration(config_.lead_time);
  for (const forecast::Point& point : record->forecast.points) {
    if (point.time > now + config_.lead_time.count()) break;
    outlook.peak_p90 = std::max(outlook.peak_p90.value_or(0), point.intervals.front().upper);
  }
  if (now - **oldest >= std::chrono::milliseconds(kShortestLookback).count()) {
    const UnixMs from = std::max(**oldest, now - config_.lookback.count());
    const auto past = demand_.history(used.service, used.resource, from, now, kLookbackStep);
    if (!past) return fail(past.error());
    outlook.demand_p99 = quantile(past->demand, kDemandQuantile);
  }
  monitor_.set_outlook(used.service, used.resource, std::move(outlook));
  return {};
}

}  // namespace headroom::aggregator
