#include "agent/collectors/cgroup_layout.h"

#include <initializer_list>
#include <sys/stat.h>
#include <unistd.h>

namespace headroom::agent {
namespace {

bool exists(const std::string& path) { return ::access(path.c_str(), F_OK) == 0; }

bool has_subfolders(const std::string& path) {
  struct ::stat status{};
  // A folder's links are itself, its entry above and its subfolders; 1 where the filesystem does
  // not count them.
  return ::stat(path.c_str(), &status) == 0 && status.st_nlink != 2;
}

std::string first_there(const std::string& base, std::initializer_list<const char*> names) {
  for (const char* name : names) {
    if (exists(base + name)) return base + name;
  }
  return "";
}

}  // namespace

std::optional<CgroupLayout> find_cgroups(const HostRoots& roots) {
  const std::string base = roots.sys() + "/fs/cgroup";
  CgroupLayout layout;
  if (exists(base + "/cgroup.controllers")) {
    layout.tree = layout.unified = base;
    return layout;
  }
  if (exists(base + "/unified/cgroup.controllers")) layout.unified = base + "/unified";
  layout.cpu = first_there(base, {"/cpu", "/cpu,cpuacct"});
  layout.cpuacct = first_there(base, {"/cpuacct", "/cpu,cpuacct"});
  layout.memory = first_there(base, {"/memory"});
  layout.pids = first_there(base, {"/pids"});
  layout.blkio = first_there(base, {"/blkio"});
  // A service manager has every unit in its own hierarchy, even one without a controller.
  const std::string systemd = first_there(base, {"/systemd"});
  for (const std::string& tree : {systemd, layout.memory, layout.cpuacct, layout.unified}) {
    if (tree.empty() || !has_subfolders(tree)) continue;
    layout.tree = tree;
    return layout;
  }
  return std::nullopt;
}

}  // namespace headroom::agent
