// Clock frequencies from /sys/devices/system/cpu/cpuN/cpufreq/scaling_cur_freq
// (https://docs.kernel.org/admin-guide/pm/cpufreq.html).
//
// Some kernels make the reader of such a file wait for 10 ms, so each is read once in half a minute
// and a few at a grid point. Reserved cores are not asked: that may interrupt them.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "agent/collectors/collector.h"
#include "agent/collectors/numbers.h"
#include "agent/collectors/series_group.h"

namespace headroom::agent {

class CpuFrequencies {
 public:
  CpuFrequencies(const HostRoots& roots, bool each_core);

  void take_cores(std::span<const unsigned> cpus, SampleSheet& sheet);
  // Silent where there is no cpufreq, as in most virtual machines.
  void collect(const Tick& tick, SampleSheet& sheet);

 private:
  struct Core {
    std::string path;
    bool absent = false;
    double hertz = kUnknown;
    SeriesGroup series;
  };

  void read_next();

  std::string folder_;
  bool each_core_;
  std::vector<Core> cores_;
  std::size_t next_ = 0;
  double due_ = 0;  // reads, with their fraction
  SeriesGroup mean_;
};

}  // namespace headroom::agent
