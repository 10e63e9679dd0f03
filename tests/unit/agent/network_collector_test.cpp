// The figures of the fixtures are worked out in tests/fixtures/README.md.
#include "tests/unit/agent/collector_fixture.h"

namespace headroom::agent {
namespace {

using namespace std::chrono_literals;
using test::fails_with;
using test::HostTree;
using test::Looked;

TEST_CASE("the busier direction of a link is set against its speed") {
  HostTree host("host-small/a");
  Looked network(make_network_collector(host.options()));
  REQUIRE(network.at(0s));
  CHECK(network.missing(kDemandMetric));
  CHECK(network.missing(kCapacityMetric));
  const double received = network.value("system.network.io", {"eth0", "receive"});
  const double transmitted = network.value("system.network.io", {"eth0", "transmit"});
  const double packets = network.value("system.network.packet.count", {"eth0", "receive"});
  const double sent = network.value("system.network.packet.count", {"eth0", "transmit"});
  CHECK(network.value("system.network.link_speed", {"eth0"}) == 125'000'000);

  host.apply("host-small/b");
  REQUIRE(network.at(1s));
  CHECK(network.demand("NETWORK") == 12'500'000);
  CHECK(network.capacity("NETWORK") == 125'000'000);
  CHECK(network.value("system.network.io", {"eth0", "receive"}) - received == 12'500'000);
  CHECK(network.value("system.network.io", {"eth0", "transmit"}) - transmitted == 1'250'000);
  CHECK(network.value("system.network.packet.count", {"eth0", "receive"}) - packets == 9000);
  CHECK(network.value("system.network.packet.count", {"eth0", "transmit"}) - sent == 4000);
  CHECK(network.value("system.network.errors", {"eth0", "receive"}) == 1);
  CHECK(network.value("system.network.packet.dropped", {"eth0", "receive"}) == 2);
  CHECK(network.value("system.network.errors", {"eth0", "transmit"}) == 3);
  CHECK(network.value("system.network.packet.dropped", {"eth0", "transmit"}) == 4);
  CHECK(!network.has("system.network.io", {"lo"}));
  CHECK(!network.has("system.network.io", {"ifb0"}));
}

TEST_CASE(
    "the link with the highest share stands for the host, not the one with the most traffic") {
  HostTree host("host-64-core/a");
  Looked network(make_network_collector(host.options()));
  REQUIRE(network.at(0s));
  host.apply("host-64-core/b");
  SECTION("every speed as the drivers say") {
    REQUIRE(network.at(1s));
    CHECK(network.demand("NETWORK") == 1.25e9);     // eth1 transmits at 40 %
    CHECK(network.capacity("NETWORK") == 3.125e9);  // though bond0 carries more, at 31 %
    CHECK(!network.has("system.network.link_speed", {"eth2"}));
    CHECK(network.has("system.network.io", {"eth2"}));
    for (const char* other : {"lo", "docker0", "br-4f2a91c07d13", "veth12ab34c"}) {
      INFO(other);
      CHECK(!network.has("system.network.io", {other}));
    }
  }
  SECTION("over two seconds half of it") {
    REQUIRE(network.at(2s));
    CHECK(network.demand("NETWORK") == 0.625e9);
  }
}

TEST_CASE("an unknown speed is no capacity, and the configuration can tell it") {
  HostTree host("host-64-core/a");
  CollectorOptions options = host.options();
  SECTION("no driver knows") {
    host.write("sys/class/net/eth0/speed", "-1\n");
    host.write("sys/class/net/eth1/speed", "0\n");
    host.remove("sys/class/net/bond0");
    Looked network(make_network_collector(options));
    REQUIRE(network.at(0s));
    host.apply("host-64-core/b");
    REQUIRE(network.at(1s));
    CHECK(network.demand("NETWORK") == 1.35e9);  // the busiest direction of all: bond0 transmits
    CHECK(network.missing(kCapacityMetric));
    CHECK(!network.has("system.network.link_speed"));
  }
  SECTION("a device's own entry goes above the driver's word") {
    options.link_speed_bytes_per_second = {{"*", 1e12}, {"eth0", 0.3125e9}};
    Looked network(make_network_collector(options));
    REQUIRE(network.at(0s));
    host.apply("host-64-core/b");
    REQUIRE(network.at(1s));
    CHECK(network.demand("NETWORK") == 0.25e9);  // eth0 at 80 %
    CHECK(network.capacity("NETWORK") == 0.3125e9);
    CHECK(network.value("system.network.link_speed", {"eth1"}) == 3.125e9);
    CHECK(network.value("system.network.link_speed", {"eth2"}) == 1e12);
  }
  SECTION("nonsense in the configuration is no speed") {
    options.link_speed_bytes_per_second = {{"eth2", -5}, {"*", 0}};
    Looked network(make_network_collector(options));
    REQUIRE(network.at(0s));
    CHECK(!network.has("system.network.link_speed", {"eth2"}));
  }
}

TEST_CASE("a speed is asked for again after a minute") {
  HostTree host("host-small/a");
  Looked network(make_network_collector(host.options()));
  REQUIRE(network.at(0s));
  host.write("sys/class/net/eth0/speed", "10000\n");
  for (int i = 1; i < 60; ++i) REQUIRE(network.at(1s));
  CHECK(network.value("system.network.link_speed", {"eth0"}) == 125e6);
  REQUIRE(network.at(1s));
  CHECK(network.value("system.network.link_speed", {"eth0"}) == 1250e6);
}

TEST_CASE("what the configuration ignores replaces the defaults, but the loopback never counts") {
  HostTree host("host-64-core/a");
  CollectorOptions options = host.options();
  options.ignored_device_prefixes = {"eth", "bond"};
  Looked network(make_network_collector(options));
  REQUIRE(network.at(0s));
  CHECK(!network.has("system.network.io", {"eth0"}));
  CHECK(!network.has("system.network.io", {"lo"}));
  CHECK(network.has("system.network.io", {"docker0"}));
}

std::string dev(const std::string& lines) { return "Inter-|\n face |\n" + lines; }
std::string line(const std::string& name, std::uint64_t received, std::uint64_t transmitted) {
  return name + ": " + std::to_string(received) + " 1 0 0 0 0 0 0 " + std::to_string(transmitted) +
         " 1 0 0 0 0 0 0\n";
}

TEST_CASE("a counter that steps back gives no rate once") {
  HostTree host("host-small/a");
  host.write("proc/net/dev", dev(line("eth0", 5000, 100)));
  Looked network(make_network_collector(host.options()));
  REQUIRE(network.at(0s));
  host.write("proc/net/dev", dev(line("eth0", 200, 900)));
  REQUIRE(network.at(1s));
  CHECK(network.missing(kDemandMetric));
  CHECK(network.value("system.network.io", {"eth0", "receive"}) == 200);
  host.write("proc/net/dev", dev(line("eth0", 700, 1000)));
  REQUIRE(network.at(1s));
  CHECK(network.demand("NETWORK") == 500);
  REQUIRE(network.at(0s));  // no time went by
  CHECK(network.missing(kDemandMetric));
}

TEST_CASE("a link that vanishes leaves its columns to the one that comes") {
  HostTree host("host-small/a");
  host.write("proc/net/dev", dev(line("eth0", 0, 0) + line("wan0", 0, 0)));
  Looked network(make_network_collector(host.options()));
  REQUIRE(network.at(0s));
  const auto live = network.live();
  const auto columns = network.sheet().series().size();
  host.write("proc/net/dev", dev(line("eth0", 1000, 0)));
  REQUIRE(network.at(1s));
  CHECK(!network.has("system.network.io", {"wan0"}));
  CHECK(network.live() < live);
  host.write("proc/net/dev", dev(line("wan0", 9000, 0) + line("eth0", 1500, 0)));
  REQUIRE(network.at(1s));
  CHECK(network.live() == live);
  CHECK(network.sheet().series().size() == columns);
  CHECK(network.demand("NETWORK") == 500);  // wan0 has nothing to compare with yet
  CHECK(network.value("system.network.io", {"wan0", "receive"}) == 9000);
}

TEST_CASE("a bad /proc/net/dev is reported and what was understood is kept") {
  HostTree host("host-small/a");
  Looked network(make_network_collector(host.options()));
  SECTION("missing") {
    host.remove("proc/net/dev");
    CHECK(fails_with(network.at(0s), ErrorCode::kNotFound, "/proc/net/dev"));
  }
  SECTION("empty") {
    host.write("proc/net/dev", "");
    CHECK(fails_with(network.at(0s), ErrorCode::kUnavailable, "/proc/net/dev is empty"));
  }
  SECTION("larger than the limit") {
    host.write("proc/net/dev", std::string((4u << 20) + 1, ' '));
    CHECK(fails_with(network.at(0s), ErrorCode::kLimitExceeded, "/proc/net/dev"));
  }
  SECTION("a cut line keeps the link and its neighbours") {
    host.write("proc/net/dev", dev(line("eth0", 0, 0) + line("eth1", 0, 0)));
    REQUIRE(network.at(0s));
    const auto live = network.live();
    host.write("proc/net/dev", dev(line("eth0", 100, 0) + "eth1: 5 1 0"));
    CHECK(fails_with(network.at(1s), ErrorCode::kCorruption, "/proc/net/dev: line 4 "));
    CHECK(network.live() == live);
    CHECK(network.missing("system.network.io", {"eth1", "receive"}));
    CHECK(network.demand("NETWORK") == 100);
  }
  SECTION("garbage in the middle") {
    host.write("proc/net/dev", dev("\xff\xfe\n" + line("eth0", 7, 0)));
    CHECK(fails_with(network.at(0s), ErrorCode::kCorruption, "/proc/net/dev: line 3 "));
    CHECK(network.value("system.network.io", {"eth0", "receive"}) == 7);
  }
  SECTION("more links than are looked after") {
    std::string many;
    for (int i = 0; i < 1025; ++i) many += line("vlan" + std::to_string(i), 1, 1);
    host.write("proc/net/dev", dev(many));
    CHECK(fails_with(network.at(0s), ErrorCode::kLimitExceeded, "more than 1024 links"));
  }
}

TEST_CASE("packets that the kernel's queues lost are summed over the cores every five seconds") {
  HostTree host("host-64-core/a");
  Looked network(make_network_collector(host.options()));
  REQUIRE(network.at(0s));
  CHECK(network.value("system.network.softnet.processed") == 64'000);
  CHECK(network.value("system.network.softnet.dropped") == 128);
  host.apply("host-64-core/b");
  for (int second = 1; second < 5; ++second) REQUIRE(network.at(1s));
  CHECK(network.value("system.network.softnet.dropped") == 128);
  REQUIRE(network.at(1s));
  CHECK(network.value("system.network.softnet.processed") == 4'295'030'295);  // 2^32 - 1 + 63 000
  CHECK(network.value("system.network.softnet.dropped") == 144);
  CHECK(network.value("system.network.softnet.time_squeezed") == 208);
}

TEST_CASE("a softnet_stat that is not understood is reported, and one that is absent is not") {
  HostTree host("host-64-core/a");
  host.write("proc/net/softnet_stat", "00000001 00000002 00000003\n00000001 0000000g 00000003\n");
  Looked network(make_network_collector(host.options()));
  CHECK(fails_with(network.at(0s), ErrorCode::kCorruption, "softnet_stat: line 2"));
  CHECK(!network.has("system.network.softnet.dropped"));
  CHECK(network.has("system.network.io", {"eth0"}));
  host.remove("proc/net/softnet_stat");
  Looked without(make_network_collector(host.options()));
  CHECK(without.at(0s));
}

TEST_CASE("what a network card drops is read every ten seconds, where there is a card") {
  HostTree host("host-64-core/a");
  Looked network(make_network_collector(host.options()));
  constexpr const char* kDropped = "system.network.card.dropped";
  REQUIRE(network.at(0s));
  CHECK(network.value(kDropped, {"eth1", "missed"}) == 10);
  CHECK(network.value(kDropped, {"eth1", "fifo"}) == 0);
  CHECK(network.value(kDropped, {"eth1", "dropped"}) == 2);
  CHECK(!network.has(kDropped, {"bond0"}));
  host.apply("host-64-core/b");
  for (int second = 1; second < 10; ++second) REQUIRE(network.at(1s));
  CHECK(network.value(kDropped, {"eth1", "missed"}) == 10);
  REQUIRE(network.at(1s));
  CHECK(network.value(kDropped, {"eth1", "missed"}) == 510);
  CHECK(network.value(kDropped, {"eth1", "fifo"}) == 7);
  const auto live = network.live();
  const std::string all = host.read("proc/net/dev");
  const std::size_t line = all.find("  eth1:");
  std::string less = all;
  less.erase(line, all.find('\n', line) + 1 - line);
  host.write("proc/net/dev", less);
  REQUIRE(network.at(1s));
  CHECK(!network.has(kDropped, {"eth1"}));
  host.write("proc/net/dev", all);
  REQUIRE(network.at(1s));
  CHECK(network.live() == live);
}

}  // namespace
}  // namespace headroom::agent
