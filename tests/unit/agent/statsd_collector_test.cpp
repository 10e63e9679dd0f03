// Over real sockets: what an application sends is on the sheet at the next grid point.
#include <arpa/inet.h>
#include <cstring>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "agent/statsd/sockets.h"
#include "agent/statsd/store.h"
#include "tests/support/temp_folder.h"
#include "tests/unit/agent/collector_fixture.h"

namespace headroom::agent {
namespace {

using namespace std::chrono_literals;
using test::fails_with;
using test::Looked;

// An application of this host.
class Application {
 public:
  explicit Application(const std::string& path) : fd_(::socket(AF_UNIX, SOCK_DGRAM, 0)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    REQUIRE(path.size() < sizeof address.sun_path);
    std::memcpy(address.sun_path, path.data(), path.size());
    REQUIRE(::connect(fd_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
  }
  explicit Application(std::uint16_t port) : fd_(::socket(AF_INET, SOCK_DGRAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    REQUIRE(::connect(fd_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
  }

  bool send(std::string_view text) const {
    return ::send(fd_.get(), text.data(), text.size(), MSG_DONTWAIT) ==
           static_cast<ssize_t>(text.size());
  }

 private:
  Fd fd_;
};

struct Host {
  headroom::test::TempFolder folder;
  CollectorOptions options;

  Host() { options.statsd.socket = path(); }
  std::string path() const { return folder.path() + "/statsd.sock"; }
};

constexpr const char* kDropped = "headroom.agent.statsd.dropped";

TEST_CASE("what an application sends to the socket is on the sheet at the next grid point") {
  Host host;
  Looked statsd(make_statsd_collector(host.options));
  REQUIRE(statsd.at(0s));
  const Application shop(host.path());
  REQUIRE(shop.send("trades:3|c|#venue:x\ndepth:17|g"));
  REQUIRE(shop.send("latency:100|ms\nlatency:100|ms"));
  REQUIRE(statsd.at(1s));
  CHECK(statsd.value("trades", {"x"}) == 3);
  CHECK(statsd.value("depth") == 17);
  CHECK(statsd.value("latency.count") == 2);
  CHECK(statsd.value("latency.sum") == 0.2);
  CHECK(statsd.value("latency.min") == 0.1);
  CHECK(statsd.value("latency.max") == 0.1);
  CHECK(statsd.value("latency.p99") == 0.1);
  CHECK(statsd.value("headroom.agent.statsd.datagrams") == 2);

  REQUIRE(statsd.at(1s));
  CHECK(statsd.value("trades", {"x"}) == 3);  // counters and gauges stay
  CHECK(statsd.value("depth") == 17);
  CHECK(statsd.value("latency.count") == 2);
  CHECK(statsd.missing("latency.p50"));  // nothing was timed in this second
  CHECK(statsd.missing("latency.max"));
}

TEST_CASE("queue depths and calls become what planning lives on") {
  Host host;
  host.options.statsd.resources = {{"depth", Resource::kQueueDepth, 1000},
                                   {"calls", Resource::kApiCalls, 0}};
  Looked statsd(make_statsd_collector(host.options));
  REQUIRE(statsd.at(0s));
  CHECK(!statsd.has(kDemandMetric));
  const Application shop(host.path());
  REQUIRE(shop.send("depth:40|g|#queue:a\ndepth:2|g|#queue:b\ncalls:30|c|@0.5\ncalls:4|c|#v:2"));
  REQUIRE(statsd.at(2s));
  CHECK(statsd.demand("QUEUE_DEPTH") == 42);
  CHECK(statsd.capacity("QUEUE_DEPTH") == 1000);
  CHECK(statsd.demand("API_CALLS") == 32);
  CHECK(is_missing(statsd.capacity("API_CALLS")));
  REQUIRE(statsd.at(1s));
  CHECK(statsd.demand("QUEUE_DEPTH") == 42);
  CHECK(statsd.demand("API_CALLS") == 0);
}

TEST_CASE("a series that fell silent leaves the sheet, and comes back as a new one") {
  Host host;
  Looked statsd(make_statsd_collector(host.options));
  REQUIRE(statsd.at(0s));
  const auto live = statsd.live();
  const Application shop(host.path());
  REQUIRE(shop.send("a:1|c\nb:1|ms"));
  REQUIRE(statsd.at(1s));
  CHECK(statsd.live() == live + 8);
  REQUIRE(statsd.at(301s));
  CHECK(statsd.live() == live);
  REQUIRE(shop.send("a:5|c"));
  REQUIRE(statsd.at(1s));
  CHECK(statsd.value("a") == 5);
}

TEST_CASE("a sampling interval longer than the expiry loses nothing of what is still heard") {
  Host host;
  Looked statsd(make_statsd_collector(host.options));
  REQUIRE(statsd.at(0s));
  const Application shop(host.path());
  for (int hour = 1; hour <= 3; ++hour) {
    REQUIRE(shop.send("a:1|c"));
    REQUIRE(statsd.at(1h));
    CHECK(statsd.value("a") == hour);
  }
}

TEST_CASE("UDP on the loopback is the same") {
  auto opened = statsd::Socket::open_udp("127.0.0.1:0");
  REQUIRE(opened);
  const Application shop(opened->port());
  REQUIRE(shop.send("a:1|c"));
  REQUIRE(shop.send(std::string(statsd::kDatagramBytes + 1, 'a')));
  std::string got;
  auto received = opened->read(100, [&](std::string_view text) { got += text; });
  REQUIRE(received);
  CHECK(got == "a:1|c");
  CHECK(received->datagrams == 1);
  CHECK(received->truncated == 1);
}

TEST_CASE("what the kernel has no room for is counted") {
  auto opened = statsd::Socket::open_udp("127.0.0.1:0");
  REQUIRE(opened);
  const Application shop(opened->port());
  const std::string large(8000, 'a');
  std::size_t sent = 0;
  for (int i = 0; i < 4000; ++i) sent += shop.send(large) ? 1 : 0;
  std::size_t got = 0;
  std::uint64_t dropped = 0;
  const auto drain = [&] {
    const auto received = opened->read(10'000, [&](std::string_view) { ++got; });
    REQUIRE(received);
    dropped += received->dropped_by_kernel;
  };
  drain();
  REQUIRE(shop.send("a"));  // the next datagram tells of the loss
  ++sent;
  drain();
  CHECK(got < sent);
  CHECK(got + dropped == sent);
}

TEST_CASE("no more datagrams are read at once than the limit") {
  auto opened = statsd::Socket::open_udp("127.0.0.1:0");
  REQUIRE(opened);
  const Application shop(opened->port());
  for (int i = 0; i < 40; ++i) REQUIRE(shop.send("a"));
  CHECK(opened->read(25, [](std::string_view) {})->datagrams == 25);
  CHECK(opened->read(25, [](std::string_view) {})->datagrams == 15);
}

TEST_CASE("everybody on the host may write, and what is dropped is counted by its reason") {
  Host host;
  Looked statsd(make_statsd_collector(host.options));
  REQUIRE(statsd.at(0s));
  struct ::stat status{};
  REQUIRE(::stat(host.path().c_str(), &status) == 0);
  CHECK((status.st_mode & 0777) == 0666);
  const Application shop(host.path());
  REQUIRE(shop.send("nonsense\nsystem.cpu.time:1|g\na:1|c|#-:1"));
  REQUIRE(statsd.at(1s));
  CHECK(statsd.value(kDropped, {"malformed"}) == 1);
  CHECK(statsd.value(kDropped, {"name"}) == 1);
  CHECK(statsd.value(kDropped, {"tags"}) == 1);
}

TEST_CASE("a socket that a killed agent left behind is taken over, a living one is not") {
  Host host;
  {
    // As after a kill: the file is there and nobody listens.
    const Fd fd(::socket(AF_UNIX, SOCK_DGRAM, 0));
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, host.path().data(), host.path().size());
    REQUIRE(::bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
  }
  auto first = make_statsd_collector(host.options);
  SampleSheet sheet;
  REQUIRE(first->collect({0, 0s}, sheet));
  Looked second(make_statsd_collector(host.options));
  CHECK(fails_with(second.at(0s), ErrorCode::kAlreadyExists, host.path()));
  CHECK(fails_with(second.at(1s), ErrorCode::kAlreadyExists, host.path()));
  first.reset();
  CHECK(!std::filesystem::exists(host.path()));
  CHECK(second.at(10s));  // tried again
  CHECK(std::filesystem::exists(host.path()));
}

}  // namespace
}  // namespace headroom::agent
