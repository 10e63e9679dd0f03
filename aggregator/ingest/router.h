// The aggregator's end of the wire: one ROUTER socket with CURVE for all agents.
//
// Checks everything an agent sends before the store sees it, hands batches to the committer, and
// acknowledges what is on disk. The state of a stream outlives its session, so an agent may come
// back while its last batches are still being committed and nothing is stored twice. Lives on the
// ingest loop's thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <unordered_map>

#include <asio/io_context.hpp>
#include <asio/steady_timer.hpp>
#include <zmq.hpp>

#include "aggregator/ingest/agents.h"
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
  // One buffer of one agent, as long as this process runs.
  struct Stream {
    store::StreamKey key;
    std::uint64_t received = 0;   // the next one expected is behind it
    std::uint64_t submitted = 0;  // last sequence handed to the committer
    std::uint64_t committed = 0;  // last sequence on disk
    std::uint64_t available = 0;  // the oldest sequence that the agent said it has
    std::uint64_t refused = 0;    // the sequence that was asked for last; asking once is enough
    std::string peer;             // routing id of its session; empty: none
  };
  struct KnownLayout {
    store::GroupId group = 0;
    std::size_t columns = 0;
  };
  struct Session {
    std::shared_ptr<Stream> stream;
    Attributes host_attributes;
    std::map<std::uint32_t, KnownLayout> layouts;
    std::set<std::uint32_t> refused_layouts;
    AgentInfo info;
    bool superseded = false;  // the same agent greeted again from another connection
  };

  void on_message(wire::Frames&& frames);
  void on_hello(const std::string& peer, const std::string& agent, const std::string& address,
                const wire::Hello& hello);
  void on_layout(const std::string& peer, Session& session, const wire::Layout& layout);
  void on_batch(const std::string& peer, Session& session, const wire::Batch& batch);
  void on_gap(const std::string& peer, Session& session, const wire::Gap& gap);
  void on_committed(const Committer::Done& done);
  void on_commit_failed(const Error& error);
  void submit(Stream& stream, store::Append append);
  // True where this sequence comes next; else it has been answered.
  bool expects(const std::string& peer, Session& session, std::uint64_t first, std::uint64_t last);
  void nack(const std::string& peer, Session& session, std::uint64_t sequence,
            wire::NackReason reason, std::string message,
            std::chrono::milliseconds retry_after = {});
  void reject(const std::string& agent, const std::string& why);
  void supersede_others(const std::string& peer, const std::string& agent);
  void note_duplicate(Session& session);
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
  std::unordered_map<std::string, Session> sessions_;  // by routing id
  std::map<store::StreamKey, std::shared_ptr<Stream>> streams_;
  IngestCounters counters_;
  std::uint64_t samples_at_tick_ = 0;
  std::string endpoint_;
  std::string last_rejection_;
  std::uint64_t epoch_ = 1;               // see Committer::submit
  std::unique_ptr<Committer> committer_;  // last: it is stopped first
};

}  // namespace headroom::ingest
