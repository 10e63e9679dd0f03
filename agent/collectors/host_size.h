// How large the host is: what a cgroup without limits of its own can use.
#pragma once

#include "agent/collectors/cadence.h"
#include "agent/collectors/collector.h"
#include "agent/collectors/numbers.h"
#include "agent/procfs/proc_file.h"

namespace headroom::agent {

class HostSize {
 public:
  explicit HostSize(const HostRoots& roots);
  // Once per grid point; looks once a minute.
  void look(const Tick& tick);
  double cores() const { return cores_; }          // online; kUnknown where /proc/stat is no help
  double memory_bytes() const { return memory_; }  // likewise, from /proc/meminfo

 private:
  Cadence cadence_{std::chrono::minutes(1)};
  OptionalProcFile stat_;
  OptionalProcFile meminfo_;
  double cores_ = kUnknown;
  double memory_ = kUnknown;
};

}  // namespace headroom::agent
