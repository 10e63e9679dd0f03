// The aggregator's end of the wire: one ROUTER socket with CURVE for all agents.
//
// Checks everything an agent sends before the store sees it, hands batches to the committer, and
// acknowledges what is on disk. The state of a stream outlives its session, so an agent may come
// back while its last batches are still being committed and nothing is stored twice. Lives on the
// ingest loop's thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include <asio/io_context.hpp>
#include <asio/steady_timer.hpp>
#include <zmq.hpp>

#include "aggregator/ingest/agents.h"
#include "aggregator/ingest/clones.h"
#include "aggregator/ingest/committer.h"
#include "aggregator/store/store.h"
#include "common/wire/authenticator.h"
#include "common/wire/keys.h"
#include "common/wire/message.h"
#include "common/wire/zmq_socket.h"

namespace headroom::ingest {

struct RouterOptions {
  std::string listen;  // tcp://*:5570
  wire::KeyPair keys;
  std::chrono::milliseconds batch_interval{5000};
};

class Router {
 public:
  Router(asio::io_context& loop, zmq::context_t& context, const Clock& clock, RouterOptions options,
         AuthorizedKeys& authorized, store::Store& store, AgentDirectory& directory);
  ~Router();

  // Errors: the address cannot be bound.
  Status start();
  // Tells every agent to come back later; their unacknowledged batches stay with them.
  void drain();
  // Ends the sessions of agents that are no longer authorized.
  void drop_revoked();
  void set_batch_interval(std::chrono::milliseconds interval) {
    options_.batch_interval = interval;
  }
  // The address that is bound, with the port that the system chose for ":*".
  const std::string& endpoint() const { return endpoint_; }

 private:
  struct Session;

  // One buffer of one agent, as long as this process runs.
  struct Stream {
    store::StreamKey key;
    std::uint64_t received = 0;   // the next one expected is behind it
    std::uint64_t submitted = 0;  // last sequence handed to the committer
    std::uint64_t committed = 0;  // last sequence on disk
    std::uint64_t available = 0;  // the oldest sequence that the agent said it has
    std::uint64_t refused = 0;    // the sequence that was asked for last; asking once is enough
    bool to_acknowledge = false;  // on disk further than its agent knows
    Session* session = nullptr;   // the one it is sent in, if any
  };
  struct KnownLayout {
    store::DefinedGroup group;
    std::size_t columns = 0;
    bool all_kept() const { return group.kept.size() == columns; }
  };
  struct Session {
    std::string peer;  // routing id
    std::shared_ptr<Stream> stream;
    Attributes host_attributes;
    std::map<std::uint32_t, KnownLayout> layouts;
    std::set<std::uint32_t> refused_layouts;
    AgentInfo info;
    HostIdentity host;
    wire::StreamId instance{};  // of the agent's process; all zero: it did not say
    bool replay = false;        // of what waited on the agent's disk, beside the live session
    bool superseded = false;    // the same agent greeted again from another connection
    // The name of its key; info.agent is the host's, which differs for a clone.
    const std::string& key_name() const { return stream->key.agent; }
    bool changed = true;  // since it was last told to the directory
  };
  using Sessions = std::unordered_map<std::string, Session>;  // by routing id
  // Submitted, and not yet known to be on disk.
  struct UnderWay {
    Stream* stream = nullptr;
    std::uint64_t last_sequence = 0;
  };

  void on_message(wire::Frames&& frames);
  void on_hello(const std::string& peer, const std::string& agent, const std::string& address,
                const wire::Hello& hello);
  void on_layout(Session& session, wire::Layout layout);
  void on_batch(Session& session, const wire::Batch& batch);
  void on_gap(Session& session, const wire::Gap& gap);
  void on_farewell(Session& session);
  void on_committed(const Committer::Done& done);
  void on_commit_failed(const Error& error);
  void submit(Stream& stream, store::Append append);
  void hand_over();
  // True where this sequence comes next; else it has been answered.
  bool expects(Session& session, std::uint64_t first, std::uint64_t last);
  void acknowledge(const Stream& stream);
  void nack(Session& session, std::uint64_t sequence, wire::NackReason reason, std::string message,
            std::chrono::milliseconds retry_after = {});
  void reject(const std::string& agent, const std::string& why);
  void begin_session(Session session);
  Sessions::iterator end_session(Sessions::iterator at);
  // False where the session has ended with it.
  bool note_duplicate(Session& session);
  void send(const std::string& peer, const wire::Message& message);
  std::uint32_t credit() const;
  void arm_tick();
  void on_tick();

  asio::io_context& loop_;
  const Clock& clock_;
  RouterOptions options_;
  AuthorizedKeys& authorized_;
  store::Store& store_;
  AgentDirectory& directory_;
  wire::Authenticator authenticator_;
  wire::ZmqSocket socket_;
  asio::steady_timer tick_;
  wire::Encoder encoder_;
  Clones clones_;
  Sessions sessions_;
  std::unordered_map<std::string, Session*> newest_session_;  // by host, without replays
  std::map<store::StreamKey, std::shared_ptr<Stream>> streams_;
  std::vector<store::Append> gathered_;  // in this turn, for the committer
  std::deque<UnderWay> under_way_;       // in the order of submission, gathered ones included
  IngestCounters counters_;
  std::uint64_t samples_at_tick_ = 0;
  std::string endpoint_;
  std::string last_rejection_;
  std::uint64_t epoch_ = 1;               // see Committer::submit
  std::unique_ptr<Committer> committer_;  // last: it is stopped first
};

}  // namespace headroom::ingest
