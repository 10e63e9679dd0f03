#include "common/wire/zmq_socket.h"

#include <cerrno>
#include <chrono>
#include <unistd.h>

#include <asio/posix/stream_descriptor.hpp>
#include <asio/post.hpp>
#include <asio/steady_timer.hpp>

#include "common/base/limits.h"

namespace headroom::wire {
namespace {

constexpr int kReceivesPerTurn = 256;  // then the loop's other work gets a turn
constexpr auto kRescueInterval = std::chrono::seconds(1);
constexpr int kHeartbeatIntervalMs = 5000;
constexpr int kHeartbeatTimeoutMs = 15000;
constexpr int kHandshakeIntervalMs = 5000;
constexpr int kReconnectIntervalMs = 500;
constexpr int kReconnectIntervalMaxMs = 30'000;
// Above any credit, so that credit and not libzmq decides when to stop.
constexpr int kQueueMessages = 4096;

}  // namespace

struct ZmqSocket::State : std::enable_shared_from_this<ZmqSocket::State> {
  State(asio::io_context& loop, zmq::context_t& context, zmq::socket_type type)
      : loop(loop),
        socket(context, type),
        descriptor(loop),
        timer(loop),
        receives(type != zmq::socket_type::push && type != zmq::socket_type::pub) {}

  asio::io_context& loop;
  zmq::socket_t socket;
  asio::posix::stream_descriptor descriptor;
  asio::steady_timer timer;
  OnMessage on_message;
  std::function<void()> after_turn;
  Frames received;          // kept for its memory
  const bool receives;      // else libzmq refuses to be asked
  bool sent_since = false;  // since the last receive
  bool open = false;
  bool waiting = false;
  bool pumping = false;
  bool posted = false;
  std::uint64_t rescues = 0;

  bool readable() { return open && (socket.get(zmq::sockopt::events) & ZMQ_POLLIN) != 0; }

  bool receive_one() {
    received.clear();
    do {
      zmq::message_t& frame = received.emplace_back();
      if (!socket.recv(frame, zmq::recv_flags::dontwait)) return false;
    } while (received.back().more());
    on_message(std::move(received));
    return true;
  }

  void pump() {
    if (pumping || !open) return;
    pumping = true;
    const auto keep = shared_from_this();
    // A receive that finds nothing has heard all that libzmq's thread had to say, so ZMQ_EVENTS,
    // which costs a system call, need only be asked where something was sent after it.
    int messages = 0;
    bool more = receives;
    while (open && more && messages < kReceivesPerTurn) {
      sent_since = false;
      more = receive_one();
      messages += more ? 1 : 0;
    }
    received.clear();
    if (open && messages > 0 && after_turn) after_turn();
    pumping = false;
    if (!open) return;
    if (more || ((sent_since || !receives) && readable())) {
      post_pump();
    } else {
      wait();
    }
  }

  void post_pump() {
    if (posted) return;
    posted = true;
    asio::post(loop, [weak = weak_from_this()] {
      if (const auto self = weak.lock()) {
        self->posted = false;
        self->pump();
      }
    });
  }

  // A send may have swallowed the edge of a message that came in.
  void sent() {
    sent_since = true;
    if (on_message && !pumping) post_pump();
  }

  void wait() {
    if (waiting) return;
    waiting = true;
    descriptor.async_wait(asio::posix::stream_descriptor::wait_read,
                          [weak = weak_from_this()](const asio::error_code& error) {
                            const auto self = weak.lock();
                            if (!self) return;
                            self->waiting = false;
                            if (!error) self->pump();
                          });
  }

  void arm_rescue() {
    timer.expires_after(kRescueInterval);
    timer.async_wait([weak = weak_from_this()](const asio::error_code& error) {
      const auto self = weak.lock();
      if (error || !self || !self->open) return;
      if (self->waiting && self->readable()) {
        ++self->rescues;
        self->post_pump();
      }
      self->arm_rescue();
    });
  }

