// Block devices from /proc/diskstats (https://docs.kernel.org/admin-guide/iostats.html).
//
// Whole devices only: what /sys/block lists, without devices that stand on others (LVM, RAID,
// dm-crypt), whose transfers the kernel counts below them again.
#include <algorithm>
#include <array>
#include <dirent.h>
#include <unistd.h>

#include "agent/collectors/device_table.h"
#include "agent/collectors/first_failure.h"
#include "agent/collectors/numbers.h"
#include "agent/collectors/registry.h"
#include "agent/collectors/series_group.h"
#include "agent/procfs/proc_file.h"
#include "agent/procfs/scanner.h"

namespace headroom::agent {
namespace {

constexpr std::size_t kMaxDevices = 2048;  // whole ones and partitions together
constexpr double kSectorBytes = 512;       // whatever the device's own sector size is

// The fields behind the name, in the file's order. Newer kernels have more of them.
enum Field : std::size_t {
  kReads,
  kReadsMerged,
  kSectorsRead,
  kReadMs,
  kWrites,
  kWritesMerged,
  kSectorsWritten,
  kWriteMs,
  kInFlight,
  kBusyMs,
  kWeightedMs,  // of all transfers together
  kFields
};
using Fields = std::array<std::uint64_t, kFields>;

enum DiskSeries : std::size_t {
  kIoRead,
  kIoWrite,
  kOperationsRead,
  kOperationsWrite,
  kMergedRead,
  kMergedWrite,
  kTimeRead,
  kTimeWrite,
  kIoTime,
  kWeightedTime,
  kQueueDepth,
  kUtilization
};
constexpr Kind kCount = Kind::kCounter;
constexpr std::string_view kDirection = "disk.io.direction";
constexpr std::array<SeriesSpec, 12> kDiskSpecs{{
    {"system.disk.io", "By", kCount, kDirection, "read"},
    {"system.disk.io", "By", kCount, kDirection, "write"},
    {"system.disk.operations", "{operation}", kCount, kDirection, "read"},
    {"system.disk.operations", "{operation}", kCount, kDirection, "write"},
    {"system.disk.merged", "{operation}", kCount, kDirection, "read"},
    {"system.disk.merged", "{operation}", kCount, kDirection, "write"},
    {"system.disk.operation_time", "s", kCount, kDirection, "read"},
    {"system.disk.operation_time", "s", kCount, kDirection, "write"},
    {"system.disk.io_time", "s", kCount},
    {"system.disk.weighted_io_time", "s", kCount},
    {"system.disk.queue_depth", "{operation}"},
    {"system.disk.utilization", "1"},
}};

// Nothing but what it would say about other devices or memory, or removable and idle.
const std::vector<std::string>& default_ignored_prefixes() {
  static const std::vector<std::string> kPrefixes{"loop", "ram", "zram", "sr", "fd"};
  return kPrefixes;
}

struct Disk {
  bool counted = false;  // a whole device at the bottom, not a partition or a device on others
  Counter busy_ms;
  SeriesGroup series;
};

class DiskCollector final : public Collector {
 public:
  explicit DiskCollector(const CollectorOptions& options)
      : diskstats_(options.roots.proc() + "/diskstats"),
        block_(options.roots.sys() + "/block"),
        ignored_(options.ignored_device_prefixes.empty() ? default_ignored_prefixes()
                                                         : options.ignored_device_prefixes) {}

  Status collect(const Tick& tick, SampleSheet& sheet) override {
    if (!resource_) resource_.emplace(sheet, Resource::kDiskIo);
    elapsed_ += tick.elapsed;
    // Without the list of whole devices partitions would be counted twice.
    if (!block_listed_ && ::access(block_.c_str(), X_OK) != 0) {
      return fail(errno_error("list block devices in " + block_));
    }
    block_listed_ = true;
    const auto text = diskstats_.read();
    if (!text) return fail(text.error());
    const double seconds = to_seconds(std::exchange(elapsed_, {}));
    FirstFailure failure;
    double busiest = kUnknown;
    disks_.begin_walk();
    Scanner scanner(*text);
    while (scanner.next_line()) {
      if (!read_line(scanner, seconds, busiest, sheet)) {
        failure.add(malformed(diskstats_.path(), scanner));
      }
    }
    if (disks_.refused() > 0) {
      failure.add({ErrorCode::kLimitExceeded, diskstats_.path() + " has more than " +
                                                  std::to_string(disks_.limit()) + " devices"});
    }
    // After a line that was not understood nobody knows which device is gone.
    if (!failure) disks_.drop_unseen([&](Disk& disk) { disk.series.retire(sheet); });
    resource_->set(sheet, busiest, 1.0);
    return failure.status();
  }

