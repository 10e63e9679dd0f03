// Which cgroups there are. The tree is walked seldom and cheaply: a folder without subfolders is
// not opened, what is known is not looked at again, and below a service nobody looks at all.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "agent/collectors/service_rules.h"
#include "common/base/result.h"

namespace headroom::agent {

enum class CgroupRole : std::uint8_t {
  kInner,   // a slice, a pod's surroundings, or a part of a unit
  kUnit,    // a unit or container that no rule names and that is in no other one
  kMapped,  // a rule names it; what is below belongs to it
};

struct Cgroup {
  CgroupRole role = CgroupRole::kInner;
  bool within_unit = false;
  bool leaf = false;
  bool tracked = false;      // it has series
  std::uint32_t seen = 0;    // the walk that met it last
  std::uint64_t id = 0;      // another one under the same path is a cgroup that was made anew
  std::string_view service;  // of kMapped
  // How busy a unit is, for the choice of those that get series (unit_choice.h).
  double score = 0;
  std::uint64_t usage_us = 0;
  std::chrono::nanoseconds looked_at{-1};  // before the first time: -1
};

class CgroupTree {
 public:
  // More than these are not looked at; a host with thousands of containers has two to four for each
  // of them.
  static constexpr std::size_t kMaxCgroups = 8192;
  static constexpr std::size_t kMaxPathBytes = 1024;
  // What had no subfolders is asked again at every so-manieth walk, each at its turn.
  static constexpr std::uint32_t kWalksPerLeafCheck = 6;

  // `rules` must outlive the tree.
  CgroupTree(std::string root, const ServiceRules& rules, std::size_t most = kMaxCgroups);
  CgroupTree(const CgroupTree&) = delete;
  CgroupTree& operator=(const CgroupTree&) = delete;

  // Walks the tree once. kLimitExceeded: there are more, and those that were known before stay. A
  // folder that could not be read for another reason than that it is gone keeps all that is known.
  Status walk();

  // nullptr: there is none. Valid until the next walk().
  Cgroup* find(std::string_view path);
  // Calls visit(path, cgroup) for every cgroup, in no order.
  template <typename Visit>
  void for_each(Visit&& visit) {
    for (auto& [path, cgroup] : cgroups_) visit(std::string_view(path), cgroup);
  }
  std::size_t size() const { return cgroups_.size(); }

 private:
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const {
      return std::hash<std::string_view>{}(text);
    }
  };
  using Cgroups = std::unordered_map<std::string, Cgroup, Hash, std::equal_to<>>;
  using Node = Cgroups::value_type;

  Status read_folder(const Node& parent);
  void visit(const Node& parent, int folder, const char* name, std::uint64_t id);
  Cgroup classified(const Node& parent, std::string_view path) const;
  bool worth_descending(const Cgroup& cgroup) const;

  std::string root_;
  const ServiceRules& rules_;
  std::size_t most_;
  Cgroups cgroups_;  // by path
  Node top_;
  std::vector<const Node*> folders_;  // to be read in this walk
  std::string path_;                  // scratch
  std::vector<char> entries_;         // scratch
  std::uint32_t walk_ = 0;
  std::size_t refused_ = 0;
};

}  // namespace headroom::agent
