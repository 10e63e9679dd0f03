#include "agent/collectors/unit_choice.h"

#include <algorithm>
#include <cmath>

#include "agent/collectors/numbers.h"

namespace headroom::agent {
namespace {

// What a newcomer must use more than somebody who has series, as a factor and as a share of the
// host.
constexpr double kIncumbentFactor = 1.5;
constexpr double kIncumbentShare = 0.005;
constexpr double kNewestWeight = 0.5;
constexpr double kMicro = 1e6;

double or_nothing(double share) { return std::isfinite(share) ? share : 0.0; }

double worth(const UnitChoice::Candidate& candidate) {
  return candidate.incumbent ? candidate.score * kIncumbentFactor + kIncumbentShare
                             : candidate.score;
}

}  // namespace

void UnitChoice::look_at(const Unit& unit, const CgroupContext& context,
                         std::chrono::nanoseconds now, double cores, double memory_bytes) {
  reader_.move_to(unit.path);
  reader_.read_use(context);
  Cgroup& cgroup = *unit.cgroup;
  const std::uint64_t usage_us = reader_.cpu_usage_us();
  double score = or_nothing(reader_.values()[kMemoryUsage] / memory_bytes);
  const bool before = cgroup.looked_at >= std::chrono::nanoseconds(0);
  const double seconds = to_seconds(now - cgroup.looked_at);
  if (before && seconds > 0 && usage_us >= cgroup.usage_us) {
    const double used = static_cast<double>(usage_us - cgroup.usage_us) / kMicro / seconds;
    score += or_nothing(used / cores);
    score = kNewestWeight * score + (1 - kNewestWeight) * cgroup.score;
  }
  cgroup.score = score;
  cgroup.usage_us = usage_us;
  cgroup.looked_at = now;
}

void UnitChoice::look(CgroupTree& tree, const CgroupContext& context, std::chrono::nanoseconds now,
                      double cores, double memory_bytes) {
  units_.clear();
  tree.for_each([&](std::string_view path, Cgroup& cgroup) {
    if (cgroup.role == CgroupRole::kUnit) units_.push_back({path, &cgroup});
  });
  const std::size_t most = std::min(units_.size(), looked_ ? kLooks : kFirstLooks);
  looked_ = true;
  const auto end = units_.begin() + static_cast<std::ptrdiff_t>(most);
  std::nth_element(units_.begin(), end, units_.end(), [](const Unit& a, const Unit& b) {
    return a.cgroup->looked_at < b.cgroup->looked_at;
  });
  for (auto unit = units_.begin(); unit != end; ++unit) {
    look_at(*unit, context, now, cores, memory_bytes);
  }
}

void UnitChoice::choose(std::vector<Candidate>& candidates, std::size_t most) {
  if (candidates.size() > most) {
    const auto better = [](const Candidate& a, const Candidate& b) {
      const double left = worth(a);
      const double right = worth(b);
      return left != right ? left > right : a.path < b.path;
    };
    std::nth_element(candidates.begin(), candidates.begin() + static_cast<std::ptrdiff_t>(most),
                     candidates.end(), better);
    candidates.resize(most);
  }
  std::sort(candidates.begin(), candidates.end(),
            [](const Candidate& a, const Candidate& b) { return a.path < b.path; });
}

}  // namespace headroom::agent
