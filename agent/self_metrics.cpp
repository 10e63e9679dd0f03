#include "agent/self_metrics.h"

#include <array>

namespace headroom::agent {
namespace {

enum Index {
  kFailures,
  kMissed,
  kClockSteps,
  kRefused,
  kBacklog,
  kLost,
  kResent,
  kSessions,
  kShed
};

constexpr std::array<SeriesSpec, 9> kSpecs{{
    {"headroom.agent.collector.failures", "{failure}", Kind::kCounter},
    {"headroom.agent.samples.missed", "{sample}", Kind::kCounter},
    {"headroom.agent.clock.steps", "{step}", Kind::kCounter},
    {"headroom.agent.series.refused", "{series}", Kind::kCounter},
    {"headroom.agent.backlog.usage", "By", Kind::kGauge},
    {"headroom.agent.batches.lost", "{batch}", Kind::kCounter},
    {"headroom.agent.batches.resent", "{batch}", Kind::kCounter},
    {"headroom.agent.sessions", "{session}", Kind::kCounter},
    {"headroom.agent.collectors.shed", "{collector}", Kind::kGauge},
}};

enum SpoolIndex { kUsage, kThinned, kDropped, kDamaged, kWriteFailures };

constexpr std::array<SeriesSpec, 5> kSpoolSpecs{{
    {"headroom.agent.spool.usage", "By", Kind::kGauge},
    {"headroom.agent.spool.samples.thinned", "{sample}", Kind::kCounter},
    {"headroom.agent.spool.samples.dropped", "{sample}", Kind::kCounter},
    {"headroom.agent.spool.segments.damaged", "{segment}", Kind::kCounter},
    {"headroom.agent.spool.write_failures", "{failure}", Kind::kCounter},
}};

}  // namespace

SelfMetrics::SelfMetrics() : group_(kSpecs), spool_(kSpoolSpecs) {}

void SelfMetrics::set(const Sources& from, SampleSheet& sheet) {
  const auto put = [&](Index which, std::uint64_t value) {
    group_.set(sheet, which, static_cast<double>(value));
  };
  put(kFailures, from.sampler.failures);
  put(kMissed, from.sampler.missed);
  put(kClockSteps, from.sampler.clock_steps);
  put(kRefused, sheet.refused());
  put(kBacklog, from.backlog.bytes());
  put(kLost, from.backlog.batches_given_up());
  put(kResent, from.link.batches_resent + from.replay.batches_resent);
  put(kSessions, from.link.sessions);
  put(kShed, from.sampler.collectors_shed);
  if (from.spool == nullptr) return;
  const SpoolCounters& spool = from.spool->counters();
  spool_.set(sheet, kUsage, static_cast<double>(from.spool->bytes()));
  spool_.set(sheet, kThinned, static_cast<double>(spool.samples_thinned));
  spool_.set(sheet, kDropped, static_cast<double>(spool.samples_dropped));
  spool_.set(sheet, kDamaged, static_cast<double>(spool.segments_damaged));
  spool_.set(sheet, kWriteFailures, static_cast<double>(spool.write_failures));
}

void SelfMetrics::forget() {
  group_ = SeriesGroup(kSpecs);
  spool_ = SeriesGroup(kSpoolSpecs);
}

}  // namespace headroom::agent
