// The agent's end of the wire: a session with the aggregator over one DEALER socket with CURVE.
//
// Only an Ack counts. Batches are sent in order within the credit, and again from where the
// aggregator says it stands after every reconnect. A session that makes no progress is torn down
// and begun anew with jittered back-off; nothing here ever blocks or drops: what cannot be sent
// stays in the backlog.
//
// Lives on the loop's thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <set>
#include <string>

#include <asio/io_context.hpp>
#include <asio/steady_timer.hpp>
#include <zmq.hpp>

#include "agent/push/backlog.h"
#include "common/base/random.h"
#include "common/wire/keys.h"
#include "common/wire/message.h"
#include "common/wire/zmq_socket.h"

namespace headroom::agent {

struct LinkOptions {
  std::string endpoint;    // tcp://host:port
  std::string server_key;  // Z85
  wire::KeyPair keys;
  std::string boot_id;
  std::string agent_version;
  Attributes host_attributes;
  wire::StreamId instance{};  // of this process
  std::string machine;        // what tells this machine from a clone of it
  bool replay = false;        // a second session, for what waited in the spool
  std::chrono::milliseconds progress_timeout{15'000};  // no word for so long: begin anew
  std::chrono::milliseconds backoff_least{500};
  std::chrono::milliseconds backoff_most{30'000};
};

struct LinkCounters {
  std::uint64_t sessions = 0;      // Welcomes received
  std::uint64_t batches_sent = 0;  // resent ones included
  std::uint64_t batches_resent = 0;
  std::uint64_t message_bytes = 0;
  std::uint64_t refusals = 0;  // the aggregator does not know this agent's key
  std::uint64_t timeouts = 0;
  std::uint64_t bad_messages = 0;  // from the aggregator
};

// What the link tells whoever owns it; each may be empty.
struct LinkEvents {
  std::function<void()> greeting;  // a session is about to begin, in the backlog's stream
  std::function<void(const wire::Welcome&)> welcome;
  std::function<void()> acknowledged;  // the backlog may be shorter
  std::function<void()> lost;          // a session ended
};

class Link {
 public:
  Link(asio::io_context& loop, zmq::context_t& context, LinkOptions options, Backlog& backlog,
       Random random, LinkEvents events);
  ~Link();

  void start();
  // The backlog has grown.
  void wake();
  void stop();
  // Ends this session and begins another one.
  void begin_anew(const std::string& why);

  bool connected() const { return phase_ == Phase::kStreaming; }
  const LinkCounters& counters() const { return counters_; }

 private:
  enum class Phase { kStopped, kConnecting, kGreeting, kStreaming, kBackingOff };

  void open_session();
  void arm_unreachable_timer(std::chrono::milliseconds wait);
  void watch_socket();
  void on_socket_event(wire::Frames&& frames);
  void end_session(const std::string& why, bool quick);
  void on_message(wire::Frames&& frames);
  void on_welcome(const wire::Welcome& welcome);
  void on_nack(const wire::Nack& nack);
  void send_backlog();
  bool send_item(Backlog::Item& item);
  bool send_layout(const LayoutPtr& layout);
  bool send(const wire::Message& message);
  void acknowledge(std::uint64_t committed);
  void arm_progress_timer();

  asio::io_context& loop_;
  zmq::context_t& context_;
  LinkOptions options_;
  Backlog& backlog_;
  Random random_;
  LinkEvents events_;
  asio::steady_timer timer_;
  asio::steady_timer retry_timer_;
  std::unique_ptr<wire::ZmqSocket> socket_;
  std::unique_ptr<wire::ZmqSocket> monitor_;
  Phase phase_ = Phase::kStopped;
  std::uint64_t session_ = 0;  // counts sockets, so that a late timer knows it is late
  std::uint64_t next_to_send_ = 1;
  std::size_t in_flight_bytes_ = 0;  // sent in this session and not acknowledged
  std::deque<std::pair<std::uint64_t, std::size_t>> in_flight_;  // last sequence, bytes
  std::size_t credit_bytes_ = 0;
  std::set<std::uint32_t> layouts_sent_;
  std::chrono::milliseconds backoff_;
  int unknown_layouts_ = 0;   // refusals for that reason in a row
  std::string last_refusal_;  // said once, not at every try
  bool held_back_ = false;    // the aggregator asked to wait
  bool progressed_ = false;
  bool refusal_logged_ = false;
  LinkCounters counters_;
};

}  // namespace headroom::agent
