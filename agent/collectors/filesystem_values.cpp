#include "agent/collectors/filesystem_values.h"

#include <algorithm>

namespace headroom::agent {
namespace {

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

// A share as df(1) reckons it: what is reserved for root is neither used nor to be had.
double used_share(double used, double available) { return used / (used + available); }

}  // namespace

double larger(double a, double b) { return b > a || a != a ? b : a; }

std::span<const SeriesSpec> filesystem_specs() { return kFilesystemSpecs; }

FilesystemValues measured(const struct ::statvfs& answer) {
  FilesystemValues values;
  values.known = true;
  if (answer.f_blocks == 0) return values;
  const auto block = static_cast<double>(answer.f_frsize != 0 ? answer.f_frsize : answer.f_bsize);
  const auto total = static_cast<double>(answer.f_blocks);
  const double free = std::min(total, static_cast<double>(answer.f_bfree));
  const double available = std::min(free, static_cast<double>(answer.f_bavail));
  const double used = total - free;
  values.used_bytes = used * block;
  values.free_bytes = available * block;
  values.reserved_bytes = (free - available) * block;
  values.utilization = quantised_ratio(used_share(used, available));
  values.fullest = values.utilization;
  // Filesystems that make inodes as they need them, such as btrfs, say 0.
  if (answer.f_files == 0) return values;
  const auto inodes = static_cast<double>(answer.f_files);
  values.inodes_free = std::min(inodes, static_cast<double>(answer.f_ffree));
  values.inodes_used = inodes - values.inodes_free;
  const double share = quantised_ratio(used_share(values.inodes_used, values.inodes_free));
  values.fullest = larger(values.fullest, share);
  return values;
}

void FilesystemValues::publish(SeriesGroup& series, bool read_only, SampleSheet& sheet) const {
  series.set(sheet, kUsed, used_bytes);
  series.set(sheet, kFree, free_bytes);
  series.set(sheet, kReserved, reserved_bytes);
  series.set(sheet, kUtilization, utilization);
  series.set(sheet, kInodesUsed, inodes_used);
  series.set(sheet, kInodesFree, inodes_free);
  if (known) series.set(sheet, kReadOnly, read_only ? 1 : 0);
}

}  // namespace headroom::agent
