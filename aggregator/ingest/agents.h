// Who may speak, and how each agent is doing.
#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <unordered_set>
#include <vector>

#include "common/base/clock.h"
#include "common/base/result.h"
#include "common/model/series.h"

namespace headroom::ingest {

// The keys in a folder of NAME.pub files. The file's name is the agent's name, and so its host's: a
// message cannot say otherwise. Used by the ingest loop alone.
class AuthorizedKeys {
 public:
  explicit AuthorizedKeys(std::string folder) : folder_(std::move(folder)) {}

  // Reads the folder anew. A file that cannot be used is logged and passed over; the others hold.
  Status reload();
  // The agent's name. Where the key is not known, the folder is read again, at most once a second.
  std::optional<std::string> name_of(const std::string& public_key, const Clock& clock);
  // Looks whether files came or went since the last look, and reads the folder again if so. True
  // where it did.
  bool reload_if_changed();
  // Some key still has this name.
  bool has(const std::string& name) const;
  // Names that lost their key in a reload since the last call, even if they have another one now.
  std::set<std::string> take_revoked();

 private:
  std::string folder_;
  std::map<std::string, std::string> names_;  // by key
  std::unordered_set<std::string> known_;     // those names
  std::set<std::string> revoked_;
  std::chrono::steady_clock::time_point last_reload_{};
  std::int64_t folder_changed_ = 0;  // when, as the filesystem says
};

struct AgentInfo {
  std::string agent;
  std::string service;
  bool simulated = false;
  bool connected = false;
  bool duplicate = false;  // another live process uses the same key: a cloned host
  std::string address;
  std::string version;
  UnixMs last_seen = 0;
  UnixMs last_sample = 0;    // time of the newest sample
  std::int64_t skew_ms = 0;  // aggregator's clock minus the newest sample's time when it came:
                             // delay plus clock difference
  std::uint64_t series = 0;
  std::uint64_t committed = 0;
  std::uint64_t batches = 0;
  std::uint64_t resent = 0;
  std::uint64_t lost_batches = 0;
};

struct IngestCounters {
  std::uint64_t batches = 0;  // on disk since the start
  std::uint64_t samples = 0;
  std::uint64_t samples_capped = 0;  // came, but limits left their series out: not stored
  double samples_per_second = 0;     // over the last ten seconds or so
  std::uint64_t message_bytes = 0;
  std::uint64_t batches_resent =
      0;  // sent more than once by an agent, whether they had been stored or not
  std::uint64_t batches_known = 0;  // of those, stored already: acknowledged and passed over
  std::uint64_t rejected_keys = 0;
  std::uint64_t rejected_messages = 0;  // did not verify, or crossed a limit
  std::uint64_t group_commits = 0;
  std::uint64_t commit_failures = 0;
  std::uint64_t duplicate_agents = 0;  // messages from a second live process with an agent's key
  std::string cannot_write;            // why the last commit failed; empty: it did not
  std::uint64_t rescues = 0;           // see common/wire/zmq_socket.h
};

// What the ingest loop tells and the API asks. Thread-safe.
class AgentDirectory {
 public:
  void update(const AgentInfo& info);
  void disconnected(const std::string& agent);
  // The host is no more.
  void forget(const std::string& agent);
  std::vector<AgentInfo> agents() const;  // by name
  void set_counters(const IngestCounters& counters);
  IngestCounters counters() const;

 private:
  mutable std::mutex mutex_;
  std::map<std::string, AgentInfo> agents_;  // guarded by mutex_
  IngestCounters counters_;                  // guarded by mutex_
};

}  // namespace headroom::ingest
