// Space and inodes of local filesystems, from /proc/self/mountinfo and statvfs(2).
//
// One process that hangs in statvfs would stop every other collector, so filesystems that can wait
// for another machine or process are never asked (mount_table.h).
#include <algorithm>
#include <array>
#include <sys/statvfs.h>

#include "agent/collectors/device_table.h"
#include "agent/collectors/first_failure.h"
#include "agent/collectors/mount_table.h"
#include "agent/collectors/numbers.h"
#include "agent/collectors/registry.h"
#include "agent/collectors/series_group.h"
#include "agent/procfs/proc_file.h"

namespace headroom::agent {
namespace {

// Space changes slowly and mounts more slowly. Between two looks the last values are repeated, so
// that the series stay on the grid.
constexpr unsigned kGridPointsPerLook = 5;
constexpr unsigned kGridPointsPerMountTable = 10;

enum FilesystemSeries : std::size_t {
  kUsed,
  kFree,
  kReserved,
  kUtilization,
  kInodesUsed,
  kInodesFree,
  kReadOnly,
  kSeries
};
constexpr std::string_view kUsage = "system.filesystem.usage";
constexpr std::string_view kInodes = "system.filesystem.inodes.usage";
constexpr std::string_view kState = "system.filesystem.state";
constexpr std::array<SeriesSpec, kSeries> kFilesystemSpecs{{
    {kUsage, "By", Kind::kGauge, kState, "used"},
    {kUsage, "By", Kind::kGauge, kState, "free"},
    {kUsage, "By", Kind::kGauge, kState, "reserved"},
    {"system.filesystem.utilization", "1"},
    {kInodes, "{inode}", Kind::kGauge, kState, "used"},
    {kInodes, "{inode}", Kind::kGauge, kState, "free"},
    {"system.filesystem.read_only", "1"},
}};
using Values = std::array<double, kSeries>;

constexpr Values nothing_known() {
  Values values{};
  values.fill(kUnknown);
  return values;
}

struct Filesystem {
  std::string path;  // where this process reaches it
  bool read_only = false;
  Values values = nothing_known();
  double fullest = kUnknown;  // the larger share of bytes and inodes
  SeriesGroup series;
};

double larger(double a, double b) { return b > a || a != a ? b : a; }

// A share as df(1) reckons it: what is reserved for root is neither used nor to be had.
double used_share(double used, double available) { return used / (used + available); }

void measure(const struct ::statvfs& answer, Filesystem& filesystem) {
  filesystem.values = nothing_known();
  filesystem.fullest = kUnknown;
  Values& values = filesystem.values;
  values[kReadOnly] = filesystem.read_only ? 1 : 0;
  if (answer.f_blocks == 0) return;
  const auto block = static_cast<double>(answer.f_frsize != 0 ? answer.f_frsize : answer.f_bsize);
  const auto total = static_cast<double>(answer.f_blocks);
  const double free = std::min(total, static_cast<double>(answer.f_bfree));
  const double available = std::min(free, static_cast<double>(answer.f_bavail));
  const double used = total - free;
  values[kUsed] = used * block;
  values[kFree] = available * block;
  values[kReserved] = (free - available) * block;
  filesystem.fullest = quantised_ratio(used_share(used, available));
  values[kUtilization] = filesystem.fullest;
  // Filesystems that make inodes as they need them, such as btrfs, say 0.
  if (answer.f_files == 0) return;
  const auto inodes = static_cast<double>(answer.f_files);
  values[kInodesFree] = std::min(inodes, static_cast<double>(answer.f_ffree));
  values[kInodesUsed] = inodes - values[kInodesFree];
  const double share = quantised_ratio(used_share(values[kInodesUsed], values[kInodesFree]));
  filesystem.fullest = larger(filesystem.fullest, share);
}

int ask_kernel(const char* path, struct ::statvfs* answer) { return ::statvfs(path, answer); }

class FilesystemCollector final : public Collector {
 public:
  explicit FilesystemCollector(const CollectorOptions& options)
      : root_(options.roots.root),
        mountinfo_(options.roots.proc() + "/self/mountinfo"),
        ignored_(options.ignored_filesystem_types.empty() ? default_ignored_filesystem_types()
                                                          : options.ignored_filesystem_types),
        statvfs_(options.statvfs_function ? options.statvfs_function : ask_kernel) {}

