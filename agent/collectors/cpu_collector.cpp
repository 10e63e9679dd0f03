// CPU from /proc/stat and /proc/loadavg (proc_stat(5), proc_loadavg(5)), and the cgroup's quota.
//
// Time is counted in ticks per mode. The kernel counts a guest's time in user and nice as well, so
// it is taken out of those: the modes add up to 1.
#include <algorithm>
#include <array>
#include <cmath>

#include "agent/collectors/cgroup.h"
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

constexpr std::size_t kMaxCores = 8192;  // the kernel's own limit on x86 (NR_CPUS)

// The fields of a cpu line, in the file's order.
enum Field : std::size_t {
  kUser,
  kNice,
  kSystem,
  kIdle,
  kIowait,
  kInterrupt,
  kSoftirq,
  kSteal,
  kGuest,
  kGuestNice,
  kFields
};
using Ticks = std::array<std::uint64_t, kFields>;

// The growth of each field between two looks.
class CpuTime {
 public:
  // false the first time and when no tick went by: then there are no shares.
  bool advance(const Ticks& now) {
    for (std::size_t i = 0; i < kFields; ++i) {
      // iowait and idle are known to step back a little, and an unplugged core takes its time
      // along. That field then counts as standing still; the next look starts from the new value.
      grown_[i] = now[i] > before_[i] ? static_cast<double>(now[i] - before_[i]) : 0.0;
    }
    before_ = now;
    total_ = 0;
    for (std::size_t i = kUser; i <= kSteal; ++i) total_ += grown_[i];
    return std::exchange(looked_, true) && total_ > 0;
  }

  double share(Field field) const { return grown_[field] / total_; }
  // Without the guests' time that the field contains.
  double share_without(Field field, Field guest) const {
    return std::max(0.0, grown_[field] - grown_[guest]) / total_;
  }
  // Neither idle nor waiting for a disk. Time stolen by the hypervisor counts: this host wanted it.
  double busy() const { return (total_ - grown_[kIdle] - grown_[kIowait]) / total_; }

 private:
  Ticks before_{};
  std::array<double, kFields> grown_{};
  double total_ = 0;
  bool looked_ = false;
};

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
        cgroup_(options.roots) {}

  Status collect(const Tick& tick, SampleSheet& sheet) override {
    if (!resource_) resource_.emplace(sheet, Resource::kCpu);
    since_usage_ += tick.elapsed;
    FirstFailure failure;
    read_stat(sheet, failure);
    read_load(sheet, failure);
    return failure.status();
  }

 private:
  void read_stat(SampleSheet& sheet, FirstFailure& failure) {
    const auto text = stat_.read();
    if (!text) return failure.add(text.error());
    std::size_t online = 0;
    double busy = kUnknown;
    bool cores_understood = true;
    bool whole = false;
    cores_.begin_walk();
    Scanner scanner(*text);
    while (scanner.next_line()) {
      const std::string_view name = scanner.word();
      bool understood = true;
      if (name == "cpu") {
        understood = read_all_cores(scanner, sheet, busy);
      } else if (name.starts_with("cpu")) {
        understood = read_core(core_number(name), scanner, sheet);
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
    set_resource(sheet, busy * static_cast<double>(online), static_cast<double>(online));
  }

  bool read_all_cores(Scanner& scanner, SampleSheet& sheet, double& busy) {
    Ticks now{};
    if (!scanner.numbers(now)) return false;
    if (!all_.advance(now)) return true;
    busy = all_.busy();
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
    return true;
  }

  bool read_core(std::string_view number, Scanner& scanner, SampleSheet& sheet) {
    Ticks now{};
    if (number.empty() || !scanner.numbers(now)) return false;
    Core* const core = cores_.visit(number, [](std::string_view name) {
      return Core{{}, SeriesGroup(kCoreSpecs, {{"cpu.logical_number", std::string(name)}})};
    });
    if (core == nullptr) return false;
    if (core->time.advance(now)) core->series.set(sheet, 0, quantised_ratio(core->time.busy()));
    return true;
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
  CpuTime all_;
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
