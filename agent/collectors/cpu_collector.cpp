// CPU from /proc/stat and /proc/loadavg (proc_stat(5), proc_loadavg(5)), and the cgroup's quota.
//
// Time is counted in ticks per mode. The kernel counts a guest's time in user and nice as well, so
// it is taken out of those: the modes add up to 1.
#include <algorithm>
#include <array>
#include <cmath>

#include "agent/collectors/cadence.h"
#include "agent/collectors/cgroup.h"
#include "agent/collectors/cpu_frequency.h"
#include "agent/collectors/cpu_list.h"
#include "agent/collectors/cpu_time.h"
#include "agent/collectors/device_table.h"
#include "agent/collectors/first_failure.h"
#include "agent/collectors/numbers.h"
#include "agent/collectors/registry.h"
#include "agent/collectors/series_group.h"
#include "agent/procfs/proc_file.h"
#include "agent/procfs/scanner.h"
#include "common/base/text.h"

namespace headroom::agent {
namespace {

// Cores are set apart, and change their clock, seldom.
constexpr auto kTopologyPeriod = std::chrono::seconds(30);

enum HostSeries : std::size_t {
  kModeUser,
  kModeNice,
  kModeSystem,
  kModeIdle,
  kModeIowait,
  kModeInterrupt,
  kModeSoftirq,
  kModeSteal,
  kModeGuest,
  kLogicalCount,
  kRunQueue,
  kBlocked,
  kContextSwitches,
  kInterrupts,
  kProcessesCreated
};
constexpr std::string_view kUtilization = "system.cpu.utilization";
constexpr std::string_view kMode = "cpu.mode";
constexpr std::array<SeriesSpec, 15> kHostSpecs{{
    {kUtilization, "1", Kind::kGauge, kMode, "user"},
    {kUtilization, "1", Kind::kGauge, kMode, "nice"},
    {kUtilization, "1", Kind::kGauge, kMode, "system"},
    {kUtilization, "1", Kind::kGauge, kMode, "idle"},
    {kUtilization, "1", Kind::kGauge, kMode, "iowait"},
    {kUtilization, "1", Kind::kGauge, kMode, "interrupt"},
    {kUtilization, "1", Kind::kGauge, kMode, "softirq"},
    {kUtilization, "1", Kind::kGauge, kMode, "steal"},
    {kUtilization, "1", Kind::kGauge, kMode, "guest"},
    {"system.cpu.logical.count", "{cpu}"},
    {"system.cpu.run_queue", "{thread}"},
    {"system.cpu.blocked", "{thread}"},
    {"system.cpu.context_switches", "{switch}", Kind::kCounter},
    {"system.cpu.interrupts", "{interrupt}", Kind::kCounter},
    {"system.process.created", "{process}", Kind::kCounter},
}};
constexpr std::array<SeriesSpec, 3> kLoadSpecs{{
    {"system.cpu.load_average.1m", "{thread}"},
    {"system.cpu.load_average.5m", "{thread}"},
    {"system.cpu.load_average.15m", "{thread}"},
}};
constexpr std::array<SeriesSpec, 1> kCoreSpecs{{{"system.cpu.core.utilization", "1"}}};

struct Core {
  CpuTime time;
  bool reserved = false;
  SeriesGroup series;
};

// The number of "cpu12"; empty for the line of all cores and for what is no core.
std::string_view core_number(std::string_view name) {
  name.remove_prefix(3);
  const bool digits =
      std::all_of(name.begin(), name.end(), [](char c) { return c >= '0' && c <= '9'; });
  return digits ? name : std::string_view();
}

class CpuCollector final : public Collector {
 public:
  explicit CpuCollector(const CollectorOptions& options)
      : stat_(options.roots.proc() + "/stat"),
        load_(options.roots.proc() + "/loadavg"),
        cgroup_(options.roots),
        topology_(options.roots),
        frequencies_(options.roots, options.core_frequency) {}

  Status collect(const Tick& tick, SampleSheet& sheet) override {
    if (!resource_) resource_.emplace(sheet, Resource::kCpu);
    since_usage_ += tick.elapsed;
    if (look_at_topology_.due(tick) && topology_.refresh()) take_topology(sheet);
    frequencies_.collect(tick, sheet);
    FirstFailure failure;
    read_stat(sheet, failure);
    read_load(sheet, failure);
    return failure.status();
  }

 private:
  void take_topology(SampleSheet& sheet) {
    // A core's attributes say whether it is reserved, so all begin anew.
    cores_.for_each([&](Core& core) { core.series.retire(sheet); });
    cores_ = DeviceTable<Core>(kMaxCores);
    frequencies_.take_cores(topology_.housekeeping(), sheet);
    const bool some_reserved =
        !topology_.reserved().isolated.empty() || !topology_.reserved().nohz_full.empty();
    if (std::exchange(some_reserved_, some_reserved) == some_reserved) return;
    shared_ = {};
    all_ = CpuTime();
  }

  void read_stat(SampleSheet& sheet, FirstFailure& failure) {
    const auto text = stat_.read();
    if (!text) return failure.add(text.error());
    std::size_t online = 0;
    std::size_t reserved = 0;
    busy_ = kUnknown;
    bool cores_understood = true;
    bool whole = false;
    cores_.begin_walk();
    Scanner scanner(*text);
    while (scanner.next_line()) {
      const std::string_view name = scanner.word();
      bool understood = true;
      if (name == "cpu") {
        understood = some_reserved_ || read_all_cores(scanner, sheet);
      } else if (name.starts_with("cpu")) {
        understood = read_core(core_number(name), scanner, reserved, sheet);
        cores_understood = cores_understood && understood;
        if (understood) ++online;
      } else {
        understood = read_scalar(name, scanner, sheet);
        whole = whole || name == "ctxt";
      }
      if (!understood) failure.add(malformed(stat_.path(), scanner));
    }
    // The cores stand before the other lines. A file that ends early says nothing about the cores
    // it does not name.
    if (!whole) {
      return failure.add({ErrorCode::kCorruption, stat_.path() + " ends before its line ctxt"});
    }
    if (!cores_understood) return;
    cores_.drop_unseen([&](Core& core) { core.series.retire(sheet); });
    host_.set(sheet, kLogicalCount, static_cast<double>(online));
    if (some_reserved_) publish(shared_, sheet);
    const auto shared = static_cast<double>(online - reserved);
    set_resource(sheet, busy_ * shared, shared);
  }

