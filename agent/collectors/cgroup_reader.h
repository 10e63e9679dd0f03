// The files of one cgroup, of version 2 or 1. What a kernel, a controller or a permission does not
// give is unknown and no error; a file that is not in the documented form is one, and its values
// are unknown.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "agent/collectors/cgroup_file.h"
#include "agent/collectors/numbers.h"

namespace headroom::agent {

// In seconds, cores, bytes, or as a number of what the name says. A limit that is not set is
// infinite.
enum CgroupValue : std::size_t {
  kCpuUser,
  kCpuSystem,
  kQuotaPeriods,
  kThrottledPeriods,
  kThrottledTime,
  kCpuLimit,
  kMemoryUsage,
  kWorkingSet,
  kMemoryLimit,
  kOomEvents,
  kOomKills,
  kBytesRead,
  kBytesWritten,
  kReads,
  kWrites,
  kTasks,
  kTasksLimit,
  kCpuSome,
  kCpuFull,
  kMemorySome,
  kMemoryFull,
  kIoSome,
  kIoFull,
  kCgroupValues
};
using CgroupValues = std::array<double, kCgroupValues>;

class CgroupReader {
 public:
  // The cgroup's path below its hierarchies' roots, "/system.slice/nginx.service".
  explicit CgroupReader(std::string path) : path_(std::move(path)) { values_.fill(kUnknown); }

  bool exists(const CgroupContext& context) const;
  // Processor time; false when there is none to be had.
  bool read_cpu(const CgroupContext& context);
  // Memory, transfers, tasks, pressure, throttling.
  void read_rest(const CgroupContext& context);
  // Limits. Their files are not held open.
  void read_limits(const CgroupContext& context);

  const CgroupValues& values() const { return values_; }
  // Processor time in all, in microseconds.
  std::uint64_t cpu_usage_us() const { return cpu_usage_us_; }
  const std::string& path() const { return path_; }

  // Reads another cgroup from now on.
  void move_to(std::string_view path);
  // Processor time and memory usage alone; neither is known afterwards where it is not to be had.
  void read_use(const CgroupContext& context);
  // The cgroup was made anew.
  void reopen();
  // Files may have come that were not there.
  void look_again();
  // It is gone: nothing is known.
  void forget_values() { values_.fill(kUnknown); }

 private:
  enum File : std::size_t {
    kCpuStatFile,
    kUserFile,
    kSystemFile,
    kThrottlingFile,
    kMemoryUsageFile,
    kMemoryStatFile,
    kOomFile,
    kBytesFile,
    kOperationsFile,
    kTasksFile,
    kCpuPressureFile,
    kMemoryPressureFile,
    kIoPressureFile,
    kFiles
  };
  std::optional<std::string_view> read(const CgroupContext& context, File file,
                                       const std::string& hierarchy, std::string_view name);
  void malformed(const CgroupContext& context, const std::string& hierarchy,
                 std::string_view name) const;
  void unknown(CgroupValue first, CgroupValue last);

  bool read_cpu_stat(const CgroupContext& context);
  bool read_cpuacct(const CgroupContext& context);
  void read_throttling(const CgroupContext& context);
  void read_memory(const CgroupContext& context);
  std::optional<std::uint64_t> read_memory_usage(const CgroupContext& context);
  void read_oom(const CgroupContext& context);
  void read_io(const CgroupContext& context);
  void read_blkio(const CgroupContext& context, File file, std::string_view name,
                  CgroupValue read_value, CgroupValue write_value);
  void read_tasks(const CgroupContext& context);
  void read_pressure(const CgroupContext& context, File file, std::string_view name,
                     CgroupValue some);
  void read_cpu_limit(const CgroupContext& context);
  double limit(const CgroupContext& context, const std::string& hierarchy, std::string_view name);

  std::string path_;
  std::array<CgroupFile, kFiles> files_;
  CgroupValues values_;
  std::uint64_t cpu_usage_us_ = 0;
  std::array<SteadyCounter, 4> transfers_;  // from kBytesRead on
};

}  // namespace headroom::agent
