// One cgroup that has series: a unit or container, of a service or of none.
#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "agent/collectors/cgroup_reader.h"
#include "agent/collectors/cgroup_tree.h"
#include "agent/collectors/series_group.h"

namespace headroom::agent {

class CgroupUnit {
 public:
  // `cgroup` is what the tree knows about this path; no other unit may have this name.
  CgroupUnit(std::string_view path, std::string name, const Cgroup& cgroup,
             std::chrono::nanoseconds now);

  // After each walk of the tree: what it knows now, nullptr if the cgroup is gone.
  void met(const Cgroup* cgroup, std::chrono::nanoseconds now);

  // All that a new unit has, so that its series come at one grid point.
  void read_first(const CgroupContext& context);
  // `seconds` since the last time.
  void read_cpu(const CgroupContext& context, double seconds);
  void read_rest(const CgroupContext& context) { reader_.read_rest(context); }
  void read_limits(const CgroupContext& context) { reader_.read_limits(context); }

  void put(SampleSheet& sheet);
  void retire(SampleSheet& sheet);

  const std::string& path() const { return reader_.path(); }
  const std::string& name() const { return name_; }
  const std::string& service() const { return service_; }  // empty: none
  bool present() const { return present_; }
  std::chrono::nanoseconds gone_for(std::chrono::nanoseconds now) const;
  double score() const { return score_; }
  double cores() const { return cores_; }  // used in the last second or so
  const CgroupValues& values() const { return reader_.values(); }

 private:
  void forget_values();

  CgroupReader reader_;
  std::string name_;
  std::string service_;
  std::vector<SeriesGroup> series_;  // those of one file each, because a file may be absent
  std::uint64_t id_ = 0;
  unsigned walks_ = 0;
  bool present_ = true;
  bool has_cpu_ = false;
  std::chrono::nanoseconds seen_{0};
  double score_ = 0;
  Counter usage_;
  double cores_ = kUnknown;
};

}  // namespace headroom::agent
