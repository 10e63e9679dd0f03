// Utilization per service and resource, and what it means.
#pragma once

#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "aggregator/capacity/demand.h"
#include "aggregator/capacity/status.h"

namespace headroom::capacity {

struct Utilization {
  std::string service;
  std::string host;  // empty: the whole service
  Resource resource = Resource::kCpu;
  double demand = 0;
  std::optional<double> capacity;
  std::optional<double> utilization;  // demand / capacity
  Health health = Health::kUnknown;
  std::string reason;
  std::size_t hosts = 0;            // seen within the membership window
  std::size_t hosts_reporting = 0;  // of those, not stale
  bool simulated = false;
  std::string worst_host;
  std::optional<double> worst_utilization;
  UnixMs time = 0;  // of the newest sample
};

// Thread-safe: any thread may ask.
class Monitor {
 public:
  struct Options {
    Thresholds thresholds;
    // By "resource" or "service/resource"; the more special one wins.
    std::map<std::string, Thresholds> special;
    std::chrono::milliseconds stale_after{
        30'000};  // a host without a sample for so long does not count
  };

  Monitor(const DemandReader& reader, Options options);

  // One entry per service and resource, or with filter.host per resource of that host; by service,
  // then resource.
  Result<std::vector<Utilization>> utilization(UnixMs now, const Filter& filter);
  // The rows behind it, one per host and resource.
  Result<std::vector<Reading>> readings(UnixMs now, const Filter& filter) const {
    return reader_.readings(now, filter);
  }
  bool stale(const Reading& reading, UnixMs now) const;

  // What the forecasts say, taken into account from now on.
  void set_outlook(const std::string& service, Resource resource, Outlook outlook);
  void set_options(Options options);
  Thresholds thresholds(const std::string& service, Resource resource) const;

  // The worst of them.
  static Health overall(const std::vector<Utilization>& all);

 private:
  bool is_fullest_with_one_less(const std::string& service, Resource resource) const;
  Utilization sum(std::span<const Reading> readings, UnixMs now) const;

  const DemandReader& reader_;
  mutable std::mutex mutex_;
  Options options_;  // guarded by mutex_
  std::map<std::pair<std::string, Resource>, Health>
      before_;  // by service, or host and service; guarded by mutex_
  std::map<std::pair<std::string, Resource>, Outlook> outlooks_;  // guarded by mutex_
};

}  // namespace headroom::capacity
