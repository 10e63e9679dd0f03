// The figures of the fixtures are worked out in tests/fixtures/README.md.
#include "tests/unit/agent/collector_fixture.h"

namespace headroom::agent {
namespace {

using namespace std::chrono_literals;
using test::fails_with;
using test::HostTree;
using test::Looked;

TEST_CASE("ephemeral ports can be what connections run out of") {
  HostTree host("host-small/a");
  host.apply("host-small/b");
  Looked connections(make_connections_collector(host.options()));
  REQUIRE(connections.at(0s));
  CHECK(connections.demand("CONNECTIONS") == 0.25);  // 7058 of 28232 ports
  CHECK(connections.capacity("CONNECTIONS") == 1);
  CHECK(connections.value("system.network.ephemeral_ports.limit") == 28'232);
  CHECK(connections.value("system.network.socket.count", {"tcp"}) == 58);
  CHECK(connections.value("system.network.socket.count", {"udp"}) == 4);
  CHECK(connections.value("system.network.connection.count", {"time_wait"}) == 7000);
  CHECK(connections.value("system.network.connection.count", {"established"}) == 25);
  CHECK(connections.value("system.network.tcp.orphans") == 2);
  CHECK(connections.value("system.network.conntrack.usage") == 32'768);
  CHECK(connections.value("system.network.conntrack.limit") == 262'144);
  CHECK(connections.value("system.file_descriptors.usage") == 1024);
  CHECK(connections.value("system.file_descriptors.limit") == 2'466'165);
}

TEST_CASE("TCP's counters are passed on as they are") {
  HostTree host("host-small/a");
  Looked connections(make_connections_collector(host.options()));
  REQUIRE(connections.at(0s));
  const char* const kMetrics[] = {
      "system.network.tcp.active_opens",  "system.network.tcp.passive_opens",
      "system.network.tcp.attempt_fails", "system.network.tcp.resets",
      "system.network.tcp.segments_sent", "system.network.tcp.retransmits"};
  const double kGrowth[] = {9000, 300, 2, 4, 5000, 50};
  double before[6];
  for (int i = 0; i < 6; ++i) before[i] = connections.value(kMetrics[i]);
  host.apply("host-small/b");
  REQUIRE(connections.at(1s));
  for (int i = 0; i < 6; ++i) {
    INFO(kMetrics[i]);
    CHECK(connections.value(kMetrics[i]) - before[i] == kGrowth[i]);
  }
}

TEST_CASE("listen overflows are looked for every five seconds") {
  HostTree host("host-small/a");
  Looked connections(make_connections_collector(host.options()));
  REQUIRE(connections.at(0s));
  CHECK(connections.value("system.network.tcp.listen_overflows") == 0);
  host.apply("host-small/b");
  for (int i = 1; i < 5; ++i) {
    REQUIRE(connections.at(1s));
    CHECK(connections.value("system.network.tcp.listen_overflows") == 0);
  }
  REQUIRE(connections.at(1s));
  CHECK(connections.value("system.network.tcp.listen_overflows") == 6);
  CHECK(connections.value("system.network.tcp.listen_drops") == 8);
}

TEST_CASE("the worst of conntrack, file descriptors and ports stands for connections") {
  HostTree host("host-64-core/a");
  host.apply("host-64-core/b");
  SECTION("conntrack") {
    Looked connections(make_connections_collector(host.options()));
    REQUIRE(connections.at(0s));
    CHECK(connections.demand("CONNECTIONS") == 0.5);
  }
  SECTION("without conntrack, file descriptors") {
    host.remove("proc/sys/net/netfilter");
    Looked connections(make_connections_collector(host.options()));
    REQUIRE(connections.at(0s));
    CHECK(connections.demand("CONNECTIONS") == 0.4);
    CHECK(!connections.has("system.network.conntrack.usage"));
  }
  SECTION("with descriptors to spare, ports") {
    host.remove("proc/sys/net/netfilter");
    host.write("proc/sys/fs/file-nr", "400000\t0\t9223372036854775807\n");
    Looked connections(make_connections_collector(host.options()));
    REQUIRE(connections.at(0s));
    CHECK(connections.demand("CONNECTIONS") == 0.25);
  }
}

TEST_CASE("a host that opened few connections by itself has few ports in use") {
  HostTree host("host-small/a");
  host.apply("host-small/b");
  host.replace("proc/net/snmp", " 9013 302 ", " 1000 9000302 ");  // a server: it accepts
  Looked connections(make_connections_collector(host.options()));
  REQUIRE(connections.at(0s));
  CHECK(connections.demand("CONNECTIONS") == 0.125);  // conntrack's share; 1000 ports are 0.0354
}

TEST_CASE("more sockets than ports are no more than all ports") {
  HostTree host("host-64-core/a");
  host.write("proc/sys/net/ipv4/ip_local_port_range", "40000\t40999\n");
  Looked connections(make_connections_collector(host.options()));
  REQUIRE(connections.at(0s));
  CHECK(connections.demand("CONNECTIONS") == 1);
}

TEST_CASE("a host without IPv6 counts what it has") {
  HostTree host("host-small/a");
  host.apply("host-small/b");
  host.remove("proc/net/sockstat6");
  Looked connections(make_connections_collector(host.options()));
  REQUIRE(connections.at(0s));
  CHECK(connections.value("system.network.socket.count", {"tcp"}) == 40);
}

TEST_CASE("columns are found by their names") {
  HostTree host("host-small/a");
  host.write("proc/net/snmp", "Tcp: RetransSegs Later CurrEstab ActiveOpens\nTcp: 11 -1 22 33\n");
  Looked connections(make_connections_collector(host.options()));
  REQUIRE(connections.at(0s));
  CHECK(connections.value("system.network.tcp.retransmits") == 11);
  CHECK(connections.value("system.network.connection.count", {"established"}) == 22);
  CHECK(connections.value("system.network.tcp.active_opens") == 33);
  CHECK(connections.missing("system.network.tcp.segments_sent"));
}

TEST_CASE("bad connection files are reported and what was understood is kept") {
  HostTree host("host-64-core/a");
  host.apply("host-64-core/b");
  const std::string large((4u << 20) + 1, '1');
  for (const char* path : {"proc/net/sockstat", "proc/net/snmp", "proc/net/netstat",
                           "proc/sys/fs/file-nr", "proc/sys/net/ipv4/ip_local_port_range"}) {
    DYNAMIC_SECTION(path) {
      SECTION("missing") {
        host.remove(path);
        Looked connections(make_connections_collector(host.options()));
        CHECK(fails_with(connections.at(0s), ErrorCode::kNotFound, path));
        CHECK(connections.demand("CONNECTIONS") == 0.5);
      }
      SECTION("empty") {
        host.write(path, "");
        Looked connections(make_connections_collector(host.options()));
        CHECK(fails_with(connections.at(0s), ErrorCode::kUnavailable, path));
        CHECK(connections.demand("CONNECTIONS") == 0.5);
      }
      SECTION("larger than the limit") {
        host.write(path, large);
        Looked connections(make_connections_collector(host.options()));
        CHECK(fails_with(connections.at(0s), ErrorCode::kLimitExceeded, path));
      }
      SECTION("garbage") {
        host.write(path, "\xff\x01 what is this\n\n:::\n");
        Looked connections(make_connections_collector(host.options()));
        CHECK(fails_with(connections.at(0s), ErrorCode::kCorruption, path));
        CHECK(connections.demand("CONNECTIONS") == 0.5);
      }
    }
  }
}

TEST_CASE("cut lines of the connection files are told") {
  HostTree host("host-small/a");
  SECTION("values that end before their names") {
    const std::string text = host.read("proc/net/snmp");
    host.write("proc/net/snmp", text.substr(0, text.find("Udp:") - 8));
    Looked connections(make_connections_collector(host.options()));
    CHECK(fails_with(connections.at(0s), ErrorCode::kCorruption, "/proc/net/snmp: line 8 "));
  }
  SECTION("names without values") {
    host.write("proc/net/snmp", "Tcp: ActiveOpens CurrEstab\n");
    Looked connections(make_connections_collector(host.options()));
    CHECK(fails_with(connections.at(0s), ErrorCode::kCorruption, "/proc/net/snmp"));
  }
  SECTION("half a descriptor count") {
    host.write("proc/sys/fs/file-nr", "417\t0");
    Looked connections(make_connections_collector(host.options()));
    CHECK(fails_with(connections.at(0s), ErrorCode::kCorruption, "/proc/sys/fs/file-nr"));
    CHECK(!connections.has("system.file_descriptors.usage"));
  }
  SECTION("a port range that is upside down") {
    host.write("proc/sys/net/ipv4/ip_local_port_range", "60999\t32768\n");
    Looked connections(make_connections_collector(host.options()));
    CHECK(fails_with(connections.at(0s), ErrorCode::kCorruption, "ip_local_port_range"));
    CHECK(!connections.has("system.network.ephemeral_ports.limit"));
  }
}

}  // namespace
}  // namespace headroom::agent
