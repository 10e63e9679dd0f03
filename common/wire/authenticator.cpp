#include "common/wire/authenticator.h"

#include "common/wire/keys.h"

namespace headroom::wire {
namespace {

// Frames of a request behind the routing envelope, as ZAP numbers them.
enum RequestFrame {
  kVersion,
  kRequestId,
  kDomain,
  kAddress,
  kRoutingId,
  kMechanism,
  kCredentials,
  kRequestFrames
};

zmq::message_t frame(std::string_view text) { return zmq::message_t(text.data(), text.size()); }

}  // namespace

Authenticator::Authenticator(asio::io_context& loop, zmq::context_t& context, Decide decide)
    : socket_(loop, context, zmq::socket_type::router), decide_(std::move(decide)) {
  socket_.raw().bind("inproc://zeromq.zap.01");
  socket_.start([this](Frames&& request) { answer(std::move(request)); });
}

void Authenticator::answer(Frames&& request) {
  // The envelope ends with the empty delimiter of libzmq's REQ side.
  std::size_t body = 0;
  while (body < request.size() && request[body].size() > 0) ++body;
  ++body;
  Frames reply;
  for (std::size_t i = 0; i < body && i < request.size(); ++i)
    reply.push_back(frame(request[i].to_string_view()));
  if (request.size() < body + kRequestFrames) return;  // not libzmq's own: nobody to answer
  const auto part = [&](RequestFrame which) { return request[body + which].to_string_view(); };

  const std::string key =
      part(kMechanism) == "CURVE" ? key_text(part(kCredentials)) : std::string();
  std::optional<std::string> name;
  if (!key.empty() && part(kVersion) == "1.0") name = decide_(key, std::string(part(kAddress)));
  ++(name ? accepted_ : refused_);
  reply.push_back(frame("1.0"));
  reply.push_back(frame(part(kRequestId)));
  reply.push_back(frame(name ? "200" : "400"));
  reply.push_back(frame(name ? "OK" : "this key is not authorized"));
  reply.push_back(frame(name.value_or("")));
  reply.push_back(frame(""));
  // Where the peer hung up meanwhile there is nobody to tell.
  static_cast<void>(socket_.send(std::move(reply)));
}

}  // namespace headroom::wire
