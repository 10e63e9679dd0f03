#include "bench/fleet/simulated_host.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <iterator>

#include "common/model/resource.h"

namespace headroom::fleet {
namespace {

constexpr double kHour = 3'600'000;
constexpr double kDay = 24 * kHour;
constexpr double kPi = 3.14159265358979323846;
constexpr double kLinkBytes = 1.25e9;  // 10 Gbit/s
constexpr double kDiskBytes = 500e9;
constexpr UnixMs kNoiseSlotMs = 600'000;

double hour_of_day(UnixMs time) { return std::fmod(static_cast<double>(time), kDay) / kHour; }
// 0 = Monday; 1970-01-01 was a Thursday.
int weekday(UnixMs time) { return static_cast<int>((time / 86'400'000 + 3) % 7); }

double bump(double x, double center, double width) {
  return std::exp(-0.5 * (x - center) * (x - center) / (width * width));
}
// 0 below the edge, 1 above it, within about `width`.
double edge(double x, double at, double width) { return 1 / (1 + std::exp(-(x - at) / width)); }

std::uint64_t mix(std::uint64_t x) {
  x += 0x9e3779b97f4a7c15ULL;
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ULL;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebULL;
  return x ^ (x >> 31);
}
double uniform(std::uint64_t key) {
  return static_cast<double>(mix(key) >> 11) * 0x1.0p-52 - 1;
}  // [-1, 1)

double quantise(double value, double step) { return std::round(value / step) * step; }
// Short decimals, as the real agent sends them.
double ratio(double value) { return std::round(std::clamp(value, 0.0, 1.0) * 1e4) / 1e4; }
double milli(double value) { return std::round(value * 1e3) / 1e3; }
double pages(double value) { return quantise(value, 4096); }

struct SeriesPlan {
  const char* metric;
  const char* unit;
  Kind kind;
  const char* key;
  const char* value;
};

constexpr Kind kG = Kind::kGauge;
constexpr Kind kC = Kind::kCounter;
constexpr const char* kMode = "cpu.mode";
constexpr const char* kState = "system.memory.state";
constexpr const char* kResource = "headroom.resource";
constexpr const char* kDemandName = "headroom.resource.demand";
constexpr const char* kCapacityName = "headroom.resource.capacity";

// In the order in which fill() sets them.
constexpr SeriesPlan kSeries[] = {
    {kDemandName, "{cpu}", kG, kResource, "CPU"},
    {kCapacityName, "{cpu}", kG, kResource, "CPU"},
    {kDemandName, "By", kG, kResource, "MEMORY"},
    {kCapacityName, "By", kG, kResource, "MEMORY"},
    {kDemandName, "1", kG, kResource, "DISK"},
    {kCapacityName, "1", kG, kResource, "DISK"},
    {kDemandName, "By/s", kG, kResource, "NETWORK"},
    {kCapacityName, "By/s", kG, kResource, "NETWORK"},
    {kDemandName, "1", kG, kResource, "CONNECTIONS"},
    {kCapacityName, "1", kG, kResource, "CONNECTIONS"},
    {kDemandName, "1", kG, kResource, "DISK_IO"},
    {kCapacityName, "1", kG, kResource, "DISK_IO"},
    {"system.cpu.utilization", "1", kG, kMode, "user"},
    {"system.cpu.utilization", "1", kG, kMode, "system"},
    {"system.cpu.utilization", "1", kG, kMode, "iowait"},
    {"system.cpu.utilization", "1", kG, kMode, "steal"},
    {"system.cpu.utilization", "1", kG, kMode, "idle"},
    {"system.cpu.logical.count", "{cpu}", kG, nullptr, nullptr},
    {"system.cpu.load_average.1m", "{thread}", kG, nullptr, nullptr},
    {"system.cpu.load_average.5m", "{thread}", kG, nullptr, nullptr},
    {"system.cpu.load_average.15m", "{thread}", kG, nullptr, nullptr},
    {"system.cpu.run_queue", "{thread}", kG, nullptr, nullptr},
    {"system.cpu.context_switches", "{switch}", kC, nullptr, nullptr},
    {"system.memory.usage", "By", kG, kState, "used"},
    {"system.memory.usage", "By", kG, kState, "free"},
    {"system.memory.usage", "By", kG, kState, "cached"},
    {"system.memory.limit", "By", kG, nullptr, nullptr},
    {"system.memory.utilization", "1", kG, nullptr, nullptr},
    {"system.network.io", "By", kC, "network.io.direction", "receive"},
    {"system.network.io", "By", kC, "network.io.direction", "transmit"},
    {"system.network.packet.count", "{packet}", kC, "network.io.direction", "receive"},
    {"system.network.packet.count", "{packet}", kC, "network.io.direction", "transmit"},
    {"system.network.connection.count", "{connection}", kG, "network.connection.state",
     "established"},
    {"system.network.connection.count", "{connection}", kG, "network.connection.state",
     "time_wait"},
    {"system.disk.io", "By", kC, "disk.io.direction", "read"},
    {"system.disk.io", "By", kC, "disk.io.direction", "write"},
    {"system.disk.utilization", "1", kG, nullptr, nullptr},
    {"system.filesystem.usage", "By", kG, "system.filesystem.state", "used"},
    {"system.filesystem.usage", "By", kG, "system.filesystem.state", "free"},
    {"system.filesystem.utilization", "1", kG, nullptr, nullptr},
};

HostPlan order_gateway(int index) {
  HostPlan plan;
  plan.name = "order-gw-0" + std::to_string(index + 1);
  plan.service = "order-gateway";
  plan.profile = Profile::kTradingSession;
  plan.cores = 16;
  plan.memory_bytes = 68719476736;
  plan.peak_cpu = 0.58 + 0.02 * (index % 3);
  plan.memory_base = 0.40;
  plan.disk_used = 0.30;
  plan.load_growth_per_day = 0.0022;
  return plan;
}

HostPlan web_front(int index) {
  HostPlan plan;
  plan.name = "web-0" + std::to_string(index + 1);
  plan.service = "web-front";
  plan.profile = Profile::kWebFront;
  plan.peak_cpu = 0.42 + 0.015 * (index % 4);
  plan.memory_base = 0.22;
  plan.disk_used = 0.45;
  // One host whose logs nobody rotates.
  if (index == 4) plan.disk_growth_per_day = 0.0045;
  return plan;
}

HostPlan batch_host(int index) {
  HostPlan plan;
  plan.name = "batch-0" + std::to_string(index + 1);
  plan.service = "batch";
  plan.profile = Profile::kNightlyBatch;
  plan.cores = 32;
  plan.memory_bytes = 137438953472;
  plan.peak_cpu = 0.86;
  plan.memory_base = 0.30;
  plan.disk_used = 0.74;
  return plan;
}

}  // namespace

struct SimulatedHost::Load {
  double cpu = 0;      // share of the cores
  double memory = 0;   // share
  double disk = 0;     // share
  double disk_io = 0;  // busy share
  double network = 0;  // bytes per second, the busier direction
  double connections = 0;
};

double load_curve(Profile profile, UnixMs time) {
  const double hour = hour_of_day(time);
  const int day = weekday(time);
  const bool weekend = day >= 5;
  switch (profile) {
    case Profile::kTradingSession: {
      if (weekend) return 0.03;
      const double session = edge(hour, 14.5, 0.02) * (1 - edge(hour, 21.05, 0.03));
      const double shape =
          0.48 + 0.52 * std::exp(-(hour - 14.5) / 0.7) + 0.30 * bump(hour, 20.8, 0.45);
      const double before_open = 0.12 * bump(hour, 13.8, 0.6);
      return 0.03 + before_open * (1 - session) + session * std::max(0.0, shape);
    }
    case Profile::kWebFront: {
      const double daily = 0.5 - 0.5 * std::cos((hour - 7) / 24 * 2 * kPi);
      return (weekend ? 0.75 : 1.0) * (0.2 + 0.8 * std::pow(daily, 1.3));
    }
    case Profile::kNightlyBatch:
      return 0.04 + 0.96 * edge(hour, 1, 0.03) * (1 - edge(hour, 4.0 + 0.3 * (day % 3), 0.08));
  }
  return 0;
}

std::vector<HostPlan> demo_fleet(std::uint64_t seed) {
  std::vector<HostPlan> plans;
  for (int i = 0; i < 8; ++i) plans.push_back(order_gateway(i));
  for (int i = 0; i < 8; ++i) plans.push_back(web_front(i));
  for (int i = 0; i < 4; ++i) plans.push_back(batch_host(i));
  for (std::size_t i = 0; i < plans.size(); ++i) plans[i].seed = mix(seed * 1000 + i);
  return plans;
}

SimulatedHost::SimulatedHost(HostPlan plan, UnixMs epoch)
    : plan_(std::move(plan)), epoch_(epoch), counters_(std::size(kSeries), 0) {}

void SimulatedHost::define(agent::SampleSheet& sheet) {
  for (const SeriesPlan& one : kSeries) {
    Series series{one.metric, one.unit, one.kind, {}};
    if (one.key != nullptr) series.attributes.push_back({one.key, one.value});
    slots_.push_back(sheet.add_series(std::move(series)));
  }
}

// Slow noise, the same for everything within ten minutes but for the channel, and a little of every
// second's own.
double SimulatedHost::noise(UnixMs time, std::uint64_t channel) const {
  const std::uint64_t slot = static_cast<std::uint64_t>(time / kNoiseSlotMs);
  const double part = static_cast<double>(time % kNoiseSlotMs) / static_cast<double>(kNoiseSlotMs);
  const std::uint64_t key = plan_.seed ^ channel << 48;
  const double slow = uniform(key + slot) * (1 - part) + uniform(key + slot + 1) * part;
  return 0.8 * slow + 0.2 * uniform(key ^ mix(static_cast<std::uint64_t>(time)));
}

SimulatedHost::Load SimulatedHost::load_at(UnixMs time) const {
  const double days = std::max(0.0, static_cast<double>(time - epoch_) / kDay);
  const double grown = 1 + plan_.load_growth_per_day * days;
  const double work = load_curve(plan_.profile, time) * grown * (1 + 0.10 * noise(time, 1));
  Load load;
  load.cpu = std::clamp(0.02 + plan_.peak_cpu * work + 0.01 * noise(time, 2), 0.005, 0.995);
  load.memory = std::clamp(plan_.memory_base + 0.18 * work + 0.01 * noise(time, 3), 0.05, 0.98);
  load.disk = std::clamp(
      plan_.disk_used + plan_.disk_growth_per_day * days + 0.002 * noise(time, 4), 0.0, 0.995);
  const double io_share = plan_.profile == Profile::kNightlyBatch ? 0.7 : 0.12;
  load.disk_io = std::clamp(0.01 + io_share * work + 0.01 * noise(time, 5), 0.0, 1.0);
  load.network = std::max(1000.0, kLinkBytes * (0.002 + 0.22 * work * (1 + 0.1 * noise(time, 6))));
  load.connections = std::max(3.0, 40 + 9000 * work * (1 + 0.05 * noise(time, 7)));
  return load;
}

void SimulatedHost::fill(UnixMs time, std::int64_t step_ms, agent::SampleSheet& sheet) {
  if (slots_.empty()) define(sheet);
  sheet.clear_values();
  const Load load = load_at(time);
  const double seconds = static_cast<double>(step_ms) / 1000;
  std::size_t at = 0;
  const auto gauge = [&](double value) { sheet.set(slots_[at++], value); };
  const auto counter = [&](double per_second) {
    counters_[at] += std::round(std::max(0.0, per_second) * seconds);
    sheet.set(slots_[at], counters_[at]);
    ++at;
  };
  const double connection_limit = 28'000;
  const double received = load.network * 0.8;
  for (const auto& [demand, capacity] : std::array<std::pair<double, double>, 6>{
           {{milli(load.cpu * plan_.cores), plan_.cores},
            {pages(load.memory * plan_.memory_bytes), plan_.memory_bytes},
            {ratio(load.disk), 1},
            {std::round(load.network), kLinkBytes},
            {ratio(load.connections / connection_limit), 1},
            {ratio(load.disk_io), 1}}}) {
    gauge(demand);
    gauge(capacity);
  }
  const double wait = 0.1 * load.disk_io;
  gauge(ratio(load.cpu * 0.78));
  gauge(ratio(load.cpu * 0.22));
  gauge(ratio(std::min(wait, 1 - load.cpu)));
  gauge(0);
  gauge(ratio(1 - load.cpu - std::min(wait, 1 - load.cpu)));
  gauge(plan_.cores);
  for (const double smoothing : {1.0, 0.95, 0.9})
    gauge(std::round(load.cpu * plan_.cores * smoothing * 100) / 100);
  gauge(std::max(1.0, std::round(load.cpu * plan_.cores)));
  counter(2000 + 60'000 * load.cpu);
  gauge(pages(load.memory * plan_.memory_bytes));
  gauge(pages((1 - load.memory) * 0.3 * plan_.memory_bytes));
  gauge(pages((1 - load.memory) * 0.7 * plan_.memory_bytes));
  gauge(plan_.memory_bytes);
  gauge(ratio(load.memory));
  counter(received);
  counter(load.network);
  counter(received / 900);
  counter(load.network / 900);
  gauge(std::round(load.connections));
  gauge(std::round(load.connections * 0.3));
  counter(load.disk_io * 180e6);
  counter(load.disk_io * 90e6);
  gauge(ratio(load.disk_io));
  gauge(pages(load.disk * kDiskBytes));
  gauge(pages((1 - load.disk) * kDiskBytes));
  gauge(ratio(load.disk));
  HEADROOM_ASSERT(at == std::size(kSeries));
}

}  // namespace headroom::fleet
