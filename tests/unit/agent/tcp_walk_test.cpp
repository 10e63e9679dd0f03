#include <arpa/inet.h>
#include <cerrno>
#include <cstring>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "common/base/file.h"
#include "common/base/random.h"
#include "tests/unit/agent/collector_fixture.h"

namespace headroom::agent {
namespace {

using namespace std::chrono_literals;
using test::fails_with;
using test::HostTree;
using test::Looked;

constexpr const char* kCount = "system.network.connection.count";
constexpr const char* kPorts = "system.network.ephemeral_ports.usage";
constexpr const char* kQueue = "system.network.tcp.listen_queue.utilization";

// A kernel whose sockets are a list, and how often it was asked for all of them.
struct Kernel {
  std::vector<TcpSocket> ipv4;
  std::vector<TcpSocket> ipv6;
  Status ipv4_status;
  Status ipv6_status;
  int walks = 0;
  int looks = 0;

  CollectorOptions options(const HostTree& host) {
    CollectorOptions options = host.options();
    options.sock_diag_function = [this](int family, TcpQuestion question,
                                        const TcpSocketVisitor& visit) {
      if (family == AF_INET) ++(question == TcpQuestion::kAll ? walks : looks);
      for (const TcpSocket& socket : family == AF_INET ? ipv4 : ipv6) {
        if (question == TcpQuestion::kAll || socket.state == TcpState::kListen) visit(socket);
      }
      return family == AF_INET ? ipv4_status : ipv6_status;
    };
    return options;
  }
};

// host-small/b has 58 sockets and 7000 connections in TIME_WAIT, and the ports from 32 768 to
// 60 999.
Kernel some_sockets() {
  Kernel kernel;
  kernel.ipv4 = {{TcpState::kListen, 443, 32, 128},      {TcpState::kListen, 40'000, 0, 4096},
                 {TcpState::kEstablished, 443, 0, 0},    {TcpState::kEstablished, 33'000, 0, 0},
                 {TcpState::kEstablished, 33'000, 0, 0}, {TcpState::kCloseWait, 33'001, 0, 0},
                 {TcpState::kEstablished, 40'000, 0, 0}, {TcpState::kSynSent, 33'002, 0, 0}};
  kernel.ipv6 = {{TcpState::kListen, 443, 1, 0}, {TcpState::kTimeWait, 33'003, 0, 0}};
  return kernel;
}

TEST_CASE("connections are counted by state, of both address families") {
  HostTree host("host-small/a");
  host.apply("host-small/b");
  Kernel kernel = some_sockets();
  Looked connections(make_connections_collector(kernel.options(host)));
  REQUIRE(connections.at(0s));
  CHECK(connections.value(kCount, {"listen"}) == 3);
  CHECK(connections.value(kCount, {"close_wait"}) == 1);
  CHECK(connections.value(kCount, {"syn_sent"}) == 1);
  CHECK(connections.value(kCount, {"fin_wait_1"}) == 0);
  CHECK(connections.value(kCount, {"established"}) == 25);  // of this second, by snmp
  CHECK(connections.value(kCount, {"time_wait"}) == 7000);
}

TEST_CASE("only ports that connections took by themselves are ephemeral ones") {
  HostTree host("host-small/a");
  host.apply("host-small/b");
  Kernel kernel = some_sockets();
  kernel.ipv6.clear();
  Looked connections(make_connections_collector(kernel.options(host)));
  REQUIRE(connections.at(0s));
  // 33 000 (shared by two), 33 001 and 33 002; not 443, and not 40 000, which is a listener's.
  CHECK(connections.value(kPorts) == 3);
  // 32 of 128 wait at port 443; conntrack has 0.125, and 3 of 28 232 ports are nothing.
  CHECK(connections.demand("CONNECTIONS") == 0.25);
  // Twice as many sockets (58 + 14 058 = 2 × 7058) have twice as many ports.
  host.replace("proc/net/sockstat", "tw 7000", "tw 14058");
  REQUIRE(connections.at(1s));
  CHECK(kernel.walks == 1);
  CHECK(connections.value(kPorts) == 6);
}

TEST_CASE("the fullest listen queue stands for connections where it is the worst") {
  HostTree host("host-small/a");
  host.apply("host-small/b");
  Kernel kernel = some_sockets();
  kernel.ipv4[0].waiting = 96;
  kernel.ipv6[0].waiting = 0;
  Looked connections(make_connections_collector(kernel.options(host)));
  REQUIRE(connections.at(0s));
  CHECK(connections.value(kQueue) == 0.75);
  CHECK(connections.demand("CONNECTIONS") == 0.75);
  kernel.ipv6[0].waiting = 1;  // a queue with the limit 0 holds one
  for (int second = 1; second < 5; ++second) {
    REQUIRE(connections.at(1s));
    CHECK(connections.value(kQueue) == 0.75);
  }
  REQUIRE(connections.at(1s));
  CHECK(connections.value(kQueue) == 1);
  CHECK(kernel.looks == 2);
}

TEST_CASE("the more sockets there are, the seldomer they are walked") {
  HostTree host("host-small/a");
  Kernel kernel = some_sockets();
  const auto walks_in = [&](const std::string& time_wait, std::chrono::seconds time) {
    host.apply("host-small/b");
    host.replace("proc/net/sockstat", "tw 7000", "tw " + time_wait);
    Looked connections(make_connections_collector(kernel.options(host)));
    kernel.walks = 0;
    for (auto second = 0s; second < time; second += 1s) REQUIRE(connections.at(1s));
    return kernel.walks;
  };
  CHECK(walks_in("100", 240s) == 2);      // every 120 s
  CHECK(walks_in("99942", 1200s) == 3);   // 100 000 sockets: every 500 s
  CHECK(walks_in("199943", 1200s) == 0);  // 200 001: not at all
}

TEST_CASE("without the right to ask, or without IPv6, there is no error") {
  HostTree host("host-small/a");
  host.apply("host-small/b");
  Kernel kernel = some_sockets();
  SECTION("no IPv6") {
    kernel.ipv6.clear();
    kernel.ipv6_status = fail(ErrorCode::kUnsupported, "no IPv6");
    Looked connections(make_connections_collector(kernel.options(host)));
    REQUIRE(connections.at(0s));
    CHECK(connections.value(kCount, {"listen"}) == 2);
  }
  SECTION("nothing at all") {
    kernel.ipv4_status = fail(ErrorCode::kUnsupported, "forbidden");
    Looked connections(make_connections_collector(kernel.options(host)));
    for (int second = 0; second < 40; ++second) REQUIRE(connections.at(1s));
    CHECK(!connections.has(kCount, {"listen"}));
    CHECK(connections.demand("CONNECTIONS") == 0.25);  // the estimate of before: 7058 of 28 232
    CHECK(kernel.looks == 1);
  }
}

TEST_CASE("an answer that fails leaves nothing half counted") {
  HostTree host("host-small/a");
  host.apply("host-small/b");
  Kernel kernel = some_sockets();
  kernel.ipv6_status = fail(ErrorCode::kLimitExceeded, "more than 200000 TCP sockets");
  Looked connections(make_connections_collector(kernel.options(host)));
  CHECK(fails_with(connections.at(0s), ErrorCode::kLimitExceeded, "TCP sockets"));
  CHECK(!connections.has(kCount, {"listen"}));
  CHECK(!connections.has(kQueue));
  kernel.ipv6_status = {};
  REQUIRE(connections.at(120s));
  CHECK(connections.value(kCount, {"listen"}) == 3);
}

// A message of the kernel's with this type and body.
std::string message(std::uint16_t type, std::uint32_t sequence, std::string body) {
  nlmsghdr header{};
  header.nlmsg_len = static_cast<std::uint32_t>(sizeof(header) + body.size());
  header.nlmsg_type = type;
  header.nlmsg_seq = sequence;
  std::string bytes(reinterpret_cast<const char*>(&header), sizeof(header));
  bytes += body;
  bytes.resize(NLMSG_ALIGN(bytes.size()));
  return bytes;
}

std::string socket_message(TcpState state, std::uint16_t port) {
  inet_diag_msg body{};
  body.idiag_state = static_cast<std::uint8_t>(state);
  body.id.idiag_sport = htons(port);
  return message(20, 7, std::string(reinterpret_cast<const char*>(&body), sizeof(body)) + "more");
}

std::string error_body(int error) {
  return std::string(reinterpret_cast<const char*>(&error), sizeof(error));
}

TEST_CASE("an answer in several datagrams is read to its end") {
  std::vector<std::uint16_t> ports;
  const auto visit = [&](const TcpSocket& socket) { ports.push_back(socket.local_port); };
  const auto first = parse_sock_diag(
      socket_message(TcpState::kListen, 80) + socket_message(TcpState::kEstablished, 81), 7, visit);
  REQUIRE(first.has_value());
  CHECK(!*first);
  const auto last = parse_sock_diag(message(NLMSG_DONE, 7, error_body(0)), 7, visit);
  REQUIRE(last.has_value());
  CHECK(*last);
  CHECK(ports == std::vector<std::uint16_t>{80, 81});
  // What belongs to another question is passed over.
  CHECK(!*parse_sock_diag(message(NLMSG_DONE, 6, error_body(0)), 7, visit));
}

TEST_CASE("the kernel's errors are told apart: what it cannot say is unsupported") {
  const auto visit = [](const TcpSocket&) {};
  for (const int error : {ENOENT, EPERM, EACCES, EOPNOTSUPP}) {
    const auto done = parse_sock_diag(message(NLMSG_ERROR, 7, error_body(-error)), 7, visit);
    REQUIRE(!done.has_value());
    CHECK(done.error().code == ErrorCode::kUnsupported);
  }
  const auto done = parse_sock_diag(message(NLMSG_DONE, 7, error_body(-ENOMEM)), 7, visit);
  REQUIRE(!done.has_value());
  CHECK(done.error().code != ErrorCode::kUnsupported);
}

TEST_CASE("damaged answers are refused and never read beyond their end") {
  Random random(4711);
  const std::string sound = socket_message(TcpState::kListen, 80) +
                            socket_message(TcpState::kTimeWait, 81) +
                            message(NLMSG_DONE, 7, error_body(0));
  for (int i = 0; i < 20'000; ++i) {
    std::string bytes = sound.substr(0, random() % (sound.size() + 1));
    for (auto flips = random() % 4; flips > 0 && !bytes.empty(); --flips) {
      bytes[random() % bytes.size()] = static_cast<char>(random());
    }
    // An allocation of its own, so that a sanitizer sees its end.
    const std::vector<char> exact(bytes.begin(), bytes.end());
    static_cast<void>(parse_sock_diag({exact.data(), exact.size()}, 7, [](const TcpSocket& socket) {
      REQUIRE(static_cast<std::size_t>(socket.state) < kTcpStates);
    }));
  }
}

struct Address {
  sockaddr_in in{};
  Address() {
    in.sin_family = AF_INET;
    in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  }
  sockaddr* get() { return reinterpret_cast<sockaddr*>(&in); }
};

TEST_CASE("the real kernel knows a listener, who waits there and who is connected") {
  const Fd listener(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  Address address;
  socklen_t length = sizeof(address.in);
  REQUIRE(::bind(listener.get(), address.get(), length) == 0);
  REQUIRE(::listen(listener.get(), 16) == 0);
  REQUIRE(::getsockname(listener.get(), address.get(), &length) == 0);
  std::vector<Fd> clients;
  for (int i = 0; i < 5; ++i) {
    clients.emplace_back(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    REQUIRE(::connect(clients.back().get(), address.get(), sizeof(address.in)) == 0);
  }
  const Fd accepted(::accept4(listener.get(), nullptr, nullptr, SOCK_CLOEXEC));
  REQUIRE(accepted);

  const SockDiagFunction ask = kernel_sock_diag();
  const std::uint16_t port = ntohs(address.in.sin_port);
  int listeners = 0;
  TcpSocket found;
  const Status listed = ask(AF_INET, TcpQuestion::kListeners, [&](const TcpSocket& socket) {
    CHECK(socket.state == TcpState::kListen);
    if (socket.local_port != port) return;
    ++listeners;
    found = socket;
  });
  if (!listed && listed.error().code == ErrorCode::kUnsupported) return;  // such a sandbox
  REQUIRE(listed);
  CHECK(listeners == 1);
  CHECK(found.waiting == 4);
  CHECK(found.waiting_limit == 16);
  int established = 0;
  for (int round = 0; round < 2; ++round) {  // the socket is good for more than one question
    established = 0;
    REQUIRE(ask(AF_INET, TcpQuestion::kAll, [&](const TcpSocket& socket) {
      if (socket.local_port == port && socket.state == TcpState::kEstablished) ++established;
    }));
  }
  CHECK(established == 5);  // the listener's side of each
  CHECK(ask(AF_INET6, TcpQuestion::kAll, [](const TcpSocket&) {}));
}

}  // namespace
}  // namespace headroom::agent
