#include "aggregator/store/catalog/hosts.h"

#include <algorithm>

namespace headroom::store::catalog {

const Hosts::Host* Hosts::find(PairId host) const {
  const auto found = hosts_.find(host);
  return found == hosts_.end() ? nullptr : &found->second;
}

void Hosts::add_series(PairId host) {
  if (host == kNoId) {
    ++counted_;
    return;
  }
  Host& one = hosts_[host];
  ++one.series;
  if (one.alive()) ++counted_;
}

void Hosts::remove_series(PairId host) {
  Host& one = hosts_[host];
  --one.series;
  if (one.alive()) --counted_;
}

void Hosts::set_end(PairId host, UnixMs end) {
  Host& one = hosts_[host];
  if (one.alive()) counted_ -= one.series;
  one.end = end;
  if (one.alive()) {
    counted_ += one.series;
    ended_.erase(host);
  } else {
    ended_[host] = end;
  }
}

std::vector<PairId> Hosts::ended_before(UnixMs since) const {
  std::vector<PairId> hosts;
  for (const auto& [host, end] : ended_) {
    if (end < since) hosts.push_back(host);
  }
  std::sort(hosts.begin(), hosts.end());
  return hosts;
}

std::vector<std::pair<PairId, UnixMs>> Hosts::decommissioned() const {
  return {ended_.begin(), ended_.end()};
}

void LeftOut::note(const std::string& host, Entry entry) {
  if (entry.series == 0) return clear(host);
  if (by_host_.size() >= kLeftOutHosts && by_host_.count(host) == 0) return;
  by_host_[host] = std::move(entry);
}

}  // namespace headroom::store::catalog
