// Services as cgroups: systemd units and containers, with what they use and may use
// (https://docs.kernel.org/admin-guide/cgroup-v2.html).
//
// What a rule of the configuration maps to a service has series under the service's name, and the
// service's demand and capacity. Of all other units the busiest have series. The set changes seldom
// and as a whole, at one grid point.
#include <algorithm>
#include <cmath>

#include "agent/collectors/cadence.h"
#include "agent/collectors/cgroup_unit.h"
#include "agent/collectors/host_size.h"
#include "agent/collectors/registry.h"
#include "agent/collectors/unit_choice.h"

namespace headroom::agent {
namespace {

using std::chrono::nanoseconds;
using std::chrono::seconds;

// More units of services are not measured.
constexpr std::size_t kMaxMappedUnits = 64;
constexpr std::size_t kTextBytes = 32u << 10;

constexpr nanoseconds kWalkPeriod = seconds(10);
constexpr nanoseconds kSearchPeriod = seconds(60);  // on a host without cgroups
constexpr nanoseconds kCpuPeriod = seconds(1);
constexpr nanoseconds kRestPeriod = seconds(5);
constexpr nanoseconds kLimitsPeriod = seconds(10);
// Between two changes of the set.
constexpr nanoseconds kSteady = seconds(30);
// A unit that is gone for so long does not come back from a restart.
constexpr nanoseconds kForgetAfter = seconds(60);

// One Headroom service of this host: the sum of its units.
struct Service {
  std::string name;
  ResourceSlots cpu;
  ResourceSlots memory;
};

// A sum whose unknown part makes all of it unknown, and its limit.
struct Use {
  double demand = 0;
  double limit = 0;
  bool any = false;

  void add(double more, double its_limit) {
    demand += more;
    limit += its_limit;
    any = true;
  }
  double known_demand() const { return any ? demand : kUnknown; }
  // A limit above what the host has is none.
  double capacity(double host) const {
    return any && !std::isnan(limit) && !std::isnan(host) ? std::min(limit, host) : kUnknown;
  }
};

class ServicesCollector final : public Collector {
 public:
  explicit ServicesCollector(const CollectorOptions& options)
      : roots_(options.roots),
        rules_(options.service_rules),
        most_unmapped_(options.unmapped_units),
        size_(options.roots) {}

  Status collect(const Tick& tick, SampleSheet& sheet) override {
    now_ += tick.elapsed;
    since_cpu_ += tick.elapsed;
    size_.look(tick);
    if (walk_.due(tick)) walk_status_ = walk(sheet);
    // A failure holds until the next look, else it would come and go in the log.
    if (cpu_.due(tick)) cpu_status_ = read_cpu();
    if (rest_.due(tick)) {
      rest_status_ =
          read_all([](CgroupUnit& unit, const CgroupContext& context) { unit.read_rest(context); });
    }
    if (limits_.due(tick)) {
      limits_status_ = read_all(
          [](CgroupUnit& unit, const CgroupContext& context) { unit.read_limits(context); });
    }
    for (const auto& unit : units_) unit->put(sheet);
    for (const Service& service : services_) put(service, sheet);
    for (const Status* status : {&walk_status_, &cpu_status_, &rest_status_}) {
      if (!*status) return *status;
    }
    return limits_status_;
  }

 private:
  CgroupContext context(FirstFailure& failure) { return {*layout_, path_, text_, failure}; }

  template <typename Read>
  Status read_all(Read&& read) {
    if (!layout_) return {};
    FirstFailure failure;
    for (const auto& unit : units_) {
      if (unit->present()) read(*unit, context(failure));
    }
    return failure.status();
  }

  Status read_cpu() {
    const double passed = to_seconds(std::exchange(since_cpu_, {}));
    return read_all([passed](CgroupUnit& unit, const CgroupContext& context) {
      unit.read_cpu(context, passed);
    });
  }

  Status walk(SampleSheet& sheet) {
    if (!layout_) {
      if (searched_ && now_ - *searched_ < kSearchPeriod) return {};
      searched_ = now_;
      layout_ = find_cgroups(roots_);
      if (!layout_) return {};
      text_.resize(kTextBytes);
      tree_.emplace(layout_->tree, rules_);
    }
    FirstFailure failure;
    if (auto walked = tree_->walk(); !walked) failure.add(walked.error());
    for (const auto& unit : units_) {
      Cgroup* const cgroup = tree_->find(unit->path());
      if (cgroup != nullptr) cgroup->tracked = true;
      unit->met(cgroup, now_);
    }
    list_wanted(failure);
    if (!changed_ || now_ - *changed_ >= kSteady) change(sheet, failure);
    return failure.status();
  }

