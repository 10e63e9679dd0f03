// Where a host keeps its cgroups: the one tree of version 2, the trees by controller of version 1,
// or both side by side (https://docs.kernel.org/admin-guide/cgroup-v2.html and
// https://docs.kernel.org/admin-guide/cgroup-v1/).
#pragma once

#include <optional>
#include <string>

#include "agent/collectors/collector.h"

namespace headroom::agent {

// Folders that are hierarchies' roots; a cgroup has the same path below each. Empty: not there.
struct CgroupLayout {
  std::string tree;     // the one to walk
  std::string unified;  // version 2
  // Version 1. Where a controller is mounted in this way, its files count and those of version 2 do
  // not: a controller belongs to one hierarchy only.
  std::string cpu;
  std::string cpuacct;
  std::string memory;
  std::string pids;
  std::string blkio;
};

// Nothing on a host without cgroups.
std::optional<CgroupLayout> find_cgroups(const HostRoots& roots);

}  // namespace headroom::agent
