#include "aggregator/capacity/status.h"

#include <array>
#include <cstdio>

namespace headroom::capacity {
namespace {

std::string percent(double ratio) {
  std::array<char, 32> text{};
  const int size = std::snprintf(
      text.data(), text.size(),
      ratio * 100 == static_cast<int>(ratio * 100) ? "%.0f %%" : "%.1f %%", ratio * 100);
  return {text.data(), static_cast<std::size_t>(size)};
}

Judgement judge_outlook(const Outlook& outlook, const Thresholds& thresholds) {
  const double room = thresholds.target * outlook.capacity;
  if (outlook.capacity <= 0) return {Health::kHealthy, ""};
  if (outlook.peak_p90 && *outlook.peak_p90 > room) {
    return {Health::kUnderProvisioned, "the forecast's P90 reaches " +
                                           percent(*outlook.peak_p90 / outlook.capacity) +
                                           " of capacity within " + outlook.lead_time +
                                           ", above the target of " + percent(thresholds.target)};
  }
  const auto share = share_with_one_less(outlook);
  if (outlook.speaks_for_service && share && *share <= thresholds.target) {
    return {Health::kOverProvisioned, "P99 of demand would be " + percent(*share) +
                                          " with one instance less, within the target of " +
                                          percent(thresholds.target)};
  }
  return {Health::kHealthy, ""};
}

std::string use_reason(double utilization, Health health, const Thresholds& thresholds) {
  const std::string used = percent(utilization) + " of capacity, ";
  switch (health) {
    case Health::kCritical:
      return used + (utilization >= thresholds.critical ? "at or above " : "was at or above ") +
             percent(thresholds.critical);
    case Health::kWarning:
      return used + (utilization >= thresholds.warning ? "at or above " : "was at or above ") +
             percent(thresholds.warning);
    default:
      return used + "below " + percent(thresholds.warning);
  }
}

}  // namespace

std::string_view to_string(Health health) {
  switch (health) {
    case Health::kUnknown:
      return "UNKNOWN";
    case Health::kHealthy:
      return "HEALTHY";
    case Health::kOverProvisioned:
      return "OVER_PROVISIONED";
    case Health::kUnderProvisioned:
      return "UNDER_PROVISIONED";
    case Health::kWarning:
      return "WARNING";
    case Health::kCritical:
      return "CRITICAL";
  }
  return "UNKNOWN";
}

std::optional<double> share_with_one_less(const Outlook& outlook) {
  if (!outlook.demand_p99 || outlook.instances < 2 || outlook.capacity <= 0) return std::nullopt;
  return *outlook.demand_p99 / (outlook.capacity * (outlook.instances - 1) / outlook.instances);
}

Health judge_use(double utilization, Health before, const Thresholds& thresholds) {
  const double critical =
      thresholds.critical - (before == Health::kCritical ? thresholds.hysteresis : 0);
  if (utilization >= critical) return Health::kCritical;
  const bool was_raised = before == Health::kWarning || before == Health::kCritical;
  const double warning = thresholds.warning - (was_raised ? thresholds.hysteresis : 0);
  return utilization >= warning ? Health::kWarning : Health::kHealthy;
}

Judgement judge(std::optional<double> utilization, Health before,
                const std::optional<Outlook>& outlook, const Thresholds& thresholds) {
  if (!utilization) return {Health::kUnknown, "the capacity is not known"};
  const Health use = judge_use(*utilization, before, thresholds);
  Judgement judgement{use, use_reason(*utilization, use, thresholds)};
  if (!outlook) return judgement;
  const Judgement ahead = judge_outlook(*outlook, thresholds);
  if (ahead.health > judgement.health) {
    judgement.health = ahead.health;
    judgement.reason += "; " + ahead.reason;
  }
  return judgement;
}

}  // namespace headroom::capacity
