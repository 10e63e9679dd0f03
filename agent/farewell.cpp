#include "agent/farewell.h"

#include <algorithm>

#include "common/wire/message.h"

namespace headroom::agent {
namespace {

using Deadline = std::chrono::steady_clock::time_point;

Status send(zmq::socket_t& socket, const wire::Message& message) {
  const auto bytes = wire::encode(message);
  if (!bytes) return fail(bytes.error());
  if (!socket.send(zmq::buffer(*bytes)))
    return fail(ErrorCode::kUnavailable, "the aggregator takes nothing");
  return {};
}

// The next message of this type, whatever else comes before it.
template <typename T>
Result<T> await(zmq::socket_t& socket, Deadline deadline) {
  for (;;) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
        deadline - std::chrono::steady_clock::now());
    socket.set(zmq::sockopt::rcvtimeo, static_cast<int>(std::max<std::int64_t>(1, left.count())));
    zmq::message_t frame;
    if (!socket.recv(frame)) {
      return fail(ErrorCode::kUnavailable,
                  "no answer: is the aggregator there, and does it know this agent's key?");
    }
    const wire::AlignedBytes aligned(
        {static_cast<const std::uint8_t*>(frame.data()), frame.size()});
    const auto message = wire::decode(aligned.bytes());
    if (!message) continue;
    if (const T* wanted = std::get_if<T>(&*message)) return *wanted;
    if (const auto* nack = std::get_if<wire::Nack>(&*message))
      return fail(ErrorCode::kUnavailable, "refused: " + nack->message);
  }
}

}  // namespace

Status say_farewell(zmq::context_t& context, const LinkOptions& options,
                    std::chrono::milliseconds limit) {
  const Deadline deadline = std::chrono::steady_clock::now() + limit;
  try {
    zmq::socket_t socket(context, zmq::socket_type::dealer);
    socket.set(zmq::sockopt::linger, 0);
    socket.set(zmq::sockopt::sndtimeo, static_cast<int>(limit.count()));
    socket.set(zmq::sockopt::curve_serverkey, options.server_key);
    socket.set(zmq::sockopt::curve_publickey, options.keys.public_key);
    socket.set(zmq::sockopt::curve_secretkey, options.keys.secret_key);
    socket.connect(options.endpoint);
    wire::Hello hello;
    // A stream of its own: there is nothing to send in it.
    hello.stream = options.instance;
    hello.instance = options.instance;
    hello.machine = options.machine;
    hello.boot_id = options.boot_id;
    hello.agent_version = options.agent_version;
    hello.host_attributes = options.host_attributes;
    hello.first_unacknowledged = 1;
    if (auto sent = send(socket, hello); !sent) return sent;
    if (const auto welcome = await<wire::Welcome>(socket, deadline); !welcome)
      return fail(welcome.error());
    if (auto sent = send(socket, wire::Farewell{}); !sent) return sent;
    if (const auto done = await<wire::Drain>(socket, deadline); !done) return fail(done.error());
    return {};
  } catch (const zmq::error_t& error) {
    return fail(wire::zmq_failure("say farewell to " + options.endpoint, error));
  }
}

}  // namespace headroom::agent
