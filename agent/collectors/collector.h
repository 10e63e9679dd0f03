// A collector reads one part of the host once per grid point and puts its values where it was told.
//
// One file per collector and one line in registry.cpp. The law for all of them: read only /proc,
// /sys, system calls and local sockets; need no root; run no commands; never block on anything that
// can hang; allocate nothing in collect() once warm. A collector keeps its files open and is used
// by one thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <sys/statvfs.h>
#include <sys/timex.h>
#include <unordered_map>
#include <utility>
#include <vector>

#include "agent/procfs/sock_diag.h"
#include "agent/scrape/options.h"
#include "agent/statsd/options.h"
#include "common/base/clock.h"
#include "common/base/result.h"
#include "common/model/resource.h"
#include "common/model/series.h"

namespace headroom::agent {

using Slot = std::uint32_t;  // a column of the current sample

// The sample being filled. Slots are handed out by add_series(); a slot that no collector set at a
// grid point holds missing_value(). Adding or retiring a series changes layout_version(), which
// closes the open batch.
class SampleSheet {
 public:
  // The same series asked for twice gets the same slot; its attributes may come in any order. A
  // series that breaks validate(), or that would be live beyond limits::kLayoutSeries of them, is
  // refused and counted, and its values go nowhere (kNoSlot).
  Slot add_series(Series series);
  // The series' device or process is gone. Its slot is handed out again once everybody who asked
  // for it has retired it.
  void retire(Slot slot);
  // Every series ends, whoever asked for it.
  void retire_all();

  void set(Slot slot, double value) {
    if (slot < values_.size()) values_[slot] = value;
  }
  // Before a grid point: every value missing again.
  void clear_values();

  std::uint32_t layout_version() const { return layout_version_; }
  const std::vector<Series>& series() const {
    return series_;
  }  // a retired slot has an empty metric
  const std::vector<double>& values() const { return values_; }  // parallel to series()
  std::uint64_t refused() const { return refused_; }

  static constexpr Slot kNoSlot = 0xffffffff;

 private:
  using Index = std::unordered_multimap<std::size_t, Slot>;
  Index::iterator find(std::size_t hash, const Series& series);

  std::vector<Series> series_;
  std::vector<double> values_;
  std::vector<std::uint32_t> owners_;  // parallel to series_: how often each was asked for
  std::vector<Slot> free_;
  Index index_;  // the live series by hash; a host may have thousands
  std::uint32_t layout_version_ = 1;
  std::uint64_t refused_ = 0;
};

// The two series that planning lives on (common/model/resource.h), as one helper for the
// collectors.
class ResourceSlots {
 public:
  ResourceSlots() = default;
  // `more` are attributes of both series beside the resource, for example the service.
  ResourceSlots(SampleSheet& sheet, Resource resource, const Attributes& more = {});
  void retire(SampleSheet& sheet);
  // A demand that is not a finite number is left missing. So is a capacity that is not above zero:
  // it is unknown, and never 0.
  void set(SampleSheet& sheet, double demand, double capacity) const;

 private:
  Slot demand_ = SampleSheet::kNoSlot;
  Slot capacity_ = SampleSheet::kNoSlot;
};

// What the world looks like to a collector; `root` is "" on a real host and a recorded tree in
// tests.
struct HostRoots {
  std::string root;
  std::string proc() const { return root + "/proc"; }
  std::string sys() const { return root + "/sys"; }
};

// When this grid point is. `elapsed` is real time since the previous collect() by the steady clock;
// zero the first time.
struct Tick {
  UnixMs time = 0;
  std::chrono::nanoseconds elapsed{0};
};

class Collector {
 public:
  virtual ~Collector() = default;
  // Called once per grid point, always with the same sheet. A failure is counted and logged once
  // per change of its message; whatever was already put on the sheet stays. The collector is called
  // again at the next grid point.
  virtual Status collect(const Tick& tick, SampleSheet& sheet) = 0;
};

// As statvfs(2): 0, or -1 and errno.
using StatvfsFunction = std::function<int(const char* path, struct ::statvfs* answer)>;
// As adjtimex(2): the clock's state, or -1 and errno.
using AdjtimexFunction = std::function<int(struct ::timex* answer)>;

struct CollectorOptions {
  HostRoots roots;
  // Filesystem types without a series. Empty: those that hold no data of their own (mount_table.h).
  std::vector<std::string> ignored_filesystem_types;
  // Whether network filesystems and FUSE are asked too, each by a thread of its own.
  bool network_filesystems = false;
  // Whether each core's clock frequency gets a series, beside the average.
  bool core_frequency = false;
  // Network and block devices without a series, by the beginning of their names. Empty: what each
  // of these collectors leaves out by itself (containers' and virtual ones).
  std::vector<std::string> ignored_device_prefixes;
  // Link speed by device in bytes per second. A device's own entry goes above what its driver says,
  // because a cloud's contract is often below the line rate; "*" only fills in for drivers that say
  // nothing.
  std::vector<std::pair<std::string, double>> link_speed_bytes_per_second;
  // Path of NVIDIA's management library. Empty: libnvidia-ml.so.1 wherever the linker finds it, on
  // hosts that have /dev/nvidiactl.
  std::string nvml_library;
  statsd::Options statsd;
  scrape::Options scrape;
  // Pattern of a unit's name or a cgroup's path → service (service_rules.h).
  std::vector<std::pair<std::string, std::string>> service_rules;
  // How many units and containers of no service have series of their own.
  std::size_t unmapped_units = 20;
  // Where filesystems' sizes come from. Empty: statvfs(2). Tests put their own here. It is called
  // on other threads.
  StatvfsFunction statvfs_function;
  // Where the clock's state and the TCP sockets come from. Empty: from the kernel, or, on a
  // recorded tree, from nowhere.
  AdjtimexFunction adjtimex_function;
  SockDiagFunction sock_diag_function;
};

using CollectorFactory = std::unique_ptr<Collector> (*)(const CollectorOptions&);

struct CollectorEntry {
  std::string_view name;         // the feature flag: collectors.<name>
  std::string_view description;  // one line for --list-collectors
  bool enabled_by_default;
  // May be left out while the agent is over its own budget; those that the resources of planning
  // need may not.
  bool sheddable;
  CollectorFactory make;
};

// All collectors, in the order in which they run.
const std::vector<CollectorEntry>& collector_registry();

}  // namespace headroom::agent
