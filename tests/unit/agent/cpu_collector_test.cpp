// The figures of the fixtures are worked out in tests/fixtures/README.md.
#include "tests/unit/agent/collector_fixture.h"

namespace headroom::agent {
namespace {

using namespace std::chrono_literals;
using test::fails_with;
using test::HostTree;
using test::Looked;

constexpr const char* kUtilization = "system.cpu.utilization";
constexpr const char* kCore = "system.cpu.core.utilization";

TEST_CASE("a quarter of two cores is half a core of demand") {
  HostTree host("host-small/a");
  Looked cpu(make_cpu_collector(host.options()));
  REQUIRE(cpu.at(0s));
  CHECK(cpu.missing(kDemandMetric));
  CHECK(!cpu.has(kCore));
  CHECK(cpu.capacity("CPU") == 2);

  host.apply("host-small/b");
  REQUIRE(cpu.at(1s));
  CHECK(cpu.demand("CPU") == 0.5);
  CHECK(cpu.capacity("CPU") == 2);
  CHECK(cpu.value(kUtilization, {"user"}) == 0.125);
  CHECK(cpu.value(kUtilization, {"nice"}) == 0);
  CHECK(cpu.value(kUtilization, {"system"}) == 0.06);
  CHECK(cpu.value(kUtilization, {"idle"}) == 0.725);
  CHECK(cpu.value(kUtilization, {"iowait"}) == 0.025);
  CHECK(cpu.value(kUtilization, {"interrupt"}) == 0.01);
  CHECK(cpu.value(kUtilization, {"softirq"}) == 0.02);
  CHECK(cpu.value(kUtilization, {"steal"}) == 0.01);
  CHECK(cpu.value(kUtilization, {"guest"}) == 0.025);
  CHECK(cpu.value(kCore, {"0"}) == 0.4);
  CHECK(cpu.value(kCore, {"1"}) == 0.1);
}

TEST_CASE("counters of /proc/stat and loads are passed on as they are") {
  HostTree host("host-small/a");
  Looked cpu(make_cpu_collector(host.options()));
  REQUIRE(cpu.at(0s));
  const double switches = cpu.value("system.cpu.context_switches");
  const double interrupts = cpu.value("system.cpu.interrupts");
  const double created = cpu.value("system.process.created");
  host.apply("host-small/b");
  REQUIRE(cpu.at(1s));
  CHECK(cpu.value("system.cpu.context_switches") - switches == 2500);
  CHECK(cpu.value("system.cpu.interrupts") - interrupts == 1500);
  CHECK(cpu.value("system.process.created") - created == 7);
  CHECK(cpu.value("system.cpu.run_queue") == 3);
  CHECK(cpu.value("system.cpu.blocked") == 1);
  CHECK(cpu.value("system.cpu.logical.count") == 2);
  CHECK(cpu.value("system.cpu.load_average.1m") == 0.52);
  CHECK(cpu.value("system.cpu.load_average.5m") == 0.31);
  CHECK(cpu.value("system.cpu.load_average.15m") == 0.10);
}

TEST_CASE("under a quota the cgroup's own use is the demand") {
  HostTree host("host-64-core/a");
  Looked cpu(make_cpu_collector(host.options()));
  REQUIRE(cpu.at(0s));
  host.apply("host-64-core/b");
  REQUIRE(cpu.at(1s));
  CHECK(cpu.capacity("CPU") == 48);
  CHECK(cpu.demand("CPU") == 24);
  CHECK(cpu.value("system.cpu.logical.count") == 64);
  CHECK(cpu.value(kUtilization, {"user"}) == 0.375);
  CHECK(cpu.value(kUtilization, {"system"}) == 0.1);
  CHECK(cpu.value(kUtilization, {"softirq"}) == 0.025);
  CHECK(cpu.value(kUtilization, {"idle"}) == 0.49);
  CHECK(cpu.value(kUtilization, {"iowait"}) == 0.01);
  CHECK(cpu.value(kCore, {"31"}) == 0.8);
  CHECK(cpu.value(kCore, {"63"}) == 0.2);
}

TEST_CASE("without a quota below the online cores those are the capacity") {
  HostTree host("host-64-core/a");
  SECTION("no quota") { host.write("sys/fs/cgroup/cpu.max", "max 100000\n"); }
  SECTION("a quota above the cores") { host.write("sys/fs/cgroup/cpu.max", "12800000 100000\n"); }
  SECTION("a true root cgroup") { host.remove("sys/fs/cgroup/cpu.max"); }
  SECTION("a quota that makes no sense") { host.write("sys/fs/cgroup/cpu.max", "100000 0\n"); }
  Looked cpu(make_cpu_collector(host.options()));
  REQUIRE(cpu.at(0s));
  host.write("proc/stat",
             host.content_of(std::string(HEADROOM_FIXTURES) + "/host-64-core/b/proc/stat"));
  REQUIRE(cpu.at(1s));
  CHECK(cpu.capacity("CPU") == 64);
  CHECK(cpu.demand("CPU") == 32);
}

TEST_CASE("a quota whose use cannot be read is set against the host's busy cores") {
  HostTree host("host-64-core/a");
  host.remove("sys/fs/cgroup/cpu.stat");
  Looked cpu(make_cpu_collector(host.options()));
  REQUIRE(cpu.at(0s));
  host.write("proc/stat",
             host.content_of(std::string(HEADROOM_FIXTURES) + "/host-64-core/b/proc/stat"));
  REQUIRE(cpu.at(1s));
  CHECK(cpu.capacity("CPU") == 48);
  CHECK(cpu.demand("CPU") == 32);
}

// A host of one core, whose all-cores line is the same.
std::string one_core(const std::string& fields) {
  return "cpu  " + fields + "\ncpu0 " + fields + "\nctxt 1\n";
}

TEST_CASE("a field that steps back counts as standing still") {
  HostTree host("host-small/a");
  host.write("proc/stat", one_core("100 0 0 500 50 0 0 0 0 0"));
  Looked cpu(make_cpu_collector(host.options()));
  REQUIRE(cpu.at(0s));
  host.write("proc/stat", one_core("140 0 0 560 48 0 0 0 0 0"));  // iowait 50 → 48
  REQUIRE(cpu.at(1s));
  CHECK(cpu.demand("CPU") == 0.4);
  CHECK(cpu.value(kUtilization, {"iowait"}) == 0);
  host.write("proc/stat", one_core("150 0 0 630 68 0 0 0 0 0"));
  REQUIRE(cpu.at(1s));
  CHECK(cpu.demand("CPU") == 0.1);
  CHECK(cpu.value(kUtilization, {"iowait"}) == 0.2);
}

TEST_CASE("no tick, or all fields begun anew, gives no value once") {
  HostTree host("host-small/a");
  host.write("proc/stat", one_core("100 0 0 500 0 0 0 0 0 0"));
  Looked cpu(make_cpu_collector(host.options()));
  REQUIRE(cpu.at(0s));
  host.write("proc/stat", one_core("120 0 0 580 0 0 0 0 0 0"));
  REQUIRE(cpu.at(1s));
  CHECK(cpu.demand("CPU") == 0.2);
  SECTION("no tick") {
    REQUIRE(cpu.at(1s));
    CHECK(cpu.missing(kDemandMetric));
    CHECK(cpu.missing(kUtilization, {"idle"}));
    CHECK(cpu.missing(kCore));
  }
  SECTION("begun anew") {
    host.write("proc/stat", one_core("1 0 0 9 0 0 0 0 0 0"));
    REQUIRE(cpu.at(1s));
    CHECK(cpu.missing(kDemandMetric));
    host.write("proc/stat", one_core("31 0 0 79 0 0 0 0 0 0"));
    REQUIRE(cpu.at(1s));
    CHECK(cpu.demand("CPU") == 0.3);
  }
  CHECK(cpu.capacity("CPU") == 1);
}

TEST_CASE("a core that is unplugged leaves, and starts over when it returns") {
  HostTree host("host-small/a");
  const std::string second = "cpu1 100 0 0 500 0 0 0 0 0 0\n";
  host.write("proc/stat",
             "cpu  200 0 0 1000 0 0 0 0 0 0\ncpu0 100 0 0 500 0 0 0 0 0 0\n" + second + "ctxt 1\n");
  Looked cpu(make_cpu_collector(host.options()));
  REQUIRE(cpu.at(0s));
  CHECK(cpu.capacity("CPU") == 2);
  host.write("proc/stat",
             "cpu  220 0 0 1180 0 0 0 0 0 0\ncpu0 110 0 0 590 0 0 0 0 0 0\n"
             "cpu1 110 0 0 590 0 0 0 0 0 0\nctxt 1\n");
  REQUIRE(cpu.at(1s));
  CHECK(cpu.value(kCore, {"1"}) == 0.1);
  const auto live = cpu.live();

  host.write("proc/stat", "cpu  270 0 0 1230 0 0 0 0 0 0\ncpu0 160 0 0 640 0 0 0 0 0 0\nctxt 1\n");
  REQUIRE(cpu.at(1s));
  CHECK(cpu.capacity("CPU") == 1);
  CHECK(cpu.demand("CPU") == 0.5);
  CHECK(cpu.value("system.cpu.logical.count") == 1);
  CHECK(!cpu.has(kCore, {"1"}));
  CHECK(cpu.live() == live - 1);

  host.write("proc/stat",
             "cpu  290 0 0 1410 0 0 0 0 0 0\ncpu0 170 0 0 730 0 0 0 0 0 0\n"
             "cpu1 10 0 0 90 0 0 0 0 0 0\nctxt 1\n");
  REQUIRE(cpu.at(1s));
  CHECK(cpu.capacity("CPU") == 2);
  CHECK(!cpu.has(kCore, {"1"}));  // nothing to compare with yet
  host.write("proc/stat",
             "cpu  310 0 0 1590 0 0 0 0 0 0\ncpu0 180 0 0 820 0 0 0 0 0 0\n"
             "cpu1 20 0 0 180 0 0 0 0 0 0\nctxt 1\n");
  REQUIRE(cpu.at(1s));
  CHECK(cpu.value(kCore, {"1"}) == 0.1);
  CHECK(cpu.live() == live);
}

TEST_CASE("a bad /proc/stat is reported and what was understood is kept") {
  HostTree host("host-small/a");
  SECTION("missing") {
    host.remove("proc/stat");
    Looked cpu(make_cpu_collector(host.options()));
    CHECK(fails_with(cpu.at(0s), ErrorCode::kNotFound, "/proc/stat"));
    CHECK(cpu.missing(kDemandMetric));
    CHECK(cpu.value("system.cpu.load_average.1m") >= 0);
  }
  SECTION("empty") {
    host.write("proc/stat", "");
    Looked cpu(make_cpu_collector(host.options()));
    CHECK(fails_with(cpu.at(0s), ErrorCode::kUnavailable, "/proc/stat is empty"));
  }
  SECTION("larger than the limit") {
    host.write("proc/stat", std::string((4u << 20) + 1, '1'));
    Looked cpu(make_cpu_collector(host.options()));
    CHECK(fails_with(cpu.at(0s), ErrorCode::kLimitExceeded, "/proc/stat"));
  }
  SECTION("cut off in the middle of the cores") {
    Looked cpu(make_cpu_collector(host.options()));
    REQUIRE(cpu.at(0s));
    host.apply("host-small/b");
    REQUIRE(cpu.at(1s));
    const auto live = cpu.live();
    const std::string text = host.read("proc/stat");
    const std::size_t in_line = GENERATE(20u, 0u);  // in a line, and at the end of one
    host.write("proc/stat", text.substr(0, text.find("cpu1") + in_line));
    CHECK(fails_with(cpu.at(1s), ErrorCode::kCorruption, "/proc/stat"));
    CHECK(cpu.missing(kDemandMetric));
    CHECK(cpu.live() == live);  // no core is taken for unplugged
    host.write("proc/stat", text);
    REQUIRE(cpu.at(1s));
    CHECK(cpu.capacity("CPU") == 2);
  }
  SECTION("garbage in the middle") {
    host.replace("proc/stat", "ctxt ", "garbage \x01\xff\nctxt x");
    Looked cpu(make_cpu_collector(host.options()));
    CHECK(fails_with(cpu.at(0s), ErrorCode::kCorruption, "/proc/stat: line 6 "));
    CHECK(cpu.missing("system.cpu.context_switches"));
    CHECK(cpu.value("system.cpu.interrupts") > 0);
    CHECK(cpu.capacity("CPU") == 2);
  }
}

}  // namespace
}  // namespace headroom::agent
