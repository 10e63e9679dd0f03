#include "agent/collectors/cgroup_unit.h"

#include <span>

#include "common/model/resource.h"

namespace headroom::agent {
namespace {

// A file that was not there is looked for again after so many walks.
constexpr unsigned kWalksPerRetry = 6;
constexpr double kMicro = 1e6;

constexpr Kind kCount = Kind::kCounter;
constexpr std::string_view kMode = "cpu.mode";
constexpr std::string_view kDirection = "disk.io.direction";
constexpr std::string_view kStalled = "system.pressure.stall";
// Parallel to CgroupValue.
constexpr std::array<SeriesSpec, kCgroupValues> kSpecs{{
    {"system.cgroup.cpu.time", "s", kCount, kMode, "user"},
    {"system.cgroup.cpu.time", "s", kCount, kMode, "system"},
    {"system.cgroup.cpu.periods", "{period}", kCount},
    {"system.cgroup.cpu.throttled.periods", "{period}", kCount},
    {"system.cgroup.cpu.throttled.time", "s", kCount},
    {"system.cgroup.cpu.limit", "{cpu}"},
    {"system.cgroup.memory.usage", "By"},
    {"system.cgroup.memory.working_set", "By"},
    {"system.cgroup.memory.limit", "By"},
    {"system.cgroup.memory.oom_events", "{event}", kCount},
    {"system.cgroup.memory.oom_kills", "{process}", kCount},
    {"system.cgroup.disk.io", "By", kCount, kDirection, "read"},
    {"system.cgroup.disk.io", "By", kCount, kDirection, "write"},
    {"system.cgroup.disk.operations", "{operation}", kCount, kDirection, "read"},
    {"system.cgroup.disk.operations", "{operation}", kCount, kDirection, "write"},
    {"system.cgroup.tasks", "{task}"},
    {"system.cgroup.tasks.limit", "{task}"},
    {"system.cgroup.pressure.cpu", "s", kCount, kStalled, "some"},
    {"system.cgroup.pressure.cpu", "s", kCount, kStalled, "full"},
    {"system.cgroup.pressure.memory", "s", kCount, kStalled, "some"},
    {"system.cgroup.pressure.memory", "s", kCount, kStalled, "full"},
    {"system.cgroup.pressure.io", "s", kCount, kStalled, "some"},
    {"system.cgroup.pressure.io", "s", kCount, kStalled, "full"},
}};

// The first value of each group; a group goes to the beginning of the next one.
constexpr std::array<CgroupValue, 12> kGroups{
    kCpuUser,  kQuotaPeriods, kCpuLimit, kMemoryUsage, kMemoryLimit, kOomEvents,
    kOomKills, kBytesRead,    kTasks,    kTasksLimit,  kCpuSome,     kCgroupValues};

}  // namespace

CgroupUnit::CgroupUnit(std::string_view path, std::string name, const Cgroup& cgroup,
                       std::chrono::nanoseconds now)
    : reader_(std::string(path)),
      name_(std::move(name)),
      service_(cgroup.service),
      id_(cgroup.id),
      seen_(now),
      score_(cgroup.score) {
  Attributes attributes{{"headroom.unit", name_}};
  if (!service_.empty()) attributes.push_back({std::string(kServiceAttribute), service_});
  const std::span<const SeriesSpec> specs(kSpecs);
  for (std::size_t i = 0; i + 1 < kGroups.size(); ++i) {
    series_.emplace_back(specs.subspan(kGroups[i], kGroups[i + 1] - kGroups[i]), attributes);
  }
}

void CgroupUnit::met(const Cgroup* cgroup, std::chrono::nanoseconds now) {
  if (cgroup == nullptr) {
    present_ = false;
    return forget_values();
  }
  seen_ = now;
  score_ = cgroup->score;
  const bool came_back = !std::exchange(present_, true);
  if (std::exchange(id_, cgroup->id) != cgroup->id || came_back) {
    reader_.reopen();
    usage_.forget();
  } else if (++walks_ % kWalksPerRetry == 0) {
    reader_.look_again();
  }
}

std::chrono::nanoseconds CgroupUnit::gone_for(std::chrono::nanoseconds now) const {
  return now - seen_;
}

void CgroupUnit::read_first(const CgroupContext& context) {
  reader_.read_cpu(context);
  reader_.read_rest(context);
  reader_.read_limits(context);
}

void CgroupUnit::read_cpu(const CgroupContext& context, double seconds) {
  const bool had_cpu = std::exchange(has_cpu_, reader_.read_cpu(context));
  cores_ = kUnknown;
  if (!has_cpu_) {
    usage_.forget();
    if (had_cpu && !reader_.exists(context)) {
      present_ = false;
      forget_values();
    }
    return;
  }
  const auto grown = usage_.growth(reader_.cpu_usage_us());
  if (grown && seconds > 0) cores_ = static_cast<double>(*grown) / kMicro / seconds;
}

void CgroupUnit::forget_values() {
  reader_.forget_values();
  reader_.reopen();
  usage_.forget();
  cores_ = kUnknown;
}

void CgroupUnit::put(SampleSheet& sheet) {
  for (std::size_t group = 0; group < series_.size(); ++group) {
    const std::size_t first = kGroups[group];
    for (std::size_t i = first; i < kGroups[group + 1]; ++i) {
      series_[group].set(sheet, i - first, reader_.values()[i]);
    }
  }
}

void CgroupUnit::retire(SampleSheet& sheet) {
  for (SeriesGroup& group : series_) group.retire(sheet);
}

}  // namespace headroom::agent
