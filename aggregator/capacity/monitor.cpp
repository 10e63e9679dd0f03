#include "aggregator/capacity/monitor.h"

#include <algorithm>

#include "common/base/text.h"

namespace headroom::capacity {

namespace {

// Load that a balancer can move between a service's hosts.
bool is_shared(Resource resource) {
  return resource != Resource::kDisk && resource != Resource::kMemory &&
         resource != Resource::kConnections && resource != Resource::kGpuMemory;
}

}  // namespace

Monitor::Monitor(const DemandReader& reader, Options options)
    : reader_(reader), options_(std::move(options)) {}

bool Monitor::stale(const Reading& reading, UnixMs now) const {
  const std::lock_guard lock(mutex_);
  return reading.time == 0 || now - reading.time > options_.stale_after.count();
}

void Monitor::set_outlook(const std::string& service, Resource resource, Outlook outlook) {
  const std::lock_guard lock(mutex_);
  outlooks_[{service, resource}] = std::move(outlook);
}

void Monitor::set_options(Options options) {
  const std::lock_guard lock(mutex_);
  options_ = std::move(options);
}

Thresholds Monitor::thresholds(const std::string& service, Resource resource) const {
  const std::lock_guard lock(mutex_);
  const std::string name(to_string(resource));
  for (const std::string& key : {service + "/" + name, name}) {
    if (const auto found = options_.special.find(key); found != options_.special.end())
      return found->second;
  }
  return options_.thresholds;
}

Health Monitor::overall(const std::vector<Utilization>& all) {
  Health worst = all.empty() ? Health::kUnknown : Health::kHealthy;
  bool unknown = !all.empty();
  for (const Utilization& one : all) {
    if (one.health == Health::kUnknown) continue;
    unknown = false;
    worst = std::max(worst, one.health);
  }
  return unknown ? Health::kUnknown : worst;
}

Utilization Monitor::sum(std::span<const Reading> readings, UnixMs now) const {
  Utilization total;
  total.service = readings.front().service;
  total.resource = readings.front().resource;
  total.simulated = std::all_of(readings.begin(), readings.end(),
                                [](const Reading& one) { return one.simulated; });
  bool capacity_known = true;
  double capacity = 0;
  for (const Reading& one : readings) {
    ++total.hosts;
    total.time = std::max(total.time, one.time);
    if (stale(one, now) || !one.demand) continue;
    ++total.hosts_reporting;
    total.demand += *one.demand;
    if (!one.capacity || *one.capacity <= 0) {
      capacity_known = false;
      continue;
    }
    capacity += *one.capacity;
    const double share = *one.demand / *one.capacity;
    if (!total.worst_utilization || share > *total.worst_utilization) {
      total.worst_utilization = share;
      total.worst_host = one.host;
    }
  }
  if (total.hosts_reporting > 0 && capacity_known && capacity > 0) {
    total.capacity = capacity;
    total.utilization = total.demand / capacity;
  }
  return total;
}

// One instance less is one less of every resource: a service is over-provisioned as a whole, and
// its tightest resource says so for all of them. The caller holds mutex_.
bool Monitor::is_fullest_with_one_less(const std::string& service, Resource resource) const {
  const auto share = [](const Outlook& outlook) {
    return share_with_one_less(outlook).value_or(0);
  };
  const double own = share(outlooks_.at({service, resource}));
  return std::all_of(outlooks_.begin(), outlooks_.end(), [&](const auto& other) {
    const auto& [key, outlook] = other;
    return key.first != service || key.second == resource || share(outlook) < own;
  });
}

Result<std::vector<Utilization>> Monitor::utilization(UnixMs now, const Filter& filter) {
  const auto readings = reader_.readings(now, filter);
  if (!readings) return fail(readings.error());
  // Grouped by service and resource; readings come by service, host and resource.
  std::map<std::pair<std::string, Resource>, std::vector<Reading>> groups;
  for (const Reading& one : *readings) groups[{one.service, one.resource}].push_back(one);
  std::vector<Utilization> all;
  for (auto& [key, rows] : groups) {
    // A host that left long ago is no longer one of the service's, unless nobody is left.
    const bool somebody =
        std::any_of(rows.begin(), rows.end(), [](const Reading& one) { return one.time > 0; });
    if (somebody) std::erase_if(rows, [](const Reading& one) { return one.time == 0; });
    Utilization total = sum(rows, now);
    if (!filter.host.empty()) total.host = filter.host;
    const Thresholds thresholds = this->thresholds(key.first, key.second);
    const std::lock_guard lock(mutex_);
    const auto state_key =
        filter.host.empty() ? key : std::pair{"host:" + filter.host + '/' + key.first, key.second};
    std::optional<Outlook> outlook;
    if (const auto found = outlooks_.find(key); filter.host.empty() && found != outlooks_.end()) {
      outlook = found->second;
      if (total.capacity) outlook->capacity = *total.capacity;
      outlook->instances = static_cast<unsigned>(std::max<std::size_t>(1, total.hosts_reporting));
      outlook->speaks_for_service = is_fullest_with_one_less(key.first, key.second);
    }
    if (total.hosts_reporting == 0) {
      total.health = Health::kUnknown;
      total.reason =
          total.time == 0
              ? "no sample in the last " + format_duration(reader_.lookback())
              : "no sample for " +
                    format_duration(std::chrono::milliseconds((now - total.time) / 1000 * 1000));
    } else {
      // What one host lacks another one cannot lend: there the worst host decides.
      const bool worst_decides = total.utilization && !is_shared(total.resource) &&
                                 *total.worst_utilization > *total.utilization && rows.size() > 1;
      const auto used = worst_decides ? total.worst_utilization : total.utilization;
      const Judgement judgement = judge(used, before_[state_key], outlook, thresholds);
      if (used) before_[state_key] = judge_use(*used, before_[state_key], thresholds);
      total.health = judgement.health;
      total.reason = (worst_decides ? total.worst_host + ": " : "") + judgement.reason;
      if (total.hosts_reporting < total.hosts) {
        total.reason += "; " + std::to_string(total.hosts - total.hosts_reporting) + " of " +
                        std::to_string(total.hosts) + " hosts are silent";
      }
    }
    all.push_back(std::move(total));
  }
  return all;
}

}  // namespace headroom::capacity
