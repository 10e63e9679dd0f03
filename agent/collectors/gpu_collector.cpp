// GPUs of every maker as the same series (agent/gpu/device.h). NVIDIA's values are those of the
// grid point before, because its library is asked in a quarantine.
#include <algorithm>
#include <array>
#include <cmath>

#include "agent/collectors/cadence.h"
#include "agent/collectors/device_table.h"
#include "agent/collectors/numbers.h"
#include "agent/collectors/nvidia_gpus.h"
#include "agent/collectors/registry.h"
#include "agent/collectors/series_group.h"
#include "agent/gpu/sysfs.h"

namespace headroom::agent {
namespace {

constexpr std::chrono::seconds kCardPeriod{60};

constexpr std::string_view kClock = "hw.gpu.clock";
constexpr std::string_view kReason = "hw.gpu.throttle.reason";
constexpr std::string_view kErrorType = "error.type";
// Parallel to gpu::Value.
constexpr std::array<SeriesSpec, gpu::kValues> kSpecs{{
    {"hw.gpu.utilization", "1"},
    {"hw.gpu.memory.usage", "By"},
    {"hw.gpu.memory.limit", "By"},
    {"hw.power", "W"},
    {"hw.power.limit", "W"},
    {"hw.energy", "J", Kind::kCounter},
    {"hw.temperature", "Cel"},
    {"hw.gpu.clock.frequency", "Hz", Kind::kGauge, kClock, "core"},
    {"hw.gpu.clock.frequency", "Hz", Kind::kGauge, kClock, "memory"},
    {"hw.gpu.throttled", "1", Kind::kGauge, kReason, "power_cap"},
    {"hw.gpu.throttled", "1", Kind::kGauge, kReason, "thermal_software"},
    {"hw.gpu.throttled", "1", Kind::kGauge, kReason, "thermal_hardware"},
    {"hw.gpu.throttled", "1", Kind::kGauge, kReason, "hardware"},
    {"hw.errors", "{error}", Kind::kCounter, kErrorType, "corrected"},
    {"hw.errors", "{error}", Kind::kCounter, kErrorType, "uncorrected"},
    {"hw.gpu.processes", "{process}"},
}};

double tenths(double value) { return std::round(value * 10) / 10; }

// As the column codec packs it best.
double shortened(std::size_t which, double value) {
  switch (which) {
    case gpu::kUtilization:
      return quantised_ratio(value > 1 ? 1.0 : value);  // std::min would lose what is unknown
    case gpu::kPower:
    case gpu::kPowerLimit:
    case gpu::kTemperature:
      return tenths(value);
    case gpu::kEnergy:
      return std::round(value);
    case gpu::kThrottlePowerCap:
    case gpu::kThrottleThermalHardware:
      return value > 0 ? 1 : value;
    default:
      return value;
  }
}

// A group for each value: what a device or its library cannot tell gets no series.
struct Shown {
  std::array<SeriesGroup, gpu::kValues> series;
};

Shown first_sight(const gpu::Device& device) {
  Attributes common{{"hw.id", device.id},
                    {"hw.name", device.name},
                    {"hw.type", "gpu"},
                    {"hw.vendor", device.vendor}};
  if (!device.parent.empty()) common.push_back({"hw.parent", device.parent});
  std::erase_if(common, [](const Attribute& one) { return one.value.empty(); });
  Shown shown;
  for (std::size_t i = 0; i < gpu::kValues; ++i) {
    shown.series[i] = SeriesGroup(std::span(kSpecs).subspan(i, 1), common);
  }
  return shown;
}

// The shares of all GPUs that say how busy they are, and the memory of those that say how much.
struct Sums {
  double busy = 0;
  double gpus = 0;
  double used = 0;
  double memory = 0;

  void add(const gpu::Device& device) {
    if (!device.parent.empty()) return;  // contained in its GPU
    const double share = shortened(gpu::kUtilization, device.values[gpu::kUtilization]);
    if (std::isfinite(share)) {
      busy += share;
      gpus += 1;
    }
    const double bytes = device.values[gpu::kMemoryUsed];
    const double limit = device.values[gpu::kMemoryTotal];
    if (limit > 0 && bytes >= 0) {
      used += bytes;
      memory += limit;
    }
  }
};

class GpuCollector final : public Collector {
 public:
  explicit GpuCollector(const CollectorOptions& options)
      : sys_(options.roots.sys()), nvidia_(options) {}

  Status collect(const Tick& tick, SampleSheet& sheet) override {
    Sums sums;
    if (const auto* const devices = nvidia_.answer()) {
      nvidia_shown_.begin_walk();
      for (const gpu::Device& device : *devices) show(nvidia_shown_, device, sums, sheet);
      drop_unseen(nvidia_shown_, sheet);
    }
    nvidia_.ask(tick);
    read_cards(tick, sums, sheet);
    show_resources(sums, sheet);
    return nvidia_.status();
  }

 private:
  using Table = DeviceTable<Shown>;

  void read_cards(const Tick& tick, Sums& sums, SampleSheet& sheet) {
    if (cadence_.due(tick)) {
      cards_ = gpu::find_amd_cards(sys_);
      for (auto& card : gpu::find_intel_cards(sys_)) cards_.push_back(std::move(card));
    }
    cards_shown_.begin_walk();
    for (const auto& card : cards_) {
      card->read();
      show(cards_shown_, card->device(), sums, sheet);
    }
    drop_unseen(cards_shown_, sheet);
  }

  static void show(Table& table, const gpu::Device& device, Sums& sums, SampleSheet& sheet) {
    Shown* const shown =
        table.visit(device.id, [&](std::string_view) { return first_sight(device); });
    if (shown == nullptr) return;
    sums.add(device);
    for (std::size_t i = 0; i < gpu::kValues; ++i) {
      shown->series[i].set(sheet, 0, shortened(i, device.values[i]));
    }
  }

  static void drop_unseen(Table& table, SampleSheet& sheet) {
    table.drop_unseen([&](Shown& shown) {
      for (SeriesGroup& group : shown.series) group.retire(sheet);
    });
  }

  void show_resources(const Sums& sums, SampleSheet& sheet) {
    if (sums.gpus > 0) {
      if (!gpu_) gpu_.emplace(sheet, Resource::kGpu);
      gpu_->set(sheet, quantised_ratio(sums.busy), sums.gpus);
    }
    if (sums.memory > 0) {
      if (!memory_) memory_.emplace(sheet, Resource::kGpuMemory);
      memory_->set(sheet, sums.used, sums.memory);
    }
  }

  std::string sys_;
  NvidiaGpus nvidia_;
  Table nvidia_shown_{gpu::kMaxDevices};
  Cadence cadence_{kCardPeriod};
  std::vector<std::unique_ptr<gpu::SysfsCard>> cards_;
  Table cards_shown_{2 * gpu::kMaxDevices};
  std::optional<ResourceSlots> gpu_;
  std::optional<ResourceSlots> memory_;
};

}  // namespace

std::unique_ptr<Collector> make_gpu_collector(const CollectorOptions& options) {
  return std::make_unique<GpuCollector>(options);
}

}  // namespace headroom::agent
