#include "aggregator/capacity/status.h"

#include "tests/support/catch.h"

using namespace headroom::capacity;

namespace {

// 4 instances of one core each; thresholds 70 / 90 % with 5 points of hysteresis, target 80 %.
const Thresholds kThresholds{0.70, 0.90, 0.05, 0.80};

Outlook outlook(std::optional<double> peak_p90, std::optional<double> demand_p99,
                unsigned instances = 4) {
  Outlook one;
  one.peak_p90 = peak_p90;
  one.demand_p99 = demand_p99;
  one.capacity = 4;
  one.instances = instances;
  one.lead_time = "10m";
  return one;
}

}  // namespace

TEST_CASE("a level is reached at its threshold and left below it by the hysteresis") {
  struct Case {
    double used;
    Health before;
    Health wanted;
  };
  const Case cases[] = {
      {0.00, Health::kUnknown, Health::kHealthy},    {0.6999, Health::kHealthy, Health::kHealthy},
      {0.70, Health::kHealthy, Health::kWarning},    {0.8999, Health::kHealthy, Health::kWarning},
      {0.90, Health::kHealthy, Health::kCritical},   {1.70, Health::kWarning, Health::kCritical},
      {0.69, Health::kWarning, Health::kWarning},    {0.65, Health::kWarning, Health::kWarning},
      {0.6499, Health::kWarning, Health::kHealthy},  {0.86, Health::kCritical, Health::kCritical},
      {0.8499, Health::kCritical, Health::kWarning}, {0.66, Health::kCritical, Health::kWarning},
      {0.64, Health::kCritical, Health::kHealthy},
  };
  for (const Case& one : cases) {
    INFO(one.used << " before " << to_string(one.before));
    CHECK(judge_use(one.used, one.before, kThresholds) == one.wanted);
  }
}

TEST_CASE("the worse of use and outlook wins") {
  struct Case {
    std::optional<double> used;
    std::optional<Outlook> ahead;
    Health wanted;
  };
  // Target 80 % of 4 cores = 3.2; of one instance less, 3 cores, = 2.4.
  const Case cases[] = {
      {0.50, std::nullopt, Health::kHealthy},
      {0.50, outlook(3.3, 2.9), Health::kUnderProvisioned},
      {0.50, outlook(3.2, 2.9), Health::kHealthy},
      {0.75, outlook(3.3, 2.9), Health::kWarning},
      {0.95, outlook(3.3, 2.9), Health::kCritical},
      {0.30, outlook(2.0, 2.4), Health::kOverProvisioned},
      {0.30, outlook(2.0, 2.41), Health::kHealthy},
      {0.30, outlook(3.3, 2.0), Health::kUnderProvisioned},
      {0.75, outlook(2.0, 2.4), Health::kWarning},
      {0.10, outlook(0.1, 0.1, 1), Health::kHealthy},  // the last instance is never one too many
      {0.30, outlook(std::nullopt, std::nullopt), Health::kHealthy},
      {std::nullopt, outlook(3.3, 2.0), Health::kUnknown},
  };
  for (const Case& one : cases) {
    const Judgement judgement = judge(one.used, Health::kHealthy, one.ahead, kThresholds);
    INFO(judgement.reason);
    CHECK(judgement.health == one.wanted);
    CHECK_FALSE(judgement.reason.empty());
  }
}

TEST_CASE("a service is over-provisioned by the word of its tightest resource only") {
  Outlook one = outlook(2.0, 1.0);
  one.speaks_for_service = false;
  CHECK(judge(0.2, Health::kHealthy, one, kThresholds).health == Health::kHealthy);
}

TEST_CASE("the reason names the numbers behind the status") {
  const Judgement judgement = judge(0.5, Health::kHealthy, outlook(3.5, 2.9), kThresholds);
  CHECK(judgement.reason ==
        "50 % of capacity, below 70 %; the forecast's P90 reaches 87.5 % of capacity within 10m, "
        "above the target of 80 %");
}
