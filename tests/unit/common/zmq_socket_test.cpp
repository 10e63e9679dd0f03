#include "common/wire/zmq_socket.h"

#include <asio/io_context.hpp>
#include <asio/steady_timer.hpp>

#include "common/base/limits.h"
#include "common/wire/authenticator.h"
#include "common/wire/keys.h"
#include "tests/support/catch.h"
#include "tests/support/temp_folder.h"

using namespace headroom;
using wire::Frames;

namespace {

Frames one(const std::string& text) {
  Frames frames;
  frames.emplace_back(text.data(), text.size());
  return frames;
}

// Runs the loop until `done` or ten seconds are over, whichever is first.
template <typename Done>
bool run_until(asio::io_context& loop, Done done) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  while (!done() && std::chrono::steady_clock::now() < deadline)
    loop.run_one_for(std::chrono::milliseconds(50));
  return done();
}

}  // namespace

TEST_CASE("an answer that arrives while we send is seen at once, not when the next one comes") {
  // Sending on a ZeroMQ socket can swallow the wake-up for a message that came in: each round sends
  // twice, so that the answer to the first is there when the second leaves.
  zmq::context_t context;
  asio::io_context loop;
  wire::ZmqSocket router(loop, context, zmq::socket_type::router);
  router.raw().bind("inproc://seam");
  wire::ZmqSocket dealer(loop, context, zmq::socket_type::dealer);
  dealer.raw().connect("inproc://seam");
  int answers = 0;
  router.start([&](Frames&& frames) { CHECK(router.send(std::move(frames)).has_value()); });
  dealer.start([&](Frames&&) { ++answers; });
  for (int round = 0; round < 40; ++round) {
    REQUIRE(dealer.send(one("a")).has_value());
    loop.poll();
    REQUIRE(dealer.send(one("b")).has_value());
    REQUIRE(run_until(loop, [&] { return answers == 2 * (round + 1); }));
  }
  CHECK(dealer.rescues() == 0);
  CHECK(router.rescues() == 0);
}

TEST_CASE("a socket may be destroyed by its own handler") {
  zmq::context_t context;
  asio::io_context loop;
  wire::ZmqSocket sender(loop, context, zmq::socket_type::pair);
  sender.raw().bind("inproc://gone");
  auto receiver = std::make_unique<wire::ZmqSocket>(loop, context, zmq::socket_type::pair);
  receiver->raw().connect("inproc://gone");
  sender.start([](Frames&&) {});
  receiver->start([&](Frames&&) { receiver.reset(); });
  REQUIRE(sender.send(one("x")).has_value());
  CHECK(run_until(loop, [&] { return receiver == nullptr; }));
}

TEST_CASE(
    "only a client whose key is authorized gets a message in, and the name is the "
    "authenticator's") {
  zmq::context_t context;
  asio::io_context loop;
  const auto server_keys = *wire::generate_keys();
  const auto known = *wire::generate_keys();
  const auto unknown = *wire::generate_keys();
  wire::Authenticator authenticator(loop, context, [&](const std::string& key, const std::string&) {
    return key == known.public_key ? std::optional<std::string>("agent-7") : std::nullopt;
  });
  wire::ZmqSocket router(loop, context, zmq::socket_type::router);
  router.raw().set(zmq::sockopt::curve_server, true);
  router.raw().set(zmq::sockopt::curve_secretkey, server_keys.secret_key);
  router.raw().bind("tcp://127.0.0.1:*");
  const std::string endpoint = router.raw().get(zmq::sockopt::last_endpoint);
  std::vector<std::pair<std::string, std::string>> received;
  router.start([&](Frames&& frames) {
    received.emplace_back(frames[1].gets("User-Id"), frames[1].to_string());
  });

  const auto client = [&](const wire::KeyPair& keys) {
    auto socket = std::make_unique<wire::ZmqSocket>(loop, context, zmq::socket_type::dealer);
    socket->raw().set(zmq::sockopt::curve_serverkey, server_keys.public_key);
    socket->raw().set(zmq::sockopt::curve_publickey, keys.public_key);
    socket->raw().set(zmq::sockopt::curve_secretkey, keys.secret_key);
    socket->raw().connect(endpoint);
    socket->start([](Frames&&) {});
    return socket;
  };
  const auto intruder = client(unknown);
  static_cast<void>(intruder->send(one("let me in")));
  REQUIRE(run_until(loop, [&] { return authenticator.refused() > 0; }));
  const auto agent = client(known);
  static_cast<void>(agent->send(one("hello")));
  REQUIRE(run_until(loop, [&] { return !received.empty(); }));
  CHECK(received.size() == 1);
  CHECK(received.front() == std::pair<std::string, std::string>("agent-7", "hello"));
}

TEST_CASE("a message over the limit disconnects the sender and reaches nobody") {
  zmq::context_t context;
  asio::io_context loop;
  wire::ZmqSocket receiver(loop, context, zmq::socket_type::pull);
  receiver.raw().bind("tcp://127.0.0.1:*");
  wire::ZmqSocket sender(loop, context, zmq::socket_type::push);
  sender.raw().connect(receiver.raw().get(zmq::sockopt::last_endpoint));
  std::vector<std::size_t> sizes;
  receiver.start([&](Frames&& frames) { sizes.push_back(frames[0].size()); });
  sender.start([](Frames&&) {});
  REQUIRE(sender.send(one(std::string(limits::kMessageBytes + 1, 'x'))).has_value());
  // The connection is made anew after the drop; what follows arrives.
  REQUIRE(run_until(loop, [&] {
    static_cast<void>(sender.send(one("small")));
    return !sizes.empty();
  }));
  CHECK(sizes.front() == 5);
}

TEST_CASE("key files keep secrets to their owner and are never overwritten") {
  const test::TempFolder folder;
  const std::string path = folder.path() + "/a.key";
  const auto made = wire::create_key_files(path);
  REQUIRE(made.has_value());
  CHECK(wire::read_key_file(path)->secret_key == made->secret_key);
  CHECK(*wire::read_public_key_file(folder.path() + "/a.pub") == made->public_key);
  CHECK((std::filesystem::status(path).permissions() & std::filesystem::perms::all) ==
        std::filesystem::perms(0600));
  CHECK(wire::create_key_files(path).error().code == ErrorCode::kAlreadyExists);
  std::filesystem::permissions(path, std::filesystem::perms(0644));
  const auto open_to_all = wire::read_key_file(path);
  REQUIRE_FALSE(open_to_all.has_value());
  CHECK(open_to_all.error().message.find("chmod 600") != std::string::npos);
  CHECK_FALSE(wire::read_public_key_file(folder.write("b.pub", "public short\n")).has_value());
}
