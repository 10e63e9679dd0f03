// The figures of the fixtures are worked out in tests/fixtures/README.md.
#include "tests/unit/agent/collector_fixture.h"

namespace headroom::agent {
namespace {

using namespace std::chrono_literals;
using test::fails_with;
using test::HostTree;
using test::Looked;

constexpr double kKiB = 1024;
constexpr double kGiB = 1024.0 * 1024 * 1024;

TEST_CASE("memory that is not available is the demand") {
  HostTree host("host-small/a");
  host.apply("host-small/b");
  Looked memory(make_memory_collector(host.options()));
  REQUIRE(memory.at(0s));
  CHECK(memory.demand("MEMORY") == 9'256'371 * kKiB);
  CHECK(memory.capacity("MEMORY") == 24'683'656 * kKiB);
  CHECK(memory.value("system.memory.utilization") == 0.375);
  CHECK(memory.value("system.memory.usage", {"used"}) == 9'256'371 * kKiB);
  CHECK(memory.value("system.memory.usage", {"free"}) == 12'341'828 * kKiB);
  CHECK(memory.value("system.memory.available") == 15'427'285 * kKiB);
  CHECK(memory.value("system.memory.limit") == 24'683'656 * kKiB);
  CHECK(memory.value("system.paging.usage", {"used"}) == 524'288 * kKiB);
  CHECK(memory.value("system.paging.usage", {"free"}) == 1'572'864 * kKiB);
}

TEST_CASE("the parts of memory are told apart") {
  HostTree host("host-64-core/a");
  Looked memory(make_memory_collector(host.options()));
  REQUIRE(memory.at(0s));
  CHECK(memory.value("system.memory.usage", {"used"}) == 384 * kGiB);
  CHECK(memory.value("system.memory.usage", {"free"}) == 96 * kGiB);
  CHECK(memory.value("system.memory.usage", {"buffers"}) == 1 * kGiB);
  CHECK(memory.value("system.memory.usage", {"cached"}) == 44 * kGiB);
  CHECK(memory.value("system.memory.utilization") == 0.75);
  CHECK(memory.value("system.memory.shared") == 2 * kGiB);
  CHECK(memory.value("system.memory.dirty") == 2048 * kKiB);
  CHECK(memory.value("system.memory.anonymous") == 300 * kGiB);
  CHECK(memory.value("system.memory.slab.usage", {"reclaimable"}) == 6 * kGiB);
  CHECK(memory.value("system.memory.slab.usage", {"unreclaimable"}) == 2 * kGiB);
}

TEST_CASE("faults, swapping and OOM kills are counters") {
  HostTree host("host-small/a");
  Looked memory(make_memory_collector(host.options()));
  REQUIRE(memory.at(0s));
  const double minor = memory.value("system.paging.faults", {"minor"});
  const double major = memory.value("system.paging.faults", {"major"});
  const double in = memory.value("system.paging.operations", {"in"});
  const double out = memory.value("system.paging.operations", {"out"});
  const double kills = memory.value("system.memory.oom_kills");
  host.apply("host-small/b");
  REQUIRE(memory.at(1s));
  CHECK(memory.value("system.paging.faults", {"minor"}) - minor == 960);  // 1000 faults, 40 major
  CHECK(memory.value("system.paging.faults", {"major"}) - major == 40);
  CHECK(memory.value("system.paging.operations", {"in"}) - in == 16);
  CHECK(memory.value("system.paging.operations", {"out"}) - out == 64);
  CHECK(memory.value("system.memory.oom_kills") - kills == 1);
}

TEST_CASE("a cgroup's limit below the host's memory bounds it") {
  HostTree host("host-64-core/a");
  Looked memory(make_memory_collector(host.options()));
  SECTION("the working set is what the limit is spent on") {
    REQUIRE(memory.at(0s));
    CHECK(memory.capacity("MEMORY") == 256 * kGiB);
    CHECK(memory.demand("MEMORY") == 96 * kGiB);
  }
  SECTION("no limit") {
    host.write("sys/fs/cgroup/memory.max", "max\n");
    REQUIRE(memory.at(0s));
    CHECK(memory.capacity("MEMORY") == 512 * kGiB);
    CHECK(memory.demand("MEMORY") == 384 * kGiB);
  }
  SECTION("a limit above the host's memory") {
    host.write("sys/fs/cgroup/memory.max", "1099511627776\n");
    REQUIRE(memory.at(0s));
    CHECK(memory.capacity("MEMORY") == 512 * kGiB);
    CHECK(memory.demand("MEMORY") == 384 * kGiB);
  }
  SECTION("a limit whose use is not told has no demand") {
    host.remove("sys/fs/cgroup/memory.stat");
    REQUIRE(memory.at(0s));
    CHECK(memory.capacity("MEMORY") == 256 * kGiB);
    CHECK(memory.missing(kDemandMetric));
  }
}

TEST_CASE("a kernel that does not say what is available is helped out") {
  HostTree host("host-small/a");
  host.write("proc/meminfo",
             "MemTotal: 1000 kB\nMemFree: 300 kB\nBuffers: 50 kB\nCached: 200 kB\nShmem: 40 kB\n");
  Looked memory(make_memory_collector(host.options()));
  REQUIRE(memory.at(0s));
  CHECK(memory.value("system.memory.available") == 510 * kKiB);  // 300 + 50 + 200 - 40
  CHECK(memory.demand("MEMORY") == 490 * kKiB);
}

TEST_CASE("a kernel that does not count OOM kills has no such series") {
  HostTree host("host-small/a");
  host.write("proc/vmstat", "pgfault 10\npgmajfault 4\npswpin 0\npswpout 0\n");
  Looked memory(make_memory_collector(host.options()));
  REQUIRE(memory.at(0s));
  CHECK(memory.value("system.paging.faults", {"minor"}) == 6);
  CHECK(!memory.has("system.memory.oom_kills"));
}

TEST_CASE("a bad /proc/meminfo is reported and what was understood is kept") {
  HostTree host("host-small/a");
  Looked memory(make_memory_collector(host.options()));
  SECTION("missing") {
    host.remove("proc/meminfo");
    CHECK(fails_with(memory.at(0s), ErrorCode::kNotFound, "/proc/meminfo"));
    CHECK(memory.has("system.paging.faults"));
  }
  SECTION("empty") {
    host.write("proc/meminfo", "");
    CHECK(fails_with(memory.at(0s), ErrorCode::kUnavailable, "/proc/meminfo is empty"));
  }
  SECTION("larger than the limit") {
    host.write("proc/meminfo", std::string((4u << 20) + 1, 'M'));
    CHECK(fails_with(memory.at(0s), ErrorCode::kLimitExceeded, "/proc/meminfo"));
  }
  SECTION("cut off behind the first line") {
    host.write("proc/meminfo", "MemTotal: 1000 kB\nMemFr");
    CHECK(fails_with(memory.at(0s), ErrorCode::kCorruption, "/proc/meminfo: line 2 "));
    CHECK(memory.value("system.memory.limit") == 1000 * kKiB);
    CHECK(memory.missing("system.memory.utilization"));
    CHECK(memory.missing(kDemandMetric));
    CHECK(memory.capacity("MEMORY") == 1000 * kKiB);
  }
  SECTION("no total") {
    host.write("proc/meminfo", "MemAvailable: 500 kB\n");
    CHECK(fails_with(memory.at(0s), ErrorCode::kCorruption, "does not say both"));
    CHECK(memory.missing(kCapacityMetric));
    CHECK(memory.missing(kDemandMetric));
    CHECK(memory.value("system.memory.available") == 500 * kKiB);
    CHECK(memory.missing("system.paging.usage", {"used"}));
  }
  SECTION("garbage in the middle") {
    host.replace("proc/meminfo", "Buffers: ", "Buffers: many ");
    CHECK(fails_with(memory.at(0s), ErrorCode::kCorruption, "/proc/meminfo: line 4 "));
    CHECK(memory.missing("system.memory.usage", {"buffers"}));
    CHECK(memory.demand("MEMORY") > 0);
  }
  SECTION("garbage in vmstat") {
    host.replace("proc/vmstat", "pgmajfault ", "pgmajfault -");
    CHECK(fails_with(memory.at(0s), ErrorCode::kCorruption, "/proc/vmstat: line "));
    CHECK(memory.missing("system.paging.faults", {"major"}));
    CHECK(memory.missing("system.paging.faults", {"minor"}));
    CHECK(memory.value("system.paging.operations", {"in"}) == 0);
  }
}

}  // namespace
}  // namespace headroom::agent
