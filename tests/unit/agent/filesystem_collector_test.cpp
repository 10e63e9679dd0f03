// The figures of the fixtures are worked out in tests/fixtures/README.md.
#include "agent/collectors/mount_table.h"
#include "tests/unit/agent/filesystem_fixture.h"

namespace headroom::agent {
namespace {

using namespace std::chrono_literals;
using namespace test;

// What stands in host-64-core/a/proc/self/mountinfo and may be asked.
Sizes sizes_of_64_cores() {
  Sizes sizes;
  sizes.by_path = {{"/", filesystem(1'000'000, 700'000, 500'000, 1'000, 750)},  // 0.375, 0.25
                   {"/boot/efi", filesystem(1000, 900, 900, 0, 0)},             // 0.1, no inodes
                   {"/var/lib/data store",
                    filesystem(4'000'000, 3'000'000, 3'000'000, 1600, 300)},  // .25, .8125
                   {"/media/cdrom", filesystem(500, 0, 0, 0, 0)},             // full by nature
                   {"/srv/shielded", filesystem(1000, 600, 600, 100, 100)},   // 0.4
                   {"/srv/archive", filesystem(1000, 10, 10, 100, 50)},       // 0.99, read-only
                   {"/srv/spare", filesystem(2000, 1000, 1000, 0, 0)}};       // 0.5
  return sizes;
}

TEST_CASE("the fullest of bytes and inodes stands for the disk") {
  HostTree host("host-small/a");
  Sizes sizes;
  sizes.by_path = {{"/", filesystem(1'000'000, 700'000, 500'000, 1'000, 250)}};
  Looked filesystems(make_filesystem_collector(sizes.options(host)));
  REQUIRE(filesystems.at(0s));
  CHECK(filesystems.missing(kDemandMetric));  // asked, and not answered yet
  await_demand(filesystems, 0.75);
  CHECK(filesystems.value(kUtilization, {"/"}) == 0.375);
  CHECK(filesystems.capacity("DISK") == 1);
  CHECK(filesystems.value("system.filesystem.usage", {"/", "used"}) == 300'000.0 * 4096);
  CHECK(filesystems.value("system.filesystem.usage", {"/", "free"}) == 500'000.0 * 4096);
  CHECK(filesystems.value("system.filesystem.usage", {"/", "reserved"}) == 200'000.0 * 4096);
  CHECK(filesystems.value("system.filesystem.inodes.usage", {"/", "used"}) == 750);
  CHECK(filesystems.value("system.filesystem.inodes.usage", {"/", "free"}) == 250);
  CHECK(filesystems.value("system.filesystem.read_only", {"/", "ext4", "/dev/vda"}) == 0);
}

TEST_CASE("network, virtual and covered filesystems are never asked") {
  HostTree host("host-64-core/a");
  Sizes sizes = sizes_of_64_cores();
  Looked filesystems(make_filesystem_collector(sizes.options(host)));
  look(filesystems, 0.8125);
  std::map<std::string, int> once;
  for (const auto& [path, answer] : sizes.by_path) once[path] = 1;
  CHECK(sizes.asked() == once);
  CHECK(filesystems.value(kUtilization, {"/var/lib/data store", "/dev/mapper/vg-data"}) == 0.25);
  CHECK(filesystems.value(kUtilization, {"/srv/spare", "btrfs", "/dev/nvme1n1p8"}) == 0.5);
  CHECK(!filesystems.has(kUtilization, {"/srv/exports"}));  // the same filesystem by another name
  CHECK(filesystems.missing("system.filesystem.inodes.usage", {"/boot/efi", "used"}));
}

TEST_CASE("a read-only filesystem may be full, and a read-only mount is not one") {
  HostTree host("host-64-core/a");
  Sizes sizes = sizes_of_64_cores();
  sizes.by_path["/var/lib/data store"] = filesystem(4'000'000, 3'000'000, 3'000'000, 1600, 1600);
  Looked filesystems(make_filesystem_collector(sizes.options(host)));
  REQUIRE(filesystems.at(0s));
  await(filesystems, [&] { return filesystems.has(kUtilization, {"/srv/spare"}); });
  CHECK(filesystems.value(kUtilization, {"/media/cdrom"}) == 1);
  CHECK(filesystems.value("system.filesystem.read_only", {"/media/cdrom"}) == 1);
  CHECK(filesystems.value("system.filesystem.read_only", {"/srv/archive"}) == 1);
  CHECK(filesystems.value("system.filesystem.read_only", {"/srv/shielded"}) == 0);
  CHECK(filesystems.demand("DISK") == 0.5);  // of /srv/spare; 1 and 0.99 cannot be written to
}

TEST_CASE("the configured types replace the defaults and bring nothing that can hang") {
  HostTree host("host-64-core/a");
  Sizes sizes = sizes_of_64_cores();
  sizes.by_path = {{"/dev", filesystem(10, 5, 5, 0, 0)},
                   {"/snap/core/1", filesystem(10, 0, 0, 0, 0)},
                   {"/var/lib/docker/overlay2/merged", filesystem(10, 4, 4, 0, 0)}};
  CollectorOptions options = sizes.options(host);
  options.ignored_filesystem_types = {"xfs", "ext4", "vfat", "btrfs", "iso9660", "proc", "tmpfs"};
  Looked filesystems(make_filesystem_collector(options));
  look(filesystems, 0.6);
  CHECK(sizes.asked().size() == 3);
}

TEST_CASE("between two looks five seconds apart the last values stay on the grid") {
  HostTree host("host-small/a");
  Sizes sizes;
  sizes.by_path = {{"/", filesystem(1000, 500, 500, 0, 0)}};
  Looked filesystems(make_filesystem_collector(sizes.options(host)));
  look(filesystems, 0.5);
  sizes.set("/", filesystem(1000, 250, 250, 0, 0));
  for (int second = 1; second < 5; ++second) {
    REQUIRE(filesystems.at(1s));
    CHECK(filesystems.demand("DISK") == 0.5);
  }
  CHECK(sizes.asked()["/"] == 1);
  REQUIRE(filesystems.at(1s));
  await_demand(filesystems, 0.75);
  CHECK(sizes.asked()["/"] == 2);
}

TEST_CASE("mounts come and go every ten seconds") {
  HostTree host("host-small/a");
  Sizes sizes;
  Looked filesystems(make_filesystem_collector(sizes.options(host)));
  // Every look finds other sizes, so that its own answers can be told from those before it.
  const auto ten_seconds = [&](unsigned long root_percent, unsigned long data_percent) {
    const auto used = [](unsigned long percent) {
      return filesystem(100, 100 - percent, 100 - percent, 0, 0);
    };
    sizes.set("/", used(root_percent));
    sizes.set("/data", used(data_percent));
    REQUIRE(filesystems.at(10s));
    const auto shows = [&](std::string_view mountpoint, unsigned long percent) {
      return filesystems.has(kUtilization, {mountpoint}) &&
             filesystems.value(kUtilization, {mountpoint}) == static_cast<double>(percent) / 100;
    };
    await(filesystems, [&] {
      return shows("/", root_percent) && (data_percent == 0 || shows("/data", data_percent));
    });
  };
  const std::string before = host.read("proc/self/mountinfo");
  ten_seconds(50, 0);
  const auto columns = filesystems.sheet().series().size();
  const auto live = filesystems.live();

  host.write("proc/self/mountinfo", before + "90 27 8:1 / /data rw - xfs /dev/sda1 rw\n");
  ten_seconds(40, 90);
  CHECK(filesystems.value(kUtilization, {"/data", "xfs"}) == 0.9);
  CHECK(filesystems.demand("DISK") == 0.9);
  const auto with_data = filesystems.sheet().series().size();
  CHECK(with_data > columns);

  host.write("proc/self/mountinfo", before);
  ten_seconds(30, 0);
  CHECK(!filesystems.has(kUtilization, {"/data"}));
  CHECK(filesystems.live() == live);
  CHECK(filesystems.demand("DISK") == 0.3);

  host.write("proc/self/mountinfo", before + "91 27 8:1 / /data rw - xfs /dev/sda1 ro\n");
  ten_seconds(20, 80);
  CHECK(filesystems.value("system.filesystem.read_only", {"/data"}) == 1);
  CHECK(filesystems.sheet().series().size() == with_data);  // the same columns again
  CHECK(filesystems.demand("DISK") == 0.2);
}

TEST_CASE("a filesystem that does not answer is reported and the others are measured") {
  HostTree host("host-64-core/a");
  Sizes sizes = sizes_of_64_cores();
  sizes.by_path.erase("/boot/efi");
  Looked filesystems(make_filesystem_collector(sizes.options(host)));
  look(filesystems, 0.8125);
  for (int i = 1; i < 5; ++i) {  // the same message at every grid point
    const Status status = filesystems.at(1s);
    CHECK(fails_with(status, ErrorCode::kPermissionDenied, "/boot/efi"));
  }
  CHECK(!filesystems.has(kUtilization, {"/boot/efi"}));
  sizes.set("/boot/efi", filesystem(1000, 100, 100, 0, 0));
  static_cast<void>(filesystems.at(1s));
  await_demand(filesystems, 0.9);
  CHECK(filesystems.at(0s));
}

TEST_CASE("a filesystem that says nonsense gives no share") {
  HostTree host("host-small/a");
  Sizes sizes;
  SECTION("no blocks") {
    sizes.by_path = {{"/", filesystem(0, 0, 0, 0, 0)}};
    Looked filesystems(make_filesystem_collector(sizes.options(host)));
    REQUIRE(filesystems.at(0s));
    await(filesystems, [&] { return filesystems.has("system.filesystem.read_only", {"/"}); });
    CHECK(filesystems.missing(kDemandMetric));
  }
  SECTION("more available than there is") {
    sizes.by_path = {{"/", filesystem(1000, 2000, ~0UL, 10, 20)}};
    Looked filesystems(make_filesystem_collector(sizes.options(host)));
    look(filesystems, 0);
    CHECK(filesystems.value("system.filesystem.usage", {"/", "free"}) == 1000.0 * 4096);
  }
}

TEST_CASE("a bad mount table is reported and what was understood is kept") {
  HostTree host("host-small/a");
  Sizes sizes;
  sizes.by_path = {{"/", filesystem(1000, 500, 500, 0, 0)}};
  SECTION("missing") {
    host.remove("proc/self/mountinfo");
    Looked filesystems(make_filesystem_collector(sizes.options(host)));
    CHECK(fails_with(filesystems.at(0s), ErrorCode::kNotFound, "/proc/self/mountinfo"));
    CHECK(filesystems.missing(kDemandMetric));
  }
  SECTION("empty") {
    host.write("proc/self/mountinfo", "");
    Looked filesystems(make_filesystem_collector(sizes.options(host)));
    CHECK(fails_with(filesystems.at(0s), ErrorCode::kUnavailable, "is empty"));
  }
  SECTION("larger than the limit") {
    host.write("proc/self/mountinfo", std::string((4u << 20) + 1, '1'));
    Looked filesystems(make_filesystem_collector(sizes.options(host)));
    CHECK(fails_with(filesystems.at(0s), ErrorCode::kLimitExceeded, "mountinfo"));
  }
  SECTION("a cut line and garbage") {
    host.write("proc/self/mountinfo",
               "\xff garbage\n27 1 254:0 / / rw - ext4 /dev/vda rw\n28 27 0:9 / /da");
    Looked filesystems(make_filesystem_collector(sizes.options(host)));
    look(filesystems, 0.5);
    CHECK(fails_with(filesystems.at(0s), ErrorCode::kCorruption, "mountinfo: 2 lines"));
  }
  SECTION("more filesystems than are measured") {
    std::string many;
    for (int i = 0; i < 257; ++i) {
      const std::string n = std::to_string(i);
      many.append(n).append(" 1 8:").append(n).append(" / /m").append(n);
      many.append(" rw - ext4 /dev/sd").append(n).append(" rw\n");
      sizes.by_path["/m" + n] = filesystem(1000, 750, 750, 0, 0);
    }
    host.write("proc/self/mountinfo", many);
    Looked filesystems(make_filesystem_collector(sizes.options(host)));
    look(filesystems, 0.25);
    await(filesystems, [&] { return sizes.asked().size() == 256; });
    CHECK(fails_with(filesystems.at(0s), ErrorCode::kLimitExceeded, "256 local filesystems"));
  }
}

TEST_CASE("the kernel itself answers where nothing else was given") {
  HostTree host("host-small/a");
  host.write("proc/self/mountinfo", "27 1 254:0 / / rw - ext4 /dev/vda rw\n");
  struct ::statvfs answer{};
  REQUIRE(::statvfs(host.root().c_str(), &answer) == 0);
  Looked filesystems(make_filesystem_collector(host.options()));
  REQUIRE(filesystems.at(0s));
  await(filesystems, [&] { return filesystems.has(kUtilization); });
  const double all = filesystems.value("system.filesystem.usage", {"/", "used"}) +
                     filesystems.value("system.filesystem.usage", {"/", "free"}) +
                     filesystems.value("system.filesystem.usage", {"/", "reserved"});
  CHECK(all == static_cast<double>(answer.f_blocks) * static_cast<double>(answer.f_frsize));
}

TEST_CASE("escapes and empty sources of the mount table are understood") {
  std::size_t malformed_lines = 0;
  const auto mounts = parse_mountinfo(
      "1 0 8:1 /a\\134b /with\\040blank rw,relatime shared:1 master:2 - ext4 /dev/my\\040disk rw\n"
      "2 0 0:9 / /run rw - tmpfs  rw,size=1\n"
      "3 0 0:9 / /end rw - tmpfs tmpfs ro,errors=remount-ro\n"
      "4 0 0:9 / not-a-path rw - tmpfs tmpfs rw\n"
      "5 0 0:9 / /x rw tmpfs tmpfs rw\n",
      malformed_lines);
  REQUIRE(mounts.size() == 3);
  CHECK(malformed_lines == 2);
  CHECK(mounts[0].root == "/a\\b");
  CHECK(mounts[0].mountpoint == "/with blank");
  CHECK(mounts[0].source == "/dev/my disk");
  CHECK(mounts[1].source.empty());
  CHECK(!mounts[1].read_only);
  CHECK(mounts[2].read_only);
}

TEST_CASE("what is mounted below a mount that can hang is out of reach") {
  std::size_t malformed_lines = 0;
  const auto kept = measurable(parse_mountinfo("1 0 8:1 / / rw - ext4 /dev/a rw\n"
                                               "2 1 0:9 / /far rw - nfs store:/ rw\n"
                                               "3 2 8:2 / /far/near rw - ext4 /dev/b rw\n"
                                               "4 1 8:3 / /farther rw - ext4 /dev/c rw\n"
                                               "5 1 8:4 / /over rw - ext4 /dev/d rw\n"
                                               "6 5 0:8 / /over rw - fuse.s3 bucket rw\n",
                                               malformed_lines),
                               {});
  REQUIRE(kept.size() == 2);
  CHECK(kept[0].mountpoint == "/");
  CHECK(kept[1].mountpoint == "/farther");
  CHECK(!kept[1].can_hang);
}

TEST_CASE("with network filesystems what is below one counts as one") {
  std::size_t malformed_lines = 0;
  const auto kept = measurable(parse_mountinfo("1 0 8:1 / / rw - ext4 /dev/a rw\n"
                                               "2 1 0:9 / /far rw - nfs store:/ rw\n"
                                               "3 2 8:2 / /far/near rw - ext4 /dev/b rw\n",
                                               malformed_lines),
                               {}, true);
  REQUIRE(kept.size() == 3);
  CHECK(!kept[0].can_hang);
  CHECK(kept[1].can_hang);
  CHECK(kept[2].can_hang);
}

}  // namespace
}  // namespace headroom::agent
