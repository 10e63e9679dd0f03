// How many series each host has, which hosts are decommissioned, and what limits left out.
#pragma once

#include <map>
#include <string>
#include <unordered_map>
#include <vector>

#include "aggregator/store/catalog/pairs.h"
#include "aggregator/store/store.h"

namespace headroom::store::catalog {

class Hosts {
 public:
  struct Host {
    std::uint32_t series = 0;
    UnixMs end = Store::kForever;  // of a host that is decommissioned
    bool alive() const { return end == Store::kForever; }
  };

  // A host is the pair (host.name, its name).
  const Host* find(PairId host) const;
  // Series that count towards the limit of the whole: those of decommissioned hosts do not.
  std::size_t counted() const { return counted_; }

  void add_series(PairId host);  // kNoId: a series without a host
  void remove_series(PairId host);
  void set_end(PairId host, UnixMs end);  // Store::kForever: it is back
  void forget(PairId host) { hosts_.erase(host); }

  // Hosts whose end is earlier than `since`, sorted.
  std::vector<PairId> ended_before(UnixMs since) const;
  std::vector<std::pair<PairId, UnixMs>> decommissioned() const;

 private:
  std::unordered_map<PairId, Host> hosts_;
  std::unordered_map<PairId, UnixMs> ended_;  // the few of them that are decommissioned
  std::size_t counted_ = 0;
};

// What the current layouts of hosts lost to limits, by host ("" for series without one).
class LeftOut {
 public:
  struct Entry {
    std::uint64_t series = 0;
    std::string example;
  };
  // What a host's newest layout lost; it replaces what earlier ones did.
  void note(const std::string& host, Entry entry);
  void clear(const std::string& host) { by_host_.erase(host); }
  const std::map<std::string, Entry>& by_host() const { return by_host_; }

 private:
  std::map<std::string, Entry> by_host_;
};
inline constexpr std::size_t kLeftOutHosts = 100'000;  // beyond it none are added to the report

}  // namespace headroom::store::catalog