 private:
  // false for a line that is not understood.
  bool read_line(Scanner& scanner, double seconds, double& busiest, SampleSheet& sheet) {
    std::array<std::uint64_t, 2> device_number{};
    if (!scanner.numbers(device_number)) return false;
    const std::string_view name = scanner.word();
    if (name.empty()) return false;
    if (std::any_of(ignored_.begin(), ignored_.end(),
                    [&](const std::string& prefix) { return name.starts_with(prefix); })) {
      return true;
    }
    const std::size_t refused = disks_.refused();
    Disk* const disk =
        disks_.visit(name, [this](std::string_view device) { return first_sight(device); });
    if (disk == nullptr) return disks_.refused() > refused;
    if (!disk->counted) return true;
    Fields now{};
    if (!scanner.numbers(now)) {
      disk->busy_ms.forget();
      return false;
    }
    publish(*disk, now, seconds, busiest, sheet);
    return true;
  }

  void publish(Disk& disk, const Fields& now, double seconds, double& busiest, SampleSheet& sheet) {
    const auto set = [&](DiskSeries which, double value) { disk.series.set(sheet, which, value); };
    const auto count = [&](Field field) { return static_cast<double>(now[field]); };
    set(kIoRead, count(kSectorsRead) * kSectorBytes);
    set(kIoWrite, count(kSectorsWritten) * kSectorBytes);
    set(kOperationsRead, count(kReads));
    set(kOperationsWrite, count(kWrites));
    set(kMergedRead, count(kReadsMerged));
    set(kMergedWrite, count(kWritesMerged));
    set(kTimeRead, count(kReadMs) / 1000);
    set(kTimeWrite, count(kWriteMs) / 1000);
    set(kIoTime, count(kBusyMs) / 1000);
    set(kWeightedTime, count(kWeightedMs) / 1000);
    set(kQueueDepth, count(kInFlight));
    // The kernel keeps busy milliseconds in 32 bits: they wrap after 50 busy days. A device cannot
    // have been busy for much longer than the time that went by.
    const auto plausible = static_cast<std::uint64_t>(std::clamp(seconds, 0.0, 1e6) * 2000 + 1000);
    const auto busy_ms = disk.busy_ms.growth(now[kBusyMs], plausible);
    if (!busy_ms || seconds <= 0) return;
    const double share = std::min(1.0, static_cast<double>(*busy_ms) / 1000 / seconds);
    set(kUtilization, quantised_ratio(share));
    if (!(busiest >= quantised_ratio(share))) busiest = quantised_ratio(share);
  }

  Disk first_sight(std::string_view name) const {
    std::string folder(name);
    std::replace(folder.begin(), folder.end(), '/',
                 '!');  // cciss/c0d0 in /proc is cciss!c0d0 in /sys
    folder.insert(0, block_ + "/");
    if (::access(folder.c_str(), F_OK) != 0 || stands_on_others(folder)) return {};
    return {true, {}, SeriesGroup(kDiskSpecs, {{"system.device", std::string(name)}})};
  }

  static bool stands_on_others(const std::string& folder) {
    const std::unique_ptr<DIR, int (*)(DIR*)> slaves(::opendir((folder + "/slaves").c_str()),
                                                     &::closedir);
    if (!slaves) return false;
    while (const dirent* entry = ::readdir(slaves.get())) {
      if (entry->d_name[0] != '.') return true;
    }
    return false;
  }

  ProcFile diskstats_;
  std::string block_;
  std::vector<std::string> ignored_;
  bool block_listed_ = false;
  DeviceTable<Disk> disks_{kMaxDevices};
  std::chrono::nanoseconds elapsed_{0};
  std::optional<ResourceSlots> resource_;
};

}  // namespace

std::unique_ptr<Collector> make_disk_collector(const CollectorOptions& options) {
  return std::make_unique<DiskCollector>(options);
}

}  // namespace headroom::agent
