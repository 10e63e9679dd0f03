// Memory from /proc/meminfo and /proc/vmstat (proc_meminfo(5), proc_vmstat(5)), and the cgroup's
// limit.
//
// "used" is total - available: what a new program could not have. It is larger than OpenTelemetry's
// total - free - buffers - cached, because not all of the cache can be given back; so used, free,
// buffers and cached do not add up to the total.
#include <algorithm>
#include <array>
#include <cmath>

#include "agent/collectors/cadence.h"
#include "agent/collectors/cgroup.h"
#include "agent/collectors/first_failure.h"
#include "agent/collectors/numa_memory.h"
#include "agent/collectors/numbers.h"
#include "agent/collectors/registry.h"
#include "agent/collectors/series_group.h"
#include "agent/procfs/proc_file.h"
#include "agent/procfs/scanner.h"

namespace headroom::agent {
namespace {

// The lines that are read, parallel to kNames; values in bytes (huge pages: in pages), or kUnknown
// for a line that is not there.
enum Key : std::size_t {
  kTotal,
  kFree,
  kAvailable,
  kBuffers,
  kCached,
  kDirty,
  kAnonymous,
  kShared,
  kReclaimable,
  kUnreclaimable,
  kSwapTotal,
  kSwapFree,
  kHugeTotal,
  kHugeFree,
  kHugeReserved,
  kHugePageSize,
  kKeys
};
constexpr std::array<std::string_view, kKeys> kNames{
    "MemTotal",        "MemFree",        "MemAvailable",   "Buffers",     "Cached",    "Dirty",
    "AnonPages",       "Shmem",          "SReclaimable",   "SUnreclaim",  "SwapTotal", "SwapFree",
    "HugePages_Total", "HugePages_Free", "HugePages_Rsvd", "Hugepagesize"};
using Amounts = std::array<double, kKeys>;

enum MemorySeries : std::size_t {
  kStateUsed,
  kStateFree,
  kStateBuffers,
  kStateCached,
  kAvailableBytes,
  kLimitBytes,
  kUtilization,
  kSharedBytes,
  kDirtyBytes,
  kAnonymousBytes,
  kSlabReclaimable,
  kSlabUnreclaimable,
  kSwapUsed,
  kSwapUnused
};
constexpr std::string_view kUsage = "system.memory.usage";
constexpr std::string_view kState = "system.memory.state";
constexpr std::string_view kSlab = "system.memory.slab.usage";
constexpr std::string_view kSlabState = "system.memory.slab.state";
constexpr std::array<SeriesSpec, 14> kMemorySpecs{{
    {kUsage, "By", Kind::kGauge, kState, "used"},
    {kUsage, "By", Kind::kGauge, kState, "free"},
    {kUsage, "By", Kind::kGauge, kState, "buffers"},
    {kUsage, "By", Kind::kGauge, kState, "cached"},
    {"system.memory.available", "By"},
    {"system.memory.limit", "By"},
    {"system.memory.utilization", "1"},
    {"system.memory.shared", "By"},
    {"system.memory.dirty", "By"},
    {"system.memory.anonymous", "By"},
    {kSlab, "By", Kind::kGauge, kSlabState, "reclaimable"},
    {kSlab, "By", Kind::kGauge, kSlabState, "unreclaimable"},
    {"system.paging.usage", "By", Kind::kGauge, "system.paging.state", "used"},
    {"system.paging.usage", "By", Kind::kGauge, "system.paging.state", "free"},
}};

// Only where some are set aside.
enum HugePageSeries : std::size_t {
  kHugeUsed,
  kHugeUnused,
  kHugeSeriesReserved,
  kHugeLimit,
  kHugeSize
};
constexpr std::string_view kHugeUsage = "system.memory.linux.hugepages.usage";
constexpr std::string_view kHugeState = "system.memory.linux.hugepages.state";
constexpr std::array<SeriesSpec, 5> kHugeSpecs{{
    {kHugeUsage, "{page}", Kind::kGauge, kHugeState, "used"},
    {kHugeUsage, "{page}", Kind::kGauge, kHugeState, "free"},
    {"system.memory.linux.hugepages.reserved", "{page}"},
    {"system.memory.linux.hugepages.limit", "{page}"},
    {"system.memory.linux.hugepages.page_size", "By"},
}};

enum EventSeries : std::size_t { kFaultsMinor, kFaultsMajor, kSwappedIn, kSwappedOut };
constexpr std::array<SeriesSpec, 4> kEventSpecs{{
    {"system.paging.faults", "{fault}", Kind::kCounter, "system.paging.fault.type", "minor"},
    {"system.paging.faults", "{fault}", Kind::kCounter, "system.paging.fault.type", "major"},
    {"system.paging.operations", "{operation}", Kind::kCounter, "system.paging.direction", "in"},
    {"system.paging.operations", "{operation}", Kind::kCounter, "system.paging.direction", "out"},
}};
// Kernels before 4.13 do not count these, so the series stands alone.
constexpr std::array<SeriesSpec, 1> kOomSpecs{
    {{"system.memory.oom_kills", "{kill}", Kind::kCounter}}};

constexpr auto kVmstatPeriod = std::chrono::seconds(5);

class MemoryCollector final : public Collector {
 public:
  explicit MemoryCollector(const CollectorOptions& options)
      : meminfo_(options.roots.proc() + "/meminfo"),
        vmstat_(options.roots.proc() + "/vmstat"),
        cgroup_(options.roots),
        numa_(options.roots) {}

