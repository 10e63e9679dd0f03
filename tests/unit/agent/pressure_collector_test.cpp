// The figures of the fixtures are worked out in tests/fixtures/README.md.
#include "tests/unit/agent/collector_fixture.h"

namespace headroom::agent {
namespace {

using namespace std::chrono_literals;
using test::fails_with;
using test::HostTree;
using test::Looked;

constexpr const char* kTime = "system.pressure.stall_time";
constexpr const char* kRatio = "system.pressure.stall_ratio";

TEST_CASE("stall times are passed on in seconds, and the last ten seconds as a share") {
  HostTree host("host-64-core/a");
  Looked pressure(make_pressure_collector(host.options()));
  REQUIRE(pressure.at(0s));
  CHECK(pressure.value(kTime, {"cpu", "some"}) == 1);
  CHECK(pressure.value(kTime, {"memory", "full"}) == 1.25);
  host.apply("host-64-core/b");
  REQUIRE(pressure.at(1s));
  CHECK(pressure.value(kTime, {"cpu", "some"}) == 1.5);
  CHECK(pressure.value(kTime, {"cpu", "full"}) == 0);
  CHECK(pressure.value(kTime, {"io", "some"}) == 90.75);
  CHECK(pressure.value(kTime, {"io", "full"}) == 45.25);
  CHECK(pressure.value(kTime, {"irq", "full"}) == 0.042);
  CHECK(!pressure.has(kTime, {"irq", "some"}));
  CHECK(pressure.value(kRatio, {"cpu", "some"}) == 0.25);
  CHECK(pressure.value(kRatio, {"io", "some"}) == 0.4567);
}

TEST_CASE("a kernel without PSI, or without one kind of it, is silent") {
  HostTree host("host-64-core/a");
  SECTION("none") {
    host.remove("proc/pressure");
    Looked pressure(make_pressure_collector(host.options()));
    REQUIRE(pressure.at(0s));
    CHECK(pressure.live() == 0);
  }
  SECTION("no full line of the CPU, as before Linux 5.13") {
    host.write("proc/pressure/cpu", "some avg10=1.00 avg60=0.00 avg300=0.00 total=7\n");
    host.remove("proc/pressure/irq");
    Looked pressure(make_pressure_collector(host.options()));
    REQUIRE(pressure.at(0s));
    CHECK(pressure.value(kRatio, {"cpu", "some"}) == 0.01);
    CHECK(!pressure.has(kRatio, {"cpu", "full"}));
    CHECK(!pressure.has(kRatio, {"irq"}));
  }
}

TEST_CASE("a pressure file that is not understood is reported and gives no value") {
  HostTree host("host-64-core/a");
  for (const char* text : {"some avg10=1.00\n", "some total=12\n", "some avg10=101.00 total=1\n",
                           "some avg10=-1.00 total=1\n", "some avg10=x total=1\n",
                           "some avg10=1.00 total=-1\n", "most avg10=1.00 total=1\n", "\n"}) {
    INFO(text);
    host.write("proc/pressure/cpu", text);
    Looked pressure(make_pressure_collector(host.options()));
    CHECK(fails_with(pressure.at(0s), ErrorCode::kCorruption, "pressure/cpu: line 1"));
    CHECK(!pressure.has(kTime, {"cpu"}));
    CHECK(pressure.has(kTime, {"io"}));
  }
}

}  // namespace
}  // namespace headroom::agent
