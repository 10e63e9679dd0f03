// A ZeroMQ socket on an Asio loop.
//
// ZMQ_FD is edge-triggered, and a send can swallow the edge of a receive, so there is one pump: it
// receives until nothing is left, reads ZMQ_EVENTS again after every send, posts itself when it
// stopped early, and only then waits on the descriptor. A slow timer counts what the pump missed
// ("rescues"); it must stay at zero and a test watches it.
//
// Owned and used by the loop's thread alone. Destroying it closes the socket without linger.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <asio/io_context.hpp>
#include <zmq.hpp>

#include "common/base/result.h"
#include "common/codec/bytes.h"

namespace headroom::wire {

using Frames = std::vector<zmq::message_t>;

class ZmqSocket {
 public:
  using OnMessage = std::function<void(Frames&&)>;

  // Sets what every socket of ours wants: no linger, a message limit, heartbeats, bounded queues.
  ZmqSocket(asio::io_context& loop, zmq::context_t& context, zmq::socket_type type);
  ~ZmqSocket();
  ZmqSocket(const ZmqSocket&) = delete;
  ZmqSocket& operator=(const ZmqSocket&) = delete;

  // For options, bind and connect, before start().
  zmq::socket_t& raw();

  // From now on every message reaches `on_message`, on the loop. The handler may send, and may
  // destroy this object. `after_turn` is called whenever the messages that waited have been
  // delivered, or some hundred of them: what they have in common is best done there.
  void start(OnMessage on_message, std::function<void()> after_turn = {});

  // Never blocks. kUnavailable where the queue is full or (on a ROUTER) the peer is gone.
  Status send(Frames&& frames);
  // The same of one frame, on a ROUTER to the peer of this routing id.
  Status send_to(std::string_view peer, codec::Bytes bytes);

  std::uint64_t rescues() const;

 private:
  struct State;
  std::shared_ptr<State> state_;
};

// What libzmq says went wrong, as an Error with `what` in front.
Error zmq_failure(const std::string& what, const zmq::error_t& error);

}  // namespace headroom::wire