  Status collect(const Tick& tick, SampleSheet& sheet) override {
    if (!resource_) resource_.emplace(sheet, Resource::kMemory);
    FirstFailure failure;
    read_meminfo(sheet, failure);
    // vmstat alone costs the kernel as much as all other files of a sample together.
    if (vmstat_look_.due(tick)) vmstat_status_ = read_vmstat();
    publish_events(sheet);
    if (!vmstat_status_) failure.add(vmstat_status_.error());
    if (auto done = numa_.collect(tick, sheet); !done) failure.add(done.error());
    return failure.status();
  }

 private:
  void read_meminfo(SampleSheet& sheet, FirstFailure& failure) {
    const auto text = meminfo_.read();
    if (!text) return failure.add(text.error());
    Amounts amounts;
    amounts.fill(kUnknown);
    Scanner scanner(*text);
    while (scanner.next_line()) {
      const auto name = scanner.until(':');
      if (!name) {
        failure.add(malformed(meminfo_.path(), scanner));
        continue;
      }
      const auto key = std::find(kNames.begin(), kNames.end(), *name);
      if (key == kNames.end()) continue;
      const auto kib = scanner.number();
      if (!kib) failure.add(malformed(meminfo_.path(), scanner));
      const auto at = static_cast<std::size_t>(key - kNames.begin());
      const bool in_pages = at >= kHugeTotal && at <= kHugeReserved;
      if (kib) amounts[at] = static_cast<double>(*kib) * (in_pages ? 1 : 1024);
    }
    // Kernels before 3.14 do not say what is available. This is what free(1) reckoned there: it is
    // too high while low watermarks and pinned cache matter, so such a host looks a little emptier
    // than it is.
    if (std::isnan(amounts[kAvailable])) {
      amounts[kAvailable] =
          amounts[kFree] + amounts[kBuffers] + amounts[kCached] - amounts[kShared];
    }
    publish(amounts, sheet);
    if (std::isnan(amounts[kTotal] + amounts[kAvailable])) {
      failure.add({ErrorCode::kCorruption,
                   meminfo_.path() + " does not say both MemTotal and MemAvailable"});
    }
  }