  void close() {
    if (!open) return;
    open = false;
    timer.cancel();
    // The descriptor is a duplicate: closing it leaves libzmq's own alone.
    asio::error_code ignored;
    descriptor.close(ignored);
    socket.close();
  }
};

ZmqSocket::ZmqSocket(asio::io_context& loop, zmq::context_t& context, zmq::socket_type type)
    : state_(std::make_shared<State>(loop, context, type)) {
  zmq::socket_t& socket = state_->socket;
  socket.set(zmq::sockopt::linger, 0);
  socket.set(zmq::sockopt::maxmsgsize, static_cast<std::int64_t>(limits::kMessageBytes));
  socket.set(zmq::sockopt::handshake_ivl, kHandshakeIntervalMs);
  socket.set(zmq::sockopt::heartbeat_ivl, kHeartbeatIntervalMs);
  socket.set(zmq::sockopt::heartbeat_timeout, kHeartbeatTimeoutMs);
  socket.set(zmq::sockopt::heartbeat_ttl, kHeartbeatTimeoutMs);
  socket.set(zmq::sockopt::reconnect_ivl, kReconnectIntervalMs);
  socket.set(zmq::sockopt::reconnect_ivl_max, kReconnectIntervalMaxMs);
  socket.set(zmq::sockopt::sndhwm, kQueueMessages);
  socket.set(zmq::sockopt::rcvhwm, kQueueMessages);
  state_->open = true;
}

ZmqSocket::~ZmqSocket() { state_->close(); }

zmq::socket_t& ZmqSocket::raw() { return state_->socket; }

void ZmqSocket::start(OnMessage on_message, std::function<void()> after_turn) {
  state_->on_message = std::move(on_message);
  state_->after_turn = std::move(after_turn);
  state_->descriptor.assign(::dup(state_->socket.get(zmq::sockopt::fd)));
  state_->arm_rescue();
  state_->post_pump();
}

Status ZmqSocket::send(Frames&& frames) {
  const auto state = state_;
  if (!state->open) return fail(ErrorCode::kUnavailable, "the socket is closed");
  Status result;
  try {
    for (std::size_t i = 0; i < frames.size(); ++i) {
      const auto flags = i + 1 < frames.size()
                             ? zmq::send_flags::dontwait | zmq::send_flags::sndmore
                             : zmq::send_flags::dontwait;
      if (!state->socket.send(frames[i], flags)) {
        result = fail(ErrorCode::kUnavailable, "the peer takes no more messages");
        break;
      }
    }
  } catch (const zmq::error_t& error) {
    result = fail(zmq_failure("send", error));
  }
  state->sent();
  return result;
}

Status ZmqSocket::send_to(std::string_view peer, codec::Bytes bytes) {
  const auto state = state_;
  if (!state->open) return fail(ErrorCode::kUnavailable, "the socket is closed");
  Status result;
  try {
    if (!state->socket.send(zmq::buffer(peer),
                            zmq::send_flags::dontwait | zmq::send_flags::sndmore) ||
        !state->socket.send(zmq::buffer(bytes.data(), bytes.size()), zmq::send_flags::dontwait))
      result = fail(ErrorCode::kUnavailable, "the peer takes no more messages");
  } catch (const zmq::error_t& error) {
    result = fail(zmq_failure("send", error));
  }
  state->sent();
  return result;
}

std::uint64_t ZmqSocket::rescues() const { return state_->rescues; }

Error zmq_failure(const std::string& what, const zmq::error_t& error) {
  switch (error.num()) {
    case EHOSTUNREACH:
    case EAGAIN:
      return {ErrorCode::kUnavailable, what + ": the peer is not there"};
    case EADDRINUSE:
      return {ErrorCode::kAlreadyExists,
              what + ": the address is in use; another aggregator may be running"};
    case EACCES:
      return {ErrorCode::kPermissionDenied, what + ": " + error.what()};
    case EINVAL:
    case ENODEV:
    case EPROTONOSUPPORT:
      return {ErrorCode::kInvalidArgument, what + ": " + error.what()};
    default:
      return {ErrorCode::kInternal, what + ": " + error.what()};
  }
}

}  // namespace headroom::wire