  // The units that should have series, by path.
  void list_wanted(FirstFailure& failure) {
    mapped_.clear();
    unmapped_.clear();
    std::size_t live = 0;
    tree_->for_each([&](std::string_view path, const Cgroup& cgroup) {
      if (cgroup.role == CgroupRole::kMapped) mapped_.push_back({path, 0, cgroup.tracked});
      if (cgroup.role == CgroupRole::kUnit) ++live;
    });
    if (live > most_unmapped_ && most_unmapped_ > 0) {
      choice_.look(*tree_, context(failure), now_, size_.cores(), size_.memory_bytes());
    }
    tree_->for_each([&](std::string_view path, const Cgroup& cgroup) {
      if (cgroup.role != CgroupRole::kUnit) return;
      unmapped_.push_back({path, cgroup.score, cgroup.tracked});
    });
    for (const auto& unit : units_) {
      if (unit->gone_for(now_) == nanoseconds(0) || unit->gone_for(now_) >= kForgetAfter) continue;
      (unit->service().empty() ? unmapped_ : mapped_)
          .push_back({unit->path(), unit->score(), true});
    }
    if (mapped_.size() > kMaxMappedUnits) {
      failure.add({ErrorCode::kLimitExceeded,
                   "the rules of services.map match " + std::to_string(mapped_.size()) +
                       " cgroups; " + std::to_string(kMaxMappedUnits) +
                       " are measured. A rule for a slice counts as one"});
    }
    UnitChoice::choose(mapped_, kMaxMappedUnits);
    UnitChoice::choose(unmapped_, most_unmapped_);
  }

  bool is_wanted(std::string_view path) const {
    const auto among = [path](const std::vector<UnitChoice::Candidate>& list) {
      return std::any_of(list.begin(), list.end(),
                         [path](const UnitChoice::Candidate& one) { return one.path == path; });
    };
    return among(mapped_) || among(unmapped_);
  }

  // Who goes and who comes do so at one grid point, which makes one new layout of it.
  void change(SampleSheet& sheet, FirstFailure& failure) {
    const std::size_t before = units_.size();
    std::erase_if(units_, [&](const std::unique_ptr<CgroupUnit>& unit) {
      if (is_wanted(unit->path())) return false;
      unit->retire(sheet);
      if (Cgroup* const cgroup = tree_->find(unit->path())) cgroup->tracked = false;
      return true;
    });
    bool changed = units_.size() != before;
    for (const auto* list : {&mapped_, &unmapped_}) {
      for (const UnitChoice::Candidate& one : *list) {
        if (one.incumbent) continue;
        Cgroup& cgroup = *tree_->find(one.path);
        cgroup.tracked = true;
        units_.push_back(std::make_unique<CgroupUnit>(one.path, free_name(one.path), cgroup, now_));
        units_.back()->read_first(context(failure));
        changed = true;
      }
    }
    if (!changed) return;
    changed_ = now_;
    list_services(sheet);
  }

  // Two units of one name would share their series.
  std::string free_name(std::string_view path) const {
    std::string name = unit_name(path);
    const bool taken = std::any_of(units_.begin(), units_.end(),
                                   [&name](const auto& unit) { return unit->name() == name; });
    return taken ? std::string(path.substr(1)) : name;
  }

  void list_services(SampleSheet& sheet) {
    std::erase_if(services_, [&](Service& service) {
      if (has_units(service.name)) return false;
      service.cpu.retire(sheet);
      service.memory.retire(sheet);
      return true;
    });
    for (const auto& unit : units_) {
      const std::string& name = unit->service();
      const bool known =
          std::any_of(services_.begin(), services_.end(),
                      [&name](const Service& service) { return service.name == name; });
      if (name.empty() || known) continue;
      const Attributes more{{std::string(kServiceAttribute), name}};
      services_.push_back({name, ResourceSlots(sheet, Resource::kCpu, more),
                           ResourceSlots(sheet, Resource::kMemory, more)});
    }
  }
  bool has_units(const std::string& service) const {
    return std::any_of(units_.begin(), units_.end(),
                       [&service](const auto& unit) { return unit->service() == service; });
  }

  void put(const Service& service, SampleSheet& sheet) const {
    Use cpu;
    Use memory;
    for (const auto& unit : units_) {
      if (unit->service() != service.name || !unit->present()) continue;
      cpu.add(unit->cores(), unit->values()[kCpuLimit]);
      memory.add(unit->values()[kWorkingSet], unit->values()[kMemoryLimit]);
    }
    service.cpu.set(sheet, quantised_ratio(cpu.known_demand()), cpu.capacity(size_.cores()));
    service.memory.set(sheet, memory.known_demand(), memory.capacity(size_.memory_bytes()));
  }

  HostRoots roots_;
  ServiceRules rules_;
  std::size_t most_unmapped_;
  HostSize size_;
  std::optional<CgroupLayout> layout_;
  std::optional<CgroupTree> tree_;
  UnitChoice choice_;
  std::vector<std::unique_ptr<CgroupUnit>> units_;
  std::vector<Service> services_;

  nanoseconds now_{0};  // since the first grid point
  nanoseconds since_cpu_{0};
  std::optional<nanoseconds> searched_;
  std::optional<nanoseconds> changed_;  // when the set changed last
  // Shifted, so that not all of it falls on one grid point.
  Cadence walk_{kWalkPeriod};
  Cadence cpu_{kCpuPeriod};
  Cadence rest_{kRestPeriod, seconds(2)};
  Cadence limits_{kLimitsPeriod, seconds(4)};
  Status walk_status_;
  Status cpu_status_;
  Status rest_status_;
  Status limits_status_;

  std::vector<UnitChoice::Candidate> mapped_;    // wanted; scratch
  std::vector<UnitChoice::Candidate> unmapped_;  // likewise
  std::string path_;                             // scratch
  std::vector<char> text_;                       // scratch
};

}  // namespace

std::unique_ptr<Collector> make_services_collector(const CollectorOptions& options) {
  return std::make_unique<ServicesCollector>(options);
}

}  // namespace headroom::agent