  void publish(const Amounts& amounts, SampleSheet& sheet) {
    const double total = amounts[kTotal];
    // Ballooning and memory hot-remove can leave available above the total for a moment.
    const double used = not_below_zero(total - amounts[kAvailable]);
    series_.set(sheet, kStateUsed, used);
    series_.set(sheet, kStateFree, amounts[kFree]);
    series_.set(sheet, kStateBuffers, amounts[kBuffers]);
    series_.set(sheet, kStateCached, amounts[kCached]);
    series_.set(sheet, kAvailableBytes, not_below_zero(amounts[kAvailable]));
    series_.set(sheet, kLimitBytes, total);
    series_.set(sheet, kUtilization, quantised_ratio(used / total));
    series_.set(sheet, kSharedBytes, amounts[kShared]);
    series_.set(sheet, kDirtyBytes, amounts[kDirty]);
    series_.set(sheet, kAnonymousBytes, amounts[kAnonymous]);
    series_.set(sheet, kSlabReclaimable, amounts[kReclaimable]);
    series_.set(sheet, kSlabUnreclaimable, amounts[kUnreclaimable]);
    series_.set(sheet, kSwapUsed, not_below_zero(amounts[kSwapTotal] - amounts[kSwapFree]));
    series_.set(sheet, kSwapUnused, amounts[kSwapFree]);
    publish_huge_pages(amounts, sheet);
    set_resource(sheet, used, total);
  }

  void publish_huge_pages(const Amounts& amounts, SampleSheet& sheet) {
    if (amounts[kHugeTotal] > 0) has_huge_pages_ = true;
    if (!has_huge_pages_) return;
    huge_pages_.set(sheet, kHugeUsed, not_below_zero(amounts[kHugeTotal] - amounts[kHugeFree]));
    huge_pages_.set(sheet, kHugeUnused, amounts[kHugeFree]);
    huge_pages_.set(sheet, kHugeSeriesReserved, amounts[kHugeReserved]);
    huge_pages_.set(sheet, kHugeLimit, amounts[kHugeTotal]);
    huge_pages_.set(sheet, kHugeSize, amounts[kHugePageSize]);
  }

  void set_resource(SampleSheet& sheet, double used, double total) {
    const auto limit = cgroup_.limit();
    if (!limit || !(*limit < total)) return resource_->set(sheet, used, total);
    // The host's memory is not this cgroup's to use, so neither is the host's use its demand.
    resource_->set(sheet, cgroup_.working_set().value_or(kUnknown), *limit);
  }

  Status read_vmstat() {
    oom_kills_ = kUnknown;
    event_counts_.fill(kUnknown);
    const auto text = vmstat_.read();
    if (!text) return fail(text.error());
    FirstFailure failure;
    double faults = kUnknown;
    Scanner scanner(*text);
    const auto value = [&] {
      const auto number = scanner.number();
      if (!number) failure.add(malformed(vmstat_.path(), scanner));
      return number ? static_cast<double>(*number) : kUnknown;
    };
    while (scanner.next_line()) {
      const std::string_view name = scanner.word();
      if (name == "pgfault") faults = value();
      if (name == "pgmajfault") event_counts_[kFaultsMajor] = value();
      if (name == "pswpin") event_counts_[kSwappedIn] = value();
      if (name == "pswpout") event_counts_[kSwappedOut] = value();
      if (name == "oom_kill") oom_kills_ = value();
    }
    // pgfault counts both kinds. The two are summed over the cores one after the other, so the
    // difference may wobble.
    event_counts_[kFaultsMinor] = not_below_zero(faults - event_counts_[kFaultsMajor]);
    return failure.status();
  }

  void publish_events(SampleSheet& sheet) {
    for (std::size_t i = 0; i < event_counts_.size(); ++i) events_.set(sheet, i, event_counts_[i]);
    oom_.set(sheet, 0, oom_kills_);
  }

  ProcFile meminfo_;
  ProcFile vmstat_;
  CgroupMemory cgroup_;
  NumaMemory numa_;
  SeriesGroup series_{kMemorySpecs};
  Cadence vmstat_look_{kVmstatPeriod};
  Status vmstat_status_;
  std::array<double, kEventSpecs.size()> event_counts_{};
  double oom_kills_ = kUnknown;
  SeriesGroup events_{kEventSpecs};
  SeriesGroup oom_{kOomSpecs};
  SeriesGroup huge_pages_{kHugeSpecs};
  bool has_huge_pages_ = false;
  std::optional<ResourceSlots> resource_;
};

}  // namespace

std::unique_ptr<Collector> make_memory_collector(const CollectorOptions& options) {
  return std::make_unique<MemoryCollector>(options);
}

}  // namespace headroom::agent
