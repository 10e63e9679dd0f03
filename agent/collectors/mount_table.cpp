#include "agent/collectors/mount_table.h"

#include <algorithm>
#include <array>

#include "agent/procfs/scanner.h"
#include "common/base/text.h"

namespace headroom::agent {
namespace {

// Blanks and backslashes stand in mountinfo as a backslash and three octal digits.
std::string unescaped(std::string_view text) {
  const auto octal = [&](std::size_t at) { return text[at] >= '0' && text[at] <= '7'; };
  std::string plain;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool escape =
        text[i] == '\\' && i + 3 < text.size() && octal(i + 1) && octal(i + 2) && octal(i + 3);
    if (!escape) {
      plain += text[i];
      continue;
    }
    const int value = (text[i + 1] - '0') * 64 + (text[i + 2] - '0') * 8 + (text[i + 3] - '0');
    plain += static_cast<char>(static_cast<unsigned char>(value));
    i += 3;
  }
  return plain;
}

bool has_option(std::string_view options, std::string_view wanted) {
  const auto all = split(options, ',');
  return std::find(all.begin(), all.end(), wanted) != all.end();
}

// id parent device root mountpoint options [optional fields] - type source super-options
bool parse_line(Scanner& scanner, Mount& mount) {
  if (!scanner.skip(2)) return false;
  mount.device_number = scanner.word();
  mount.root = unescaped(scanner.word());
  mount.mountpoint = unescaped(scanner.word());
  if (!mount.mountpoint.starts_with('/') || !scanner.skip(1)) return false;
  std::string_view field = scanner.word();
  while (!field.empty() && field != "-") field = scanner.word();
  mount.type = scanner.word();
  if (field.empty() || mount.type.empty()) return false;
  // The source may be an empty string, which leaves the options as the only word.
  const std::string_view first = scanner.word();
  const std::string_view second = scanner.word();
  if (!second.empty()) mount.source = unescaped(first);
  mount.read_only = has_option(second.empty() ? first : second, "ro");
  return true;
}

bool is_at_or_below(std::string_view path, std::string_view folder) {
  if (folder == "/") return true;
  return path.starts_with(folder) && (path.size() == folder.size() || path[folder.size()] == '/');
}

}  // namespace

std::vector<Mount> parse_mountinfo(std::string_view text, std::size_t& malformed_lines) {
  std::vector<Mount> mounts;
  malformed_lines = 0;
  Scanner scanner(text);
  while (scanner.next_line()) {
    Mount mount;
    if (parse_line(scanner, mount)) {
      mounts.push_back(std::move(mount));
    } else {
      ++malformed_lines;
    }
  }
  return mounts;
}

const std::vector<std::string>& default_ignored_filesystem_types() {
  static const std::vector<std::string> kTypes{
      "aufs",       "binfmt_misc", "bpf",      "cgroup",   "cgroup2",  "configfs",
      "cramfs",     "debugfs",     "devpts",   "devtmpfs", "efivarfs", "erofs",
      "fusectl",    "hugetlbfs",   "mqueue",   "nsfs",     "overlay",  "proc",
      "pstore",     "ramfs",       "resctrl",  "rootfs",   "romfs",    "rpc_pipefs",
      "securityfs", "selinuxfs",   "squashfs", "sysfs",    "tmpfs",    "tracefs"};
  return kTypes;
}

bool can_hang(std::string_view type) {
  static constexpr std::array<std::string_view, 27> kTypes{
      "9p",    "acfs",  "afs",     "autofs",   "beegfs",    "ceph",  "cifs",
      "coda",  "fuse",  "fuseblk", "gfs2",     "glusterfs", "gpfs",  "lustre",
      "ncpfs", "nfs",   "nfs4",    "ocfs2",    "orangefs",  "panfs", "pvfs2",
      "smb3",  "smbfs", "vboxsf",  "virtiofs", "vmhgfs",    "wekafs"};
  // Every FUSE filesystem waits for its process, also one that serves a local disk.
  return type.starts_with("fuse.") || std::find(kTypes.begin(), kTypes.end(), type) != kTypes.end();
}

std::vector<Mount> measurable(std::vector<Mount> mounts, const std::vector<std::string>& ignored,
                              bool with_network) {
  std::vector<std::string> dangerous;
  for (const Mount& mount : mounts) {
    if (can_hang(mount.type)) dangerous.push_back(mount.mountpoint);
  }
  std::vector<Mount> kept;
  for (std::size_t i = 0; i < mounts.size(); ++i) {
    Mount& mount = mounts[i];
    if (std::find(ignored.begin(), ignored.end(), mount.type) != ignored.end()) continue;
    const auto holds = [&](const std::string& folder) {
      return is_at_or_below(mount.mountpoint, folder);
    };
    mount.can_hang = std::any_of(dangerous.begin(), dangerous.end(), holds);
    if (mount.can_hang && (!with_network || mount.type == "autofs")) continue;
    // Of several mounts at one place only the last can be reached.
    const auto covers = [&](const Mount& later) { return later.mountpoint == mount.mountpoint; };
    const auto later = mounts.begin() + static_cast<std::ptrdiff_t>(i) + 1;
    if (std::any_of(later, mounts.end(), covers)) continue;
    const auto same = std::find_if(kept.begin(), kept.end(), [&](const Mount& other) {
      return other.device_number == mount.device_number;
    });
    if (same == kept.end()) {
      kept.push_back(std::move(mount));
    } else if (same->root != "/" && mount.root == "/") {
      *same = std::move(mount);
    }
  }
  return kept;
}

}  // namespace headroom::agent
