// Capacity status: what a utilization means. Pure functions; a table of cases is their test.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace headroom::capacity {

// In order of urgency; the worse of use and outlook is shown.
enum class Health { kUnknown, kHealthy, kOverProvisioned, kUnderProvisioned, kWarning, kCritical };
std::string_view to_string(Health health);

struct Thresholds {
  double warning = 0.70;  // of capacity
  double critical = 0.90;
  double hysteresis = 0.05;  // a level once reached is left this much below its threshold
  double target = 0.80;      // of capacity, for the outlook
};

// Use alone: WARNING from the warning threshold on, CRITICAL from the critical one. `before` is the
// last answer: a level is left only below its threshold minus the hysteresis.
Health judge_use(double utilization, Health before, const Thresholds& thresholds);

// What the forecast and the past say.
struct Outlook {
  std::optional<double> peak_p90;    // highest P90 of demand within the lead time
  std::optional<double> demand_p99;  // over the lookback
  double capacity = 0;
  unsigned instances = 1;
  // Of all the service's resources this one would be the fullest with one instance less.
  bool speaks_for_service = true;
  std::string lead_time;  // as people say it, for the reason
};

// P99 of demand as a share of what one instance less could do; nothing where the past is not known
// or there is no instance to spare.
std::optional<double> share_with_one_less(const Outlook& outlook);

struct Judgement {
  Health health = Health::kUnknown;
  std::string reason;  // one sentence
};

// Use and outlook together; the worse one wins. A utilization that is not known is UNKNOWN.
Judgement judge(std::optional<double> utilization, Health before,
                const std::optional<Outlook>& outlook, const Thresholds& thresholds);

}  // namespace headroom::capacity
