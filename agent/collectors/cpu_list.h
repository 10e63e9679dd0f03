// Lists of cores as the kernel writes them ("0-3,8,10-15:2/4",
// https://docs.kernel.org/admin-guide/kernel-parameters.html), and the cores that the scheduler
// keeps its hands off.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/collectors/collector.h"
#include "agent/procfs/proc_file.h"

namespace headroom::agent {

inline constexpr std::size_t kMaxCores = 8192;  // the kernel's own limit on x86 (NR_CPUS)

// The cores in ascending order, each once; none for an empty text and for "(null)", which older
// kernels write for an empty mask. Nothing for what is no list, or names a core from kMaxCores on.
std::optional<std::vector<unsigned>> parse_cpu_list(std::string_view text);

// Cores that were set apart from the others for one purpose each, such as busy polling.
struct ReservedCpus {
  std::vector<unsigned> isolated;   // isolcpus=, or isolated cpuset partitions
  std::vector<unsigned> nohz_full;  // without a timer tick while one task runs

  bool is_isolated(unsigned cpu) const;
  bool is_nohz_full(unsigned cpu) const;
  bool contains(unsigned cpu) const { return is_isolated(cpu) || is_nohz_full(cpu); }
  bool operator==(const ReservedCpus&) const = default;
};

// Which cores are online and which of them are reserved, as /sys says; looked at again seldom.
// Where a file is not there or is no list, there are none of its kind.
class CpuTopology {
 public:
  explicit CpuTopology(const HostRoots& roots);

  // True when something changed.
  bool refresh();
  const ReservedCpus& reserved() const { return reserved_; }
  // The online cores that are for everybody. Empty where it is not known which are online.
  const std::vector<unsigned>& housekeeping() const { return housekeeping_; }

 private:
  struct List {
    OptionalProcFile file;
    std::string text;
    bool refresh();
    std::vector<unsigned> cpus() const;
  };

  List online_;
  List isolated_;
  List nohz_full_;
  ReservedCpus reserved_;
  std::vector<unsigned> housekeeping_;
};

std::vector<unsigned> housekeeping_cpus(const HostRoots& roots);

// Takes this thread, and those that it will start, off the reserved cores. Leaves everything as it
// is where there are none, or where nothing else would be left of what this thread may use.
Status stay_off_reserved_cpus(const HostRoots& roots);

}  // namespace headroom::agent
