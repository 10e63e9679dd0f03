#include "agent/collectors/cgroup_tree.h"

#include <cerrno>
#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "agent/collectors/first_failure.h"
#include "common/base/file.h"

namespace headroom::agent {
namespace {

constexpr std::size_t kEntriesBytes = 16u << 10;
// A folder's links are itself, its entry in the one above, and its subfolders' entries for it.
constexpr nlink_t kLinksOfLeaf = 2;

bool is_leaf(int folder, const char* name) {
  struct ::stat status{};
  return ::fstatat(folder, name, &status, AT_SYMLINK_NOFOLLOW) == 0 &&
         status.st_nlink == kLinksOfLeaf;
}

bool is_folder(int folder, const ::dirent64& entry) {
  if (entry.d_type != DT_UNKNOWN) return entry.d_type == DT_DIR;
  struct ::stat status{};
  return ::fstatat(folder, entry.d_name, &status, AT_SYMLINK_NOFOLLOW) == 0 &&
         S_ISDIR(status.st_mode);
}

}  // namespace

CgroupTree::CgroupTree(std::string root, const ServiceRules& rules, std::size_t most)
    : root_(std::move(root)), rules_(rules), most_(most), top_("", {}), entries_(kEntriesBytes) {}

Cgroup* CgroupTree::find(std::string_view path) {
  const auto found = cgroups_.find(path);
  return found == cgroups_.end() ? nullptr : &found->second;
}

Status CgroupTree::walk() {
  ++walk_;
  refused_ = 0;
  FirstFailure failure;
  folders_.assign(1, &top_);
  // Grows while it is gone through.
  for (std::size_t i = 0; i < folders_.size(); ++i) {
    if (auto read = read_folder(*folders_[i]); !read) failure.add(read.error());
  }
  if (!failure) {
    std::erase_if(cgroups_, [this](const Node& node) { return node.second.seen != walk_; });
  }
  if (refused_ > 0) {
    failure.add({ErrorCode::kLimitExceeded, root_ + " has " + std::to_string(refused_) +
                                                " cgroups more than the " + std::to_string(most_) +
                                                " that are looked after, or than fit " +
                                                std::to_string(kMaxPathBytes) + " bytes of path"});
  }
  return failure.status();
}

Status CgroupTree::read_folder(const Node& parent) {
  path_ = root_;
  path_ += parent.first;
  const Fd folder(::open(path_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!folder) {
    if (errno == ENOENT || errno == ENODEV) return {};
    return fail(errno_error("open " + path_));
  }
  for (;;) {
    const ssize_t got = ::getdents64(folder.get(), entries_.data(), entries_.size());
    if (got == 0 || (got < 0 && (errno == ENOENT || errno == ENODEV))) return {};
    if (got < 0) return fail(errno_error("list " + root_ + parent.first));
    for (std::size_t at = 0; at < static_cast<std::size_t>(got);) {
      const auto& entry = *reinterpret_cast<const ::dirent64*>(entries_.data() + at);
      at += entry.d_reclen;
      if (entry.d_name[0] == '.' || !is_folder(folder.get(), entry)) continue;
      visit(parent, folder.get(), entry.d_name, entry.d_ino);
    }
  }
}

void CgroupTree::visit(const Node& parent, int folder, const char* name, std::uint64_t id) {
  path_ = parent.first;
  path_ += '/';
  path_ += name;
  auto found = cgroups_.find(std::string_view(path_));
  const bool is_new = found == cgroups_.end();
  if (is_new) {
    if (cgroups_.size() >= most_ || path_.size() > kMaxPathBytes) {
      ++refused_;
      return;
    }
    found = cgroups_.emplace(path_, classified(parent, path_)).first;
  }
  Cgroup& cgroup = found->second;
  const bool turn = (id + walk_) % kWalksPerLeafCheck == 0;
  if (worth_descending(cgroup)) {
    if (is_new || cgroup.id != id || (cgroup.leaf && turn)) cgroup.leaf = is_leaf(folder, name);
    if (!cgroup.leaf) folders_.push_back(&*found);
  }
  cgroup.id = id;
  cgroup.seen = walk_;
}

Cgroup CgroupTree::classified(const Node& parent, std::string_view path) const {
  Cgroup cgroup;
  cgroup.within_unit = parent.second.within_unit || parent.second.role == CgroupRole::kUnit;
  if (const auto service = rules_.service_of(path)) {
    cgroup.role = CgroupRole::kMapped;
    cgroup.service = *service;
  } else if (!cgroup.within_unit && is_unit(path)) {
    cgroup.role = CgroupRole::kUnit;
  }
  return cgroup;
}

// Inside a unit only rules could find something.
bool CgroupTree::worth_descending(const Cgroup& cgroup) const {
  if (cgroup.role == CgroupRole::kMapped) return false;
  const bool unit = cgroup.role == CgroupRole::kUnit || cgroup.within_unit;
  return !unit || !rules_.empty();
}

}  // namespace headroom::agent
