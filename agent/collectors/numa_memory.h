// Memory by NUMA node, from /sys/devices/system/node/nodeN/meminfo. One node is the whole host and
// has no series of its own.
#pragma once

#include <string>
#include <vector>

#include "agent/collectors/cadence.h"
#include "agent/collectors/collector.h"
#include "agent/collectors/numbers.h"
#include "agent/collectors/series_group.h"
#include "agent/procfs/proc_file.h"

namespace headroom::agent {

inline constexpr std::size_t kMaxNumaNodes = 64;

class NumaMemory {
 public:
  explicit NumaMemory(const HostRoots& roots);
  Status collect(const Tick& tick, SampleSheet& sheet);

 private:
  struct Node {
    ProcFile file;
    double total = kUnknown;
    double free = kUnknown;
    double file_pages = kUnknown;
    double anonymous = kUnknown;
    SeriesGroup series;
    Status read();
  };

  Status find_nodes(SampleSheet& sheet);
  Status look();

  std::string folder_;
  Cadence look_;
  OptionalProcFile online_;
  std::string online_text_;
  std::vector<Node> nodes_;
  Status nodes_status_;
  Status look_status_;
};

}  // namespace headroom::agent
