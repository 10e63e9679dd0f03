#include "agent/collectors/cgroup_reader.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <unistd.h>

#include "agent/collectors/cgroup_text.h"
#include "agent/procfs/scanner.h"

namespace headroom::agent {
namespace {

constexpr std::string_view kTotal = "total=";
constexpr double kUnlimited = std::numeric_limits<double>::infinity();
constexpr double kMicro = 1e6;
constexpr double kNano = 1e9;
// Version 1 writes "no limit" as the largest number of whole pages.
constexpr std::uint64_t kNoLimit = 1ULL << 62;

double or_unknown(const std::optional<std::uint64_t>& value) {
  return value ? static_cast<double>(*value) : kUnknown;
}

// A quota of nothing cannot be; it would be a capacity of nothing.
double cores_of(double quota_us, double period_us) {
  return quota_us > 0 && std::isfinite(period_us) && period_us > 0 ? quota_us / period_us
                                                                   : kUnknown;
}

}  // namespace

std::optional<std::string_view> CgroupReader::read(const CgroupContext& context, File file,
                                                   const std::string& hierarchy,
                                                   std::string_view name) {
  return files_[file].read(context, hierarchy, path_, name);
}

void CgroupReader::malformed(const CgroupContext& context, const std::string& hierarchy,
                             std::string_view name) const {
  context.failure.add(
      {ErrorCode::kCorruption, std::string(hierarchy).append(path_).append("/").append(name).append(
                                   " is not in the form that the kernel documents")});
}

void CgroupReader::unknown(CgroupValue first, CgroupValue last) {
  std::fill(values_.begin() + first, values_.begin() + last + 1, kUnknown);
}

void CgroupReader::reopen() {
  for (CgroupFile& file : files_) file.forget();
}

void CgroupReader::look_again() {
  for (CgroupFile& file : files_) file.look_again();
}

bool CgroupReader::exists(const CgroupContext& context) const {
  return ::access((context.layout.tree + path_).c_str(), F_OK) == 0;
}

void CgroupReader::move_to(std::string_view path) {
  path_ = path;
  reopen();
  forget_values();
  cpu_usage_us_ = 0;
}

void CgroupReader::read_use(const CgroupContext& context) {
  read_cpu(context);
  read_memory_usage(context);
}

bool CgroupReader::read_cpu(const CgroupContext& context) {
  unknown(kCpuUser, kCpuSystem);
  // Version 2 counts time in every cgroup, with or without its controller.
  return read_cpu_stat(context) || read_cpuacct(context);
}

bool CgroupReader::read_cpu_stat(const CgroupContext& context) {
  if (context.layout.cpu.empty()) unknown(kQuotaPeriods, kThrottledTime);
  const auto text = read(context, kCpuStatFile, context.layout.unified, "cpu.stat");
  if (!text) return false;
  std::optional<std::uint64_t> usage;
  std::optional<std::uint64_t> user;
  std::optional<std::uint64_t> system;
  std::optional<std::uint64_t> periods;
  std::optional<std::uint64_t> throttled;
  std::optional<std::uint64_t> throttled_us;
  const bool understood = read_fields(*text, {{"usage_usec", usage},
                                              {"user_usec", user},
                                              {"system_usec", system},
                                              {"nr_periods", periods},
                                              {"nr_throttled", throttled},
                                              {"throttled_usec", throttled_us}});
  if (!understood || !usage || !user || !system) {
    malformed(context, context.layout.unified, "cpu.stat");
    return false;
  }
  cpu_usage_us_ = *usage;
  values_[kCpuUser] = static_cast<double>(*user) / kMicro;
  values_[kCpuSystem] = static_cast<double>(*system) / kMicro;
  // Without a quota there are no periods, and nothing to throttle.
  if (!context.layout.cpu.empty() || periods.value_or(0) == 0) return true;
  values_[kQuotaPeriods] = or_unknown(periods);
  values_[kThrottledPeriods] = or_unknown(throttled);
  values_[kThrottledTime] = or_unknown(throttled_us) / kMicro;
  return true;
}

bool CgroupReader::read_cpuacct(const CgroupContext& context) {
  const auto number = [&](File file, std::string_view name) -> std::optional<std::uint64_t> {
    const auto text = read(context, file, context.layout.cpuacct, name);
    if (!text) return std::nullopt;
    const auto value = first_number(*text);
    if (!value) malformed(context, context.layout.cpuacct, name);
    return value;
  };
  const auto user_ns = number(kUserFile, "cpuacct.usage_user");
  const auto system_ns = number(kSystemFile, "cpuacct.usage_sys");
  if (!user_ns || !system_ns) return false;
  values_[kCpuUser] = static_cast<double>(*user_ns) / kNano;
  values_[kCpuSystem] = static_cast<double>(*system_ns) / kNano;
  cpu_usage_us_ = (*user_ns + *system_ns) / 1000;
  return true;
}

void CgroupReader::read_rest(const CgroupContext& context) {
  if (!context.layout.cpu.empty()) read_throttling(context);
  read_memory(context);
  read_oom(context);
  read_io(context);
  read_tasks(context);
  unknown(kCpuSome, kIoFull);
  read_pressure(context, kCpuPressureFile, "cpu.pressure", kCpuSome);
  read_pressure(context, kMemoryPressureFile, "memory.pressure", kMemorySome);
  read_pressure(context, kIoPressureFile, "io.pressure", kIoSome);
}

void CgroupReader::read_throttling(const CgroupContext& context) {
  unknown(kQuotaPeriods, kThrottledTime);
  const auto text = read(context, kThrottlingFile, context.layout.cpu, "cpu.stat");
  if (!text) return;
  std::optional<std::uint64_t> periods;
  std::optional<std::uint64_t> throttled;
  std::optional<std::uint64_t> throttled_ns;
  const bool understood = read_fields(
      *text,
      {{"nr_periods", periods}, {"nr_throttled", throttled}, {"throttled_time", throttled_ns}});
  if (!understood) return malformed(context, context.layout.cpu, "cpu.stat");
  if (periods.value_or(0) == 0) return;
  values_[kQuotaPeriods] = or_unknown(periods);
  values_[kThrottledPeriods] = or_unknown(throttled);
  values_[kThrottledTime] = or_unknown(throttled_ns) / kNano;
}

std::optional<std::uint64_t> CgroupReader::read_memory_usage(const CgroupContext& context) {
  unknown(kMemoryUsage, kWorkingSet);
  const bool old = !context.layout.memory.empty();
  const std::string& hierarchy = old ? context.layout.memory : context.layout.unified;
  const char* const name = old ? "memory.usage_in_bytes" : "memory.current";
  const auto text = read(context, kMemoryUsageFile, hierarchy, name);
  if (!text) return std::nullopt;
  const auto usage = first_number(*text);
  if (usage) {
    values_[kMemoryUsage] = static_cast<double>(*usage);
  } else {
    malformed(context, hierarchy, name);
  }
  return usage;
}

void CgroupReader::read_memory(const CgroupContext& context) {
  const auto usage = read_memory_usage(context);
  if (!usage) return;
  const bool old = !context.layout.memory.empty();
  const std::string& hierarchy = old ? context.layout.memory : context.layout.unified;
  const auto stat = read(context, kMemoryStatFile, hierarchy, "memory.stat");
  if (!stat) return;
  std::optional<std::uint64_t> inactive;
  if (!read_fields(*stat, {{old ? "total_inactive_file" : "inactive_file", inactive}}) ||
      !inactive) {
    return malformed(context, hierarchy, "memory.stat");
  }
  values_[kWorkingSet] = static_cast<double>(*usage - std::min(*usage, *inactive));
}

void CgroupReader::read_oom(const CgroupContext& context) {
  unknown(kOomEvents, kOomKills);
  const bool old = !context.layout.memory.empty();
  const std::string& hierarchy = old ? context.layout.memory : context.layout.unified;
  const char* const name = old ? "memory.oom_control" : "memory.events";
  const auto text = read(context, kOomFile, hierarchy, name);
  if (!text) return;
  std::optional<std::uint64_t> events;
  std::optional<std::uint64_t> kills;
  if (!read_fields(*text, {{"oom", events}, {"oom_kill", kills}})) {
    return malformed(context, hierarchy, name);
  }
  values_[kOomEvents] = or_unknown(events);
  values_[kOomKills] = or_unknown(kills);
}

void CgroupReader::read_io(const CgroupContext& context) {
  unknown(kBytesRead, kWrites);
  if (!context.layout.blkio.empty()) {
    read_blkio(context, kBytesFile, "blkio.throttle.io_service_bytes_recursive", kBytesRead,
               kBytesWritten);
    read_blkio(context, kOperationsFile, "blkio.throttle.io_serviced_recursive", kReads, kWrites);
    return;
  }
  static constexpr std::array<std::string_view, 4> kKeys{"rbytes=", "wbytes=", "rios=", "wios="};
  const auto text = read(context, kBytesFile, context.layout.unified, "io.stat");
  if (!text) return;
  std::array<std::uint64_t, kKeys.size()> sums{};
  Scanner scanner(*text);
  while (scanner.next_line()) {
    scanner.word();  // the device; one without transfers has nothing behind it
    for (std::string_view word = scanner.word(); !word.empty(); word = scanner.word()) {
      for (std::size_t i = 0; i < kKeys.size(); ++i) {
        if (!word.starts_with(kKeys[i])) continue;
        const auto number = first_number(word.substr(kKeys[i].size()));
        if (!number) return malformed(context, context.layout.unified, "io.stat");
        sums[i] += *number;
      }
    }
  }
  for (std::size_t i = 0; i < sums.size(); ++i) {
    values_[kBytesRead + i] = transfers_[i].value(sums[i]);
  }
}

// Lines of "8:0 Read 4096"; the last one is "Total 4096".
void CgroupReader::read_blkio(const CgroupContext& context, File file, std::string_view name,
                              CgroupValue read_value, CgroupValue write_value) {
  const auto text = read(context, file, context.layout.blkio, name);
  if (!text) return;
  std::uint64_t reads = 0;
  std::uint64_t writes = 0;
  Scanner scanner(*text);
  while (scanner.next_line()) {
    scanner.word();
    const std::string_view operation = scanner.word();
    if (operation != "Read" && operation != "Write") continue;
    const auto number = scanner.number();
    if (!number) return malformed(context, context.layout.blkio, name);
    (operation == "Read" ? reads : writes) += *number;
  }
  values_[read_value] = transfers_[read_value - kBytesRead].value(reads);
  values_[write_value] = transfers_[write_value - kBytesRead].value(writes);
}

void CgroupReader::read_tasks(const CgroupContext& context) {
  unknown(kTasks, kTasks);
  const std::string& hierarchy =
      context.layout.pids.empty() ? context.layout.unified : context.layout.pids;
  const auto text = read(context, kTasksFile, hierarchy, "pids.current");
  if (!text) return;
  const auto tasks = first_number(*text);
  if (!tasks) return malformed(context, hierarchy, "pids.current");
  values_[kTasks] = static_cast<double>(*tasks);
}

// "some avg10=0.00 avg60=0.00 avg300=0.00 total=1234", in µs, and the same with "full".
void CgroupReader::read_pressure(const CgroupContext& context, File file, std::string_view name,
                                 CgroupValue some) {
  const auto text = read(context, file, context.layout.unified, name);
  if (!text) return;
  std::array<double, 2> totals{kUnknown, kUnknown};
  Scanner scanner(*text);
  while (scanner.next_line()) {
    const bool full = scanner.word() == "full";
    std::optional<std::uint64_t> total;
    for (std::string_view word = scanner.word(); !word.empty(); word = scanner.word()) {
      if (word.starts_with(kTotal)) total = first_number(word.substr(kTotal.size()));
    }
    if (!total) return malformed(context, context.layout.unified, name);
    totals[full ? 1 : 0] = static_cast<double>(*total) / kMicro;
  }
  values_[some] = totals[0];
  values_[some + 1] = totals[1];
}

void CgroupReader::read_limits(const CgroupContext& context) {
  const bool old = !context.layout.memory.empty();
  const std::string& memory = old ? context.layout.memory : context.layout.unified;
  const std::string& pids =
      context.layout.pids.empty() ? context.layout.unified : context.layout.pids;
  read_cpu_limit(context);
  values_[kMemoryLimit] = limit(context, memory, old ? "memory.limit_in_bytes" : "memory.max");
  values_[kTasksLimit] = limit(context, pids, "pids.max");
}

double CgroupReader::limit(const CgroupContext& context, const std::string& hierarchy,
                           std::string_view name) {
  const auto text = CgroupFile().read(context, hierarchy, path_, name);
  if (!text) return kUnlimited;  // without the controller there is none
  Scanner scanner(*text);
  scanner.next_line();
  const std::string_view word = scanner.word();
  if (word == "max" || word == "-1") return kUnlimited;
  const auto number = first_number(word);
  if (number) return *number >= kNoLimit ? kUnlimited : static_cast<double>(*number);
  malformed(context, hierarchy, name);
  return kUnknown;
}

void CgroupReader::read_cpu_limit(const CgroupContext& context) {
  if (!context.layout.cpu.empty()) {
    const double quota_us = limit(context, context.layout.cpu, "cpu.cfs_quota_us");
    const double period_us = limit(context, context.layout.cpu, "cpu.cfs_period_us");
    values_[kCpuLimit] = quota_us == kUnlimited ? kUnlimited : cores_of(quota_us, period_us);
    return;
  }
  values_[kCpuLimit] = kUnlimited;
  const auto text = CgroupFile().read(context, context.layout.unified, path_, "cpu.max");
  if (!text) return;
  Scanner scanner(*text);
  scanner.next_line();
  const std::string_view quota = scanner.word();
  if (quota == "max") return;
  values_[kCpuLimit] = cores_of(or_unknown(first_number(quota)), or_unknown(scanner.number()));
  if (std::isnan(values_[kCpuLimit])) malformed(context, context.layout.unified, "cpu.max");
}

}  // namespace headroom::agent
