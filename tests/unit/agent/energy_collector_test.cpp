// The figures of the fixtures are worked out in tests/fixtures/README.md.
#include "tests/unit/agent/collector_fixture.h"

namespace headroom::agent {
namespace {

using namespace std::chrono_literals;
using test::fails_with;
using test::HostTree;
using test::Looked;

constexpr const char* kEnergy = "hw.energy";
const std::string kPowercap = "sys/class/powercap/";

TEST_CASE("energy adds up in joules, across the counter's end") {
  HostTree host("host-64-core/a");
  Looked energy(make_energy_collector(host.options()));
  REQUIRE(energy.at(0s));
  CHECK(energy.value(kEnergy, {"package-0", "cpu"}) == 262'143);
  CHECK(energy.value(kEnergy, {"dram", "memory", "intel-rapl:0"}) == 1000);
  CHECK(!energy.has(kEnergy, {"intel-rapl-mmio:0"}));  // package-0 by another way
  host.apply("host-64-core/b");
  REQUIRE(energy.at(5s));
  CHECK(energy.value(kEnergy, {"package-0"}) == 262'143 + 850);
  CHECK(energy.value(kEnergy, {"dram"}) == 1125);
}

TEST_CASE("between two looks the last energy stays on the grid") {
  HostTree host("host-64-core/a");
  Looked energy(make_energy_collector(host.options()));
  REQUIRE(energy.at(0s));
  host.apply("host-64-core/b");
  for (int second = 1; second < 5; ++second) {
    REQUIRE(energy.at(1s));
    CHECK(energy.value(kEnergy, {"dram"}) == 1000);
  }
  REQUIRE(energy.at(1s));
  CHECK(energy.value(kEnergy, {"dram"}) == 1125);
}

TEST_CASE("a counter that steps back without a known end stands still for once") {
  HostTree host("host-64-core/a");
  host.remove(kPowercap + "intel-rapl:0:0/max_energy_range_uj");
  Looked energy(make_energy_collector(host.options()));
  REQUIRE(energy.at(0s));
  host.write(kPowercap + "intel-rapl:0:0/energy_uj", "5000000\n");
  REQUIRE(energy.at(5s));
  CHECK(energy.value(kEnergy, {"dram"}) == 1000);
  host.write(kPowercap + "intel-rapl:0:0/energy_uj", "7000000\n");
  REQUIRE(energy.at(5s));
  CHECK(energy.value(kEnergy, {"dram"}) == 1002);
}

TEST_CASE("where energy cannot be read there is none, and no error") {
  HostTree host("host-64-core/a");
  SECTION("no powercap") { host.remove("sys/class/powercap"); }
  SECTION("no right to read") {
    for (const char* domain : {"intel-rapl:0", "intel-rapl:0:0", "intel-rapl:1"}) {
      host.remove(kPowercap + domain + "/energy_uj");
    }
  }
  Looked energy(make_energy_collector(host.options()));
  for (int i = 0; i < 100; ++i) REQUIRE(energy.at(5s));
  CHECK(energy.live() == 0);
}

TEST_CASE("an energy that is no number is reported, and the others are measured") {
  HostTree host("host-64-core/a");
  host.write(kPowercap + "intel-rapl:0:0/energy_uj", "much\n");
  Looked energy(make_energy_collector(host.options()));
  CHECK(fails_with(energy.at(0s), ErrorCode::kCorruption, "intel-rapl:0:0/energy_uj"));
  CHECK(!energy.has(kEnergy, {"dram"}));
  CHECK(energy.has(kEnergy, {"package-0"}));
}

TEST_CASE("more domains of energy than are measured are reported") {
  HostTree host("host-small/a");
  for (int i = 0; i < 65; ++i) {
    host.write(kPowercap + "intel-rapl:" + std::to_string(i) + "/energy_uj", "1000000\n");
  }
  Looked energy(make_energy_collector(host.options()));
  CHECK(fails_with(energy.at(0s), ErrorCode::kLimitExceeded, "64 domains"));
  CHECK(energy.live() == 64);
}

}  // namespace
}  // namespace headroom::agent
