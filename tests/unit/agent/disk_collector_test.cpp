// The figures of the fixtures are worked out in tests/fixtures/README.md.
#include "tests/unit/agent/collector_fixture.h"

namespace headroom::agent {
namespace {

using namespace std::chrono_literals;
using test::fails_with;
using test::HostTree;
using test::Looked;

constexpr const char* kUtilization = "system.disk.utilization";

TEST_CASE("a disk that was busy for half a second of one is half used") {
  HostTree host("host-small/a");
  Looked disk(make_disk_collector(host.options()));
  REQUIRE(disk.at(0s));
  CHECK(disk.missing(kDemandMetric));
  CHECK(disk.capacity("DISK_IO") == 1);
  CHECK(disk.missing(kUtilization, {"vda"}));
  const double read = disk.value("system.disk.io", {"vda", "read"});
  const double written = disk.value("system.disk.io", {"vda", "write"});
  const double reads = disk.value("system.disk.operations", {"vda", "read"});
  const double writes = disk.value("system.disk.operations", {"vda", "write"});
  const double reads_merged = disk.value("system.disk.merged", {"vda", "read"});
  const double writes_merged = disk.value("system.disk.merged", {"vda", "write"});
  const double read_time = disk.value("system.disk.operation_time", {"vda", "read"});
  const double write_time = disk.value("system.disk.operation_time", {"vda", "write"});
  const double busy = disk.value("system.disk.io_time", {"vda"});

  host.apply("host-small/b");
  REQUIRE(disk.at(1s));
  CHECK(disk.demand("DISK_IO") == 0.5);
  CHECK(disk.capacity("DISK_IO") == 1);
  CHECK(disk.value(kUtilization, {"vda"}) == 0.5);
  CHECK(disk.value("system.disk.io", {"vda", "read"}) - read == 1'048'576);
  CHECK(disk.value("system.disk.io", {"vda", "write"}) - written == 2'097'152);
  CHECK(disk.value("system.disk.operations", {"vda", "read"}) - reads == 100);
  CHECK(disk.value("system.disk.operations", {"vda", "write"}) - writes == 50);
  CHECK(disk.value("system.disk.merged", {"vda", "read"}) - reads_merged == 5);
  CHECK(disk.value("system.disk.merged", {"vda", "write"}) - writes_merged == 7);
  CHECK(disk.value("system.disk.operation_time", {"vda", "read"}) - read_time == Approx(0.08));
  CHECK(disk.value("system.disk.operation_time", {"vda", "write"}) - write_time == Approx(0.12));
  CHECK(disk.value("system.disk.io_time", {"vda"}) - busy == Approx(0.5));
  CHECK(disk.value("system.disk.queue_depth", {"vda"}) == 3);
}

TEST_CASE("only whole devices at the bottom are counted, and the busiest stands for all") {
  HostTree host("host-64-core/a");
  Looked disk(make_disk_collector(host.options()));
  REQUIRE(disk.at(0s));
  host.apply("host-64-core/b");
  REQUIRE(disk.at(1s));
  CHECK(disk.demand("DISK_IO") == 0.875);
  CHECK(disk.value(kUtilization, {"nvme0n1"}) == 0.25);  // across the 32-bit wrap of its busy time
  CHECK(disk.value(kUtilization, {"nvme1n1"}) == 0.875);
  CHECK(disk.value(kUtilization, {"cciss/c0d0"}) == 0.01);
  CHECK(disk.value("system.disk.queue_depth", {"nvme1n1"}) == 32);
  for (const char* other : {"nvme0n1p1", "nvme0n1p2", "dm-0", "loop0", "sr0"}) {
    INFO(other);
    CHECK(!disk.has(kUtilization, {other}));
  }
}

TEST_CASE("what the configuration ignores replaces the defaults") {
  HostTree host("host-64-core/a");
  CollectorOptions options = host.options();
  options.ignored_device_prefixes = {"nvme1"};
  Looked disk(make_disk_collector(options));
  REQUIRE(disk.at(0s));
  CHECK(!disk.has("system.disk.io", {"nvme1n1"}));
  CHECK(disk.has("system.disk.io", {"nvme0n1"}));
  CHECK(disk.has("system.disk.io", {"sr0"}));
}

// Fields 1 to 11 of a device that was busy for so many milliseconds.
std::string line(const std::string& name, std::uint64_t busy_ms) {
  return "8 0 " + name + " 10 0 80 5 20 0 160 7 0 " + std::to_string(busy_ms) + " 12\n";
}

TEST_CASE("busy time that begins anew gives no share once") {
  HostTree host("host-small/a");
  host.write("proc/diskstats", line("vda", 5000));
  Looked disk(make_disk_collector(host.options()));
  REQUIRE(disk.at(0s));
  host.write("proc/diskstats", line("vda", 100));
  REQUIRE(disk.at(1s));
  CHECK(disk.missing(kUtilization, {"vda"}));
  CHECK(disk.missing(kDemandMetric));
  host.write("proc/diskstats", line("vda", 350));
  REQUIRE(disk.at(1s));
  CHECK(disk.value(kUtilization, {"vda"}) == 0.25);
}

TEST_CASE("a share is never above one, whatever the clocks say") {
  HostTree host("host-small/a");
  host.write("proc/diskstats", line("vda", 1000));
  Looked disk(make_disk_collector(host.options()));
  REQUIRE(disk.at(0s));
  host.write("proc/diskstats", line("vda", 2004));
  REQUIRE(disk.at(999ms));
  CHECK(disk.value(kUtilization, {"vda"}) == 1);
  host.write("proc/diskstats", line("vda", 2100));
  REQUIRE(disk.at(0s));  // no time went by
  CHECK(disk.missing(kUtilization, {"vda"}));
}

TEST_CASE("the time of a grid point whose read failed is not lost") {
  HostTree host("host-small/a");
  host.write("proc/diskstats", line("vda", 1000));
  Looked disk(make_disk_collector(host.options()));
  REQUIRE(disk.at(0s));
  host.write("proc/diskstats", "");
  CHECK(fails_with(disk.at(1s), ErrorCode::kUnavailable, "/proc/diskstats is empty"));
  host.write("proc/diskstats", line("vda", 2000));
  REQUIRE(disk.at(1s));
  CHECK(disk.value(kUtilization, {"vda"}) == 0.5);  // 1 s of 2 s
}

TEST_CASE("a device that vanishes leaves its columns to the one that comes") {
  HostTree host("host-small/a");
  host.write("sys/block/sda/size", "1\n");
  host.write("proc/diskstats", line("vda", 1000) + line("sda", 1000));
  Looked disk(make_disk_collector(host.options()));
  REQUIRE(disk.at(0s));
  const auto columns = disk.sheet().series().size();
  const auto live = disk.live();
  const auto layout = disk.sheet().layout_version();

  host.write("proc/diskstats", line("vda", 1500));
  REQUIRE(disk.at(1s));
  CHECK(!disk.has("system.disk.io", {"sda"}));
  CHECK(disk.live() < live);
  CHECK(disk.demand("DISK_IO") == 0.5);
  CHECK(disk.sheet().layout_version() > layout);

  host.write("proc/diskstats", line("vda", 1500) + line("sda", 900'000));
  REQUIRE(disk.at(1s));
  CHECK(disk.live() == live);
  CHECK(disk.sheet().series().size() == columns);  // the same columns again
  CHECK(disk.missing(kUtilization, {"sda"}));      // its earlier life does not count
  CHECK(disk.demand("DISK_IO") == 0);
}

TEST_CASE("bad disk files are reported and what was understood is kept") {
  HostTree host("host-small/a");
  Looked disk(make_disk_collector(host.options()));
  SECTION("missing") {
    host.remove("proc/diskstats");
    CHECK(fails_with(disk.at(0s), ErrorCode::kNotFound, "/proc/diskstats"));
  }
  SECTION("no list of block devices") {
    host.remove("sys/block");
    CHECK(fails_with(disk.at(0s), ErrorCode::kNotFound, "/sys/block"));
  }
  SECTION("larger than the limit") {
    host.write("proc/diskstats", std::string((4u << 20) + 1, '8'));
    CHECK(fails_with(disk.at(0s), ErrorCode::kLimitExceeded, "/proc/diskstats"));
  }
  SECTION("more devices than are looked after") {
    std::string many;
    for (int i = 0; i < 2049; ++i) many += line("part" + std::to_string(i), 1);
    host.write("proc/diskstats", many);
    CHECK(fails_with(disk.at(0s), ErrorCode::kLimitExceeded, "more than 2048 devices"));
  }
  SECTION("a cut line keeps the device and its neighbours") {
    host.write("sys/block/sda/size", "1\n");
    host.write("proc/diskstats", line("vda", 1000) + line("sda", 1000));
    REQUIRE(disk.at(0s));
    host.write("proc/diskstats", line("vda", 1400) + "8 0 sda 10 0 80");
    CHECK(fails_with(disk.at(1s), ErrorCode::kCorruption, "/proc/diskstats: line 2 "));
    CHECK(disk.demand("DISK_IO") == 0.4);
    CHECK(disk.missing("system.disk.io", {"sda"}));
    host.write("proc/diskstats", line("vda", 1400) + line("sda", 3000));
    REQUIRE(disk.at(1s));
    CHECK(disk.missing(kUtilization, {"sda"}));  // from when to when is not known
    CHECK(disk.demand("DISK_IO") == 0);
  }
  SECTION("garbage in the middle") {
    host.write("proc/diskstats", line("vda", 1000) + "\xff\x01 what\n" + line("vda", 7));
    CHECK(fails_with(disk.at(0s), ErrorCode::kCorruption, "/proc/diskstats: line 2 "));
    CHECK(disk.value("system.disk.io_time", {"vda"}) == 1);  // the first line of the two holds
  }
}

TEST_CASE("an NVMe device's latency and queue can be reckoned from its counters") {
  HostTree host("host-64-core/a");
  Looked disk(make_disk_collector(host.options()));
  REQUIRE(disk.at(0s));
  const auto value = [&](const char* metric, const char* direction) {
    return disk.value(metric, {"nvme1n1", direction});
  };
  const double writes = value("system.disk.operations", "write");
  const double write_time = value("system.disk.operation_time", "write");
  const double bytes = value("system.disk.io", "write");
  const double weighted = disk.value("system.disk.weighted_io_time", {"nvme1n1"});
  host.apply("host-64-core/b");
  REQUIRE(disk.at(1s));
  CHECK(value("system.disk.operations", "write") - writes == 8000);
  CHECK(value("system.disk.operation_time", "write") - write_time == Approx(6));  // 0.75 ms each
  CHECK(value("system.disk.io", "write") - bytes == 1'024'000 * 512.0);
  // 6.01 s of transfers in 1 s: 6.01 of them at once on average.
  CHECK(disk.value("system.disk.weighted_io_time", {"nvme1n1"}) - weighted == Approx(6.01));
}

}  // namespace
}  // namespace headroom::agent