  bool read_all_cores(Scanner& scanner, SampleSheet& sheet) {
    CpuTicks now{};
    if (!scanner.numbers(now)) return false;
    publish(now, sheet);
    return true;
  }

  void publish(const CpuTicks& now, SampleSheet& sheet) {
    if (!all_.advance(now)) return;
    busy_ = all_.busy();
    const auto set = [&](HostSeries which, double share) {
      host_.set(sheet, which, quantised_ratio(share));
    };
    set(kModeUser, all_.share_without(kUser, kGuest));
    set(kModeNice, all_.share_without(kNice, kGuestNice));
    set(kModeSystem, all_.share(kSystem));
    set(kModeIdle, all_.share(kIdle));
    set(kModeIowait, all_.share(kIowait));
    set(kModeInterrupt, all_.share(kInterrupt));
    set(kModeSoftirq, all_.share(kSoftirq));
    set(kModeSteal, all_.share(kSteal));
    set(kModeGuest, all_.share(kGuest) + all_.share(kGuestNice));
  }

  bool read_core(std::string_view number, Scanner& scanner, std::size_t& reserved,
                 SampleSheet& sheet) {
    CpuTicks now{};
    if (number.empty() || !scanner.numbers(now)) return false;
    Core* const core =
        cores_.visit(number, [this](std::string_view name) { return first_sight(name); });
    if (core == nullptr) return false;
    if (core->reserved) ++reserved;
    if (!core->time.advance(now)) return true;
    core->series.set(sheet, 0, quantised_ratio(core->time.busy()));
    if (!core->reserved) core->time.add_growth_to(shared_);
    return true;
  }

  Core first_sight(std::string_view number) const {
    const auto cpu = static_cast<unsigned>(parse_int(number).value_or(-1));
    Attributes attributes{{"cpu.logical_number", std::string(number)}};
    if (topology_.reserved().is_isolated(cpu)) {
      attributes.push_back({"headroom.cpu.isolated", "true"});
    }
    if (topology_.reserved().is_nohz_full(cpu)) {
      attributes.push_back({"headroom.cpu.nohz_full", "true"});
    }
    return {{}, topology_.reserved().contains(cpu), SeriesGroup(kCoreSpecs, attributes)};
  }

  bool read_scalar(std::string_view name, Scanner& scanner, SampleSheet& sheet) {
    struct Line {
      std::string_view name;
      HostSeries series;
    };
    static constexpr std::array<Line, 5> kLines{{{"intr", kInterrupts},
                                                 {"ctxt", kContextSwitches},
                                                 {"processes", kProcessesCreated},
                                                 {"procs_running", kRunQueue},
                                                 {"procs_blocked", kBlocked}}};
    for (const Line& line : kLines) {
      if (line.name != name) continue;
      const auto value = scanner.number();
      if (!value) return false;
      host_.set(sheet, line.series, static_cast<double>(*value));
    }
    return true;  // The kernel may have more lines than these.
  }

  void set_resource(SampleSheet& sheet, double busy_cores, double online) {
    const auto quota = cgroup_.quota();
    if (!quota || *quota >= online) {
      usage_.forget();
      return resource_->set(sheet, quantised_ratio(busy_cores), online);
    }
    // Under a quota the host's other tenants do not matter: what this cgroup used is what the quota
    // is spent on.
    if (const auto used_us = cgroup_.usage_us()) {
      const double seconds = to_seconds(std::exchange(since_usage_, {}));
      const auto grown = usage_.growth(*used_us);
      const bool known = grown && seconds > 0;
      busy_cores = known ? static_cast<double>(*grown) / 1e6 / seconds : kUnknown;
    }
    resource_->set(sheet, quantised_ratio(busy_cores), *quota);
  }

  void read_load(SampleSheet& sheet, FirstFailure& failure) {
    const auto text = load_.read();
    if (!text) return failure.add(text.error());
    Scanner scanner(*text);
    scanner.next_line();
    for (std::size_t i = 0; i < kLoadSpecs.size(); ++i) {
      const auto value = parse_double(scanner.word());
      if (!value || *value < 0) return failure.add(malformed(load_.path(), scanner));
      load_series_.set(sheet, i, *value);
    }
  }

  ProcFile stat_;
  ProcFile load_;
  CgroupCpu cgroup_;
  CpuTopology topology_;
  CpuFrequencies frequencies_;
  Cadence look_at_topology_{kTopologyPeriod};
  bool some_reserved_ = false;
  CpuTicks shared_{};  // what the cores that are not reserved grew by since the start
  CpuTime all_;        // of those
  double busy_ = kUnknown;
  DeviceTable<Core> cores_{kMaxCores};
  Counter usage_;
  std::chrono::nanoseconds since_usage_{0};
  SeriesGroup host_{kHostSpecs};
  SeriesGroup load_series_{kLoadSpecs};
  std::optional<ResourceSlots> resource_;
};

}  // namespace

std::unique_ptr<Collector> make_cpu_collector(const CollectorOptions& options) {
  return std::make_unique<CpuCollector>(options);
}

}  // namespace headroom::agent