  Status collect(const Tick&, SampleSheet& sheet) override {
    if (!resource_) resource_.emplace(sheet, Resource::kDisk);
    // A failure holds until the next look; forgetting it in between would make it come and go in
    // the log.
    if (grid_point_ % kGridPointsPerMountTable == 0) mounts_status_ = read_mounts(sheet);
    if (grid_point_ % kGridPointsPerLook == 0) look_status_ = look();
    ++grid_point_;
    double fullest = kUnknown;
    filesystems_.for_each([&](Filesystem& filesystem) {
      for (std::size_t i = 0; i < kSeries; ++i) {
        filesystem.series.set(sheet, i, filesystem.values[i]);
      }
      // Nothing can be written to a read-only one; an image is full by nature.
      if (!filesystem.read_only) fullest = larger(fullest, filesystem.fullest);
    });
    resource_->set(sheet, fullest, 1.0);
    return mounts_status_ ? look_status_ : mounts_status_;
  }

 private:
  Status read_mounts(SampleSheet& sheet) {
    const auto text = mountinfo_.read();
    if (!text) return fail(text.error());
    if (*text == last_mountinfo_) return mounts_status_;
    last_mountinfo_ = *text;
    std::size_t malformed_lines = 0;
    const auto mounts = measurable(parse_mountinfo(*text, malformed_lines), ignored_);
    filesystems_.begin_walk();
    for (const Mount& mount : mounts) {
      const std::string key =
          mount.device_number + ' ' + mount.source + ' ' + mount.type + ' ' + mount.mountpoint;
      Filesystem* const filesystem =
          filesystems_.visit(key, [&](std::string_view) { return first_sight(mount); });
      if (filesystem != nullptr) filesystem->read_only = mount.read_only;
    }
    filesystems_.drop_unseen([&](Filesystem& filesystem) { filesystem.series.retire(sheet); });
    if (malformed_lines > 0) {
      return fail(ErrorCode::kCorruption,
                  mountinfo_.path() + ": " + std::to_string(malformed_lines) +
                      " lines are not in the form that the kernel documents");
    }
    if (filesystems_.refused() > 0) {
      return fail(ErrorCode::kLimitExceeded, mountinfo_.path() + " has more than " +
                                                 std::to_string(kMaxFilesystems) +
                                                 " local filesystems; the others are not measured");
    }
    return {};
  }

  Filesystem first_sight(const Mount& mount) const {
    return {root_ + mount.mountpoint, mount.read_only, nothing_known(), kUnknown,
            SeriesGroup(kFilesystemSpecs, {{"system.device", mount.source},
                                           {"system.filesystem.mountpoint", mount.mountpoint},
                                           {"system.filesystem.type", mount.type}})};
  }

  Status look() {
    FirstFailure failure;
    filesystems_.for_each([&](Filesystem& filesystem) {
      struct ::statvfs answer{};
      if (statvfs_(filesystem.path.c_str(), &answer) == 0) {
        measure(answer, filesystem);
        return;
      }
      failure.add(errno_error("statvfs " + filesystem.path));
      filesystem.values = nothing_known();
      filesystem.fullest = kUnknown;
    });
    return failure.status();
  }

  std::string root_;
  ProcFile mountinfo_;
  std::vector<std::string> ignored_;
  StatvfsFunction statvfs_;
  unsigned grid_point_ = 0;
  std::string last_mountinfo_;
  Status mounts_status_;
  Status look_status_;
  DeviceTable<Filesystem> filesystems_{kMaxFilesystems};
  std::optional<ResourceSlots> resource_;
};

}  // namespace

std::unique_ptr<Collector> make_filesystem_collector(const CollectorOptions& options) {
  return std::make_unique<FilesystemCollector>(options);
}

}  // namespace headroom::agent
