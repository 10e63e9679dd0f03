// The limits of the cgroup that this agent sees as the root: none on a plain host, those of the
// container inside one. Only cgroup v2, where the files stand at the root of the mounted hierarchy
// (https://docs.kernel.org/admin-guide/cgroup-v2.html, "Core Interface Files", "CPU", "Memory").
// The kernel gives the true root none of the limit files.
#pragma once

#include <cstdint>
#include <optional>

#include "agent/collectors/collector.h"
#include "agent/procfs/proc_file.h"

namespace headroom::agent {

class CgroupCpu {
 public:
  explicit CgroupCpu(const HostRoots& roots);
  // cpu.max in cores; nothing where there is no quota.
  std::optional<double> quota();
  // Processor time that the cgroup used since it began, in microseconds.
  std::optional<std::uint64_t> usage_us();

 private:
  OptionalProcFile max_;
  OptionalProcFile stat_;
};

class CgroupMemory {
 public:
  explicit CgroupMemory(const HostRoots& roots);
  // memory.max in bytes; nothing where there is no limit.
  std::optional<double> limit();
  // memory.current without inactive_file, in bytes: what cannot be given back at once.
  std::optional<double> working_set();

 private:
  OptionalProcFile max_;
  OptionalProcFile current_;
  OptionalProcFile stat_;
};

}  // namespace headroom::agent
