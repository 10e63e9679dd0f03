#include "agent/self_metrics.h"

#include <array>

namespace headroom::agent {
namespace {

enum Index { kFailures, kMissed, kClockSteps, kRefused, kBacklog, kLost, kResent, kSessions };

constexpr std::array<SeriesSpec, 8> kSpecs{{
    {"headroom.agent.collector.failures", "{failure}", Kind::kCounter},
    {"headroom.agent.samples.missed", "{sample}", Kind::kCounter},
    {"headroom.agent.clock.steps", "{step}", Kind::kCounter},
    {"headroom.agent.series.refused", "{series}", Kind::kCounter},
    {"headroom.agent.backlog.usage", "By", Kind::kGauge},
    {"headroom.agent.batches.lost", "{batch}", Kind::kCounter},
    {"headroom.agent.batches.resent", "{batch}", Kind::kCounter},
    {"headroom.agent.sessions", "{session}", Kind::kCounter},
}};

}  // namespace

SelfMetrics::SelfMetrics() : group_(kSpecs) {}

void SelfMetrics::set(const SamplerCounters& sampler, const Backlog& backlog,
                      const LinkCounters& link, SampleSheet& sheet) {
  const auto put = [&](Index which, std::uint64_t value) {
    group_.set(sheet, which, static_cast<double>(value));
  };
  put(kFailures, sampler.failures);
  put(kMissed, sampler.missed);
  put(kClockSteps, sampler.clock_steps);
  put(kRefused, sheet.refused());
  put(kBacklog, backlog.bytes());
  put(kLost, backlog.batches_given_up());
  put(kResent, link.batches_resent);
  put(kSessions, link.sessions);
}

void SelfMetrics::forget() { group_ = SeriesGroup(kSpecs); }

}  // namespace headroom::agent
