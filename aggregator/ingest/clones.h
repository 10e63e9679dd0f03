// Hosts that have one key between them: a machine was cloned with its agent's key in it. They are
// kept apart by what a clone does not copy, so that their samples do not mix in the same series.
//
// The first one keeps the agent's name; the next are stored as "NAME~2", "NAME~3" … What was found
// is kept in the store, so that a restart does not change who has which name. Lives on the ingest
// loop's thread.
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <vector>

#include "aggregator/store/store.h"

namespace headroom::ingest {

struct HostIdentity {
  std::string machine;  // wire::Hello::machine; empty: not known
  std::string boot;     // wire::Hello::boot_id
  friend bool operator==(const HostIdentity&, const HostIdentity&) = default;
};

// Beyond this many with one key they are mixed again, and said to be.
inline constexpr std::size_t kClonesMax = 64;

class Clones {
 public:
  // Reads what the store knows. Unreadable entries are logged and forgotten.
  explicit Clones(store::Store& store);

  // The name that this host's series are stored under.
  std::string host_name(const std::string& agent, const HostIdentity& host);
  // False where the key has clones and this is none of them as it was seen last.
  bool knows_exactly(const std::string& agent, const HostIdentity& host) const;
  // Both are alive at once. False where nothing tells them apart, or there are too many.
  bool keep_apart(const std::string& agent, const HostIdentity& first, const HostIdentity& second);

 private:
  // Its place in the list, as far as one can tell: the same boot of the same machine, else the one
  // other boot of that machine; the list's length if it is not there.
  std::size_t find(const std::vector<HostIdentity>& hosts, const HostIdentity& host) const;
  void save(const std::string& agent);

  store::Store& store_;
  std::map<std::string, std::vector<HostIdentity>> hosts_;  // by agent; only those with clones
};

}  // namespace headroom::ingest
