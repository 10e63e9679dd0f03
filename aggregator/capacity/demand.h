// Demand and capacity out of the store: who is there, what each host uses now, and a service's
// demand over time.
//
// Thread safety: const calls from any thread.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "aggregator/store/store.h"
#include "common/model/resource.h"

namespace headroom::capacity {

// One host's latest word on one resource.
struct Reading {
  std::string host;
  std::string service;
  Resource resource = Resource::kCpu;
  bool simulated = false;
  std::optional<double> demand;    // mean of the last `smoothing`
  std::optional<double> capacity;  // newest; not known: nothing
  UnixMs time = 0;                 // of the newest sample; 0: none within the lookback
};

// A service's demand and capacity, evenly spaced. A point is the sum over the service's hosts of
// each one's mean within the step; NaN where no host has a sample there.
struct DemandHistory {
  UnixMs start = 0;
  std::chrono::milliseconds step{0};
  std::vector<double> demand;
  std::vector<double> capacity;
  std::size_t hosts = 0;
  bool simulated = false;
};

struct Filter {
  std::string service;  // empty: all
  std::string host;
  std::optional<Resource> resource;
};

inline constexpr std::size_t kHistoryPoints = 2'000'000;

class DemandReader {
 public:
  struct Options {
    std::chrono::milliseconds smoothing{15'000};  // "now" is the mean of so much
    std::chrono::milliseconds lookback{300'000};  // the newest sample may be so old
  };

  DemandReader(const store::Store& store, Options options) : store_(store), options_(options) {}

  std::chrono::milliseconds lookback() const { return options_.lookback; }

  // Every host and resource that matches, by service, host and resource; also those silent for
  // longer than the lookback.
  Result<std::vector<Reading>> readings(UnixMs now, const Filter& filter) const;

  // Errors: kNotFound where no host of the service has the resource; kLimitExceeded beyond
  // kHistoryPoints.
  Result<DemandHistory> history(const std::string& service, Resource resource, UnixMs from,
                                UnixMs to, std::chrono::milliseconds step) const;

  // The oldest sample of the service's demand in [from, to), or nothing.
  Result<std::optional<UnixMs>> oldest(const std::string& service, Resource resource, UnixMs from,
                                       UnixMs to) const;

 private:
  const store::Store& store_;
  Options options_;
};

}  // namespace headroom::capacity
