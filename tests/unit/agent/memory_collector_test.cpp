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
  REQUIRE(memory.at(5s));
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

TEST_CASE("huge pages are counted where some are set aside") {
  HostTree host("host-64-core/a");
  Looked memory(make_memory_collector(host.options()));
  REQUIRE(memory.at(0s));
  CHECK(memory.value("system.memory.linux.hugepages.usage", {"used"}) == 768);
  CHECK(memory.value("system.memory.linux.hugepages.usage", {"free"}) == 256);
  CHECK(memory.value("system.memory.linux.hugepages.reserved") == 64);
  CHECK(memory.value("system.memory.linux.hugepages.limit") == 1024);
  CHECK(memory.value("system.memory.linux.hugepages.page_size") == 2 * 1024 * 1024);
  const HostTree without("host-small/a");
  Looked small(make_memory_collector(without.options()));
  REQUIRE(small.at(0s));
  CHECK(!small.has("system.memory.linux.hugepages.limit"));
}

constexpr const char* kNode = "system.memory.node.usage";
constexpr double kGib = 1024.0 * 1024 * 1024;

TEST_CASE("memory is shown by NUMA node where there is more than one, every ten seconds") {
  HostTree host("host-64-core/a");
  Looked memory(make_memory_collector(host.options()));
  REQUIRE(memory.at(0s));
  CHECK(memory.value(kNode, {"0", "free"}) == 32 * kGib);
  CHECK(memory.value(kNode, {"1", "free"}) == 64 * kGib);
  CHECK(memory.value(kNode, {"1", "cached"}) == 28 * kGib);
  CHECK(memory.value(kNode, {"0", "anonymous"}) == 192 * kGib);
  CHECK(memory.value("system.memory.node.limit", {"0"}) == 256 * kGib);
  host.replace("sys/devices/system/node/node0/meminfo", "33554432", "16777216");
  for (int second = 1; second < 10; ++second) {
    REQUIRE(memory.at(1s));
    CHECK(memory.value(kNode, {"0", "free"}) == 32 * kGib);
  }
  REQUIRE(memory.at(1s));
  CHECK(memory.value(kNode, {"0", "free"}) == 16 * kGib);
}

TEST_CASE("one node is no news, and a node may go") {
  HostTree host("host-64-core/a");
  Looked memory(make_memory_collector(host.options()));
  REQUIRE(memory.at(0s));
  host.write("sys/devices/system/node/online", "0\n");
  REQUIRE(memory.at(10s));
  CHECK(!memory.has(kNode));
}

TEST_CASE("a node's memory that is not understood is reported") {
  HostTree host("host-64-core/a");
  SECTION("the list") {
    host.write("sys/devices/system/node/online", "0-\n");
    Looked memory(make_memory_collector(host.options()));
    CHECK(fails_with(memory.at(0s), ErrorCode::kCorruption, "node/online"));
  }
  SECTION("a node") {
    host.write("sys/devices/system/node/node1/meminfo", "Node 1 MemFree: much kB\n");
    Looked memory(make_memory_collector(host.options()));
    CHECK(fails_with(memory.at(0s), ErrorCode::kCorruption, "node1/meminfo: line 1"));
    CHECK(memory.has(kNode, {"0"}));
    CHECK(!memory.has(kNode, {"1"}));
  }
  SECTION("more than are measured") {
    const std::string node = host.read("sys/devices/system/node/node0/meminfo");
    for (int i = 0; i < 65; ++i) {
      host.write("sys/devices/system/node/node" + std::to_string(i) + "/meminfo", node);
    }
    host.write("sys/devices/system/node/online", "0-64\n");
    Looked memory(make_memory_collector(host.options()));
    CHECK(fails_with(memory.at(0s), ErrorCode::kLimitExceeded, "64 nodes"));
    CHECK(memory.has(kNode, {"63"}));
  }
}

}  // namespace
}  // namespace headroom::agent
