// Which filesystems are worth measuring, from /proc/self/mountinfo (proc_pid_mountinfo(5)).
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/result.h"

namespace headroom::agent {

struct Mount {
  std::string device_number;  // "259:2": the same for every mount of one filesystem
  std::string root;        // the folder of the filesystem that is mounted here; "/" for all of it
  std::string mountpoint;  // as a path
  std::string type;
  std::string source;  // "/dev/nvme0n1p2"
  // Of the filesystem and not of this mount: a service manager that shields an agent shows it every
  // mount read-only.
  bool read_only = false;
  // Reached through a mount that can hang, or one itself: to be asked on a thread of its own.
  bool can_hang = false;
};

// At most this many are measured.
inline constexpr std::size_t kMaxFilesystems = 256;

// The mounts in the kernel's order; lines that are not understood are left out and counted in
// `malformed_lines`.
std::vector<Mount> parse_mountinfo(std::string_view text, std::size_t& malformed_lines);

// Types that are left out by default: they hold no data of their own, keep it in memory, are images
// that are full by nature, or show another filesystem again.
const std::vector<std::string>& default_ignored_filesystem_types();

// Whether statvfs(2) on this type may wait for another machine or process, perhaps for ever.
bool can_hang(std::string_view type);

// One mount per filesystem that is worth asking: the whole one rather than a bind mount of a part.
// Those that can hang only `with_network`: a local filesystem mounted below one counts as such,
// because the way to it leads through that. autofs never: to ask it is to have it mount something.
std::vector<Mount> measurable(std::vector<Mount> mounts, const std::vector<std::string>& ignored,
                              bool with_network = false);

}  // namespace headroom::agent
