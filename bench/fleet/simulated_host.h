// A host that does not exist: what it would measure at any time, worked out from its service's load
// curve and a seed, so that the same time always gives the same values. Every one of its series
// carries headroom.simulated="true".
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "agent/collectors/collector.h"
#include "common/base/clock.h"

namespace headroom::fleet {

enum class Profile { kTradingSession, kWebFront, kNightlyBatch };

// Share of a service's full load, 0 … about 1, before noise.
//  kTradingSession: weekdays 14:30 to 21:00 UTC, steep at the open, a trough at midday, a second
//  peak at the close; kWebFront:       people's day and week, highest at 19:00 UTC; kNightlyBatch:
//  idle, but for a run from 01:00 to 04:00 UTC.
double load_curve(Profile profile, UnixMs time);

struct HostPlan {
  std::string name;
  std::string service;
  Profile profile = Profile::kWebFront;
  double cores = 8;
  double memory_bytes = 34359738368;
  double peak_cpu = 0.6;             // share of the cores at full load
  double memory_base = 0.45;         // share of memory in use without load
  double disk_used = 0.5;            // share of the disk in use at the fleet's beginning
  double disk_growth_per_day = 0.0;  // share of the disk
  double load_growth_per_day = 0.0;  // relative
  std::uint64_t seed = 0;
};

// The demo's 20 hosts: 8 order gateways, 8 web fronts, 4 batch hosts.
std::vector<HostPlan> demo_fleet(std::uint64_t seed);

class SimulatedHost {
 public:
  // `epoch` is when growth begins, usually the start of the history.
  SimulatedHost(HostPlan plan, UnixMs epoch);

  // Fills the sheet for the interval that ends at `time`; counters go on from where they were.
  void fill(UnixMs time, std::int64_t step_ms, agent::SampleSheet& sheet);

  const HostPlan& plan() const { return plan_; }

 private:
  struct Load;

  void define(agent::SampleSheet& sheet);
  Load load_at(UnixMs time) const;
  double noise(UnixMs time, std::uint64_t channel) const;

  HostPlan plan_;
  UnixMs epoch_;
  std::vector<agent::Slot> slots_;
  std::vector<double> counters_;
};

}  // namespace headroom::fleet
