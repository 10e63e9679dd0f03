// Which units that no rule names get series of their own, where there are more of them than that:
// those that use most of the host. Who has series keeps them until somebody else uses clearly more,
// because every change costs a new layout.
#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "agent/collectors/cgroup_reader.h"
#include "agent/collectors/cgroup_tree.h"

namespace headroom::agent {

class UnitChoice {
 public:
  // So many units are looked at at once: at the first time, and then at each turn.
  static constexpr std::size_t kFirstLooks = 1024;
  static constexpr std::size_t kLooks = 128;

  struct Candidate {
    std::string_view path;
    double score = 0;  // share of the host's cores plus share of its memory
    bool incumbent = false;
  };

  // Brings the scores of some units up to date, those first that nobody looked at for longest.
  void look(CgroupTree& tree, const CgroupContext& context, std::chrono::nanoseconds now,
            double cores, double memory_bytes);

  // The best `most` of the candidates come first, in the order of their paths; the rest goes.
  static void choose(std::vector<Candidate>& candidates, std::size_t most);

 private:
  struct Unit {
    std::string_view path;
    Cgroup* cgroup;
  };
  void look_at(const Unit& unit, const CgroupContext& context, std::chrono::nanoseconds now,
               double cores, double memory_bytes);

  std::vector<Unit> units_;  // scratch
  CgroupReader reader_{""};  // scratch
  bool looked_ = false;
};

}  // namespace headroom::agent
