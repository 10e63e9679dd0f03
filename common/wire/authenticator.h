// Who may speak: answers libzmq's ZAP requests (https://rfc.zeromq.org/spec/27/) for every CURVE
// socket of a context. libzmq lets any client in that knows the server's key when nobody answers,
// so this is made before a socket binds and lives longer than all of them.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include <asio/io_context.hpp>
#include <zmq.hpp>

#include "common/base/result.h"
#include "common/wire/zmq_socket.h"

namespace headroom::wire {

class Authenticator {
 public:
  // The name of the agent that holds this public key (Z85), or nothing: then it gets no byte in or
  // out.
  using Decide = std::function<std::optional<std::string>(const std::string& public_key,
                                                          const std::string& address)>;

  // Throws zmq::error_t where another authenticator lives in the context. Runs on the loop.
  Authenticator(asio::io_context& loop, zmq::context_t& context, Decide decide);

  std::uint64_t accepted() const { return accepted_; }
  std::uint64_t refused() const { return refused_; }

 private:
  void answer(Frames&& request);

  ZmqSocket socket_;
  Decide decide_;
  std::uint64_t accepted_ = 0;
  std::uint64_t refused_ = 0;
};

}  // namespace headroom::wire
