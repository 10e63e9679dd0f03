// The figures of the fixtures are worked out in tests/fixtures/README.md.
#include <cerrno>
#include <condition_variable>
#include <map>
#include <mutex>
#include <set>
#include <thread>

#include "agent/collectors/mount_table.h"
#include "tests/unit/agent/collector_fixture.h"

namespace headroom::agent {
namespace {

using namespace std::chrono_literals;
using test::fails_with;
using test::HostTree;
using test::Looked;

constexpr const char* kUtilization = "system.filesystem.utilization";

struct ::statvfs filesystem(unsigned long blocks, unsigned long free, unsigned long available,
                            unsigned long inodes, unsigned long inodes_free) {
  struct ::statvfs answer{};
  answer.f_bsize = 1u << 20;  // the preferred size of transfers, which is not the unit
  answer.f_frsize = 4096;
  answer.f_blocks = blocks;
  answer.f_bfree = free;
  answer.f_bavail = available;
  answer.f_files = inodes;
  answer.f_ffree = inodes_free;
  return answer;
}

// Sizes by path, and how often each was asked for. An unknown path fails, one in `hanging` waits
// until it is taken out of there. All are asked on the collector's threads, which share this.
struct Answers {
  std::mutex mutex;
  std::condition_variable changed;
  std::size_t root_length = 0;
  std::map<std::string, struct ::statvfs> by_path;
  std::set<std::string> hanging;
  std::map<std::string, int> asked;

  int ask(const char* path, struct ::statvfs* answer) {
    std::unique_lock lock(mutex);
    const std::string mountpoint = std::string(path).substr(root_length);
    ++asked[mountpoint];
    changed.wait(lock, [&] { return !hanging.contains(mountpoint); });
    const auto found = by_path.find(mountpoint);
    errno = EACCES;
    if (found == by_path.end()) return -1;
    *answer = found->second;
    return 0;
  }
};

struct Sizes {
  std::map<std::string, struct ::statvfs> by_path;  // as of options() or set()
  std::shared_ptr<Answers> answers = std::make_shared<Answers>();

  Sizes() = default;
  Sizes(Sizes&&) = default;
  ~Sizes() {
    if (answers) hang({});  // so that no thread stays behind
  }

  CollectorOptions options(const HostTree& host) {
    answers->root_length = host.root().size();
    answers->by_path = by_path;
    CollectorOptions options = host.options();
    options.statvfs_function = [shared = answers](const char* path, struct ::statvfs* answer) {
      return shared->ask(path, answer);
    };
    return options;
  }
  void set(const std::string& path, struct ::statvfs answer) {
    const std::lock_guard lock(answers->mutex);
    answers->by_path[path] = answer;
  }
  void hang(std::set<std::string> paths) {
    const std::lock_guard lock(answers->mutex);
    answers->hanging = std::move(paths);
    answers->changed.notify_all();
  }
  std::map<std::string, int> asked() const {
    const std::lock_guard lock(answers->mutex);
    return answers->asked;
  }
  // Whether so many questions came for this path; those before it in the round have their answers.
  bool asked_for(const std::string& path, int times) const { return asked()[path] == times; }
};

// Answers are taken at a later grid point: one after the other, in no time, until `there`.
template <typename There>
void await(Looked& filesystems, There&& there) {
  while (!there()) {
    std::this_thread::yield();
    static_cast<void>(filesystems.at(0s));
  }
  static_cast<void>(filesystems.at(0s));  // what came last is seen too
}

void await_demand(Looked& filesystems, double demand) {
  await(filesystems, [&] { return filesystems.demand("DISK") == demand; });
}

// The first look, and the grid points until it has its answers.
void look(Looked& filesystems, double demand) {
  static_cast<void>(filesystems.at(0s));
  await_demand(filesystems, demand);
}

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

// The mount table of three local filesystems and, with `more`, others.
std::string three_disks(const std::string& more = "") {
  return "1 0 8:1 / / rw - ext4 /dev/a rw\n2 1 8:2 / /b rw - ext4 /dev/b rw\n"
         "3 1 8:3 / /c rw - ext4 /dev/c rw\n" +
         more;
}

Sizes sizes_of_three_disks() {
  Sizes sizes;
  sizes.by_path = {{"/", filesystem(1000, 900, 900, 0, 0)},   // 0.1
                   {"/b", filesystem(1000, 800, 800, 0, 0)},  // 0.2
                   {"/c", filesystem(1000, 700, 700, 0, 0)},  // 0.3
                   {"/far", filesystem(1000, 100, 100, 0, 0)},
                   {"/farther", filesystem(1000, 50, 50, 0, 0)}};
  return sizes;
}

constexpr const char* kStuck = "headroom.agent.filesystem.stuck_time";

TEST_CASE("a local filesystem that hangs is left alone, and the others are measured on") {
  HostTree host("host-small/a");
  host.write("proc/self/mountinfo", three_disks());
  Sizes sizes = sizes_of_three_disks();
  sizes.answers->hanging = {"/b"};
  Looked filesystems(make_filesystem_collector(sizes.options(host)));
  REQUIRE(filesystems.at(0s));
  await(filesystems, [&] { return sizes.asked_for("/b", 1); });
  CHECK(filesystems.demand("DISK") == 0.1);  // and /c waits behind /b
  for (int second = 1; second < 5; ++second) REQUIRE(filesystems.at(1s));
  const auto says = [](const Status& status) {
    return fails_with(status, ErrorCode::kUnavailable, "/b has not returned for 5 s");
  };
  CHECK(says(filesystems.at(1s)));
  CHECK(filesystems.value(kStuck, {"/b"}) == 5);
  await_demand(filesystems, 0.3);  // /c is asked by another thread
  for (int second = 6; second <= 9; ++second) CHECK(says(filesystems.at(1s)));
  CHECK(filesystems.value(kStuck, {"/b"}) == 9);
  CHECK(!filesystems.has(kStuck, {"/c"}));
  CHECK(!filesystems.has(kUtilization, {"/b"}));
  CHECK(sizes.asked()["/b"] == 1);

  sizes.hang({});
  await(filesystems, [&] { return filesystems.has(kUtilization, {"/b"}); });
  CHECK(filesystems.at(0s));
  CHECK(filesystems.value(kStuck, {"/b"}) == 0);
  REQUIRE(filesystems.at(1s));
  await(filesystems, [&] { return sizes.asked_for("/b", 2); });  // with the others again
}

TEST_CASE("a filesystem that once answered and now hangs has no value") {
  HostTree host("host-small/a");
  host.write("proc/self/mountinfo", three_disks());
  Sizes sizes = sizes_of_three_disks();
  Looked filesystems(make_filesystem_collector(sizes.options(host)));
  look(filesystems, 0.3);
  sizes.hang({"/c"});
  for (int second = 1; second <= 5; ++second) REQUIRE(filesystems.at(1s));
  await(filesystems, [&] { return sizes.asked_for("/c", 2); });
  for (int second = 6; second < 10; ++second) REQUIRE(filesystems.at(1s));
  CHECK(filesystems.value(kUtilization, {"/c"}) == 0.3);
  CHECK(!filesystems.at(1s));
  CHECK(filesystems.missing(kUtilization, {"/c"}));
  CHECK(filesystems.demand("DISK") == 0.2);
}

TEST_CASE("a process that was stopped does not take its own pause for a filesystem's") {
  HostTree host("host-small/a");
  host.write("proc/self/mountinfo", three_disks());
  Sizes sizes = sizes_of_three_disks();
  sizes.answers->hanging = {"/b"};
  Looked filesystems(make_filesystem_collector(sizes.options(host)));
  REQUIRE(filesystems.at(0s));
  while (!sizes.asked_for("/b", 1)) std::this_thread::yield();
  REQUIRE(filesystems.at(0s));
  CHECK(filesystems.at(1h));
  CHECK(!filesystems.at(1s));
}

TEST_CASE("more filesystems than may hang at once cost no more threads") {
  HostTree host("host-small/a");
  std::string table;
  Sizes sizes;
  std::set<std::string> all;
  for (int i = 0; i < 12; ++i) {
    const std::string n = std::to_string(i);
    table.append(n + " 1 8:" + n + " / /m" + n + " rw - ext4 /dev/sd" + n + " rw\n");
    sizes.by_path["/m" + n] = filesystem(1000, 500, 500, 0, 0);
    all.insert("/m" + n);
  }
  host.write("proc/self/mountinfo", table);
  sizes.answers->hanging = all;
  Looked filesystems(make_filesystem_collector(sizes.options(host)));
  for (std::size_t asked = 1; asked <= 9; ++asked) {  // 8 of them and the shared worker's
    static_cast<void>(filesystems.at(1s));
    await(filesystems, [&] { return sizes.asked().size() >= asked; });
    for (int second = 0; second < 5; ++second) static_cast<void>(filesystems.at(1s));
  }
  await(filesystems, [&] { return sizes.asked().size() == 9; });
  for (int second = 0; second < 20; ++second) CHECK(!filesystems.at(1s));
  CHECK(sizes.asked().size() == 9);
  CHECK(filesystems.missing(kDemandMetric));
  sizes.hang({});
  await_demand(filesystems, 0.5);
}

TEST_CASE("a filesystem that hangs and is unmounted leaves no series") {
  HostTree host("host-small/a");
  host.write("proc/self/mountinfo", three_disks("4 1 8:4 / /far rw - ext4 /dev/d rw\n"));
  Sizes sizes = sizes_of_three_disks();
  sizes.answers->hanging = {"/far"};
  Looked filesystems(make_filesystem_collector(sizes.options(host)));
  REQUIRE(filesystems.at(0s));
  await(filesystems, [&] { return sizes.asked_for("/far", 1); });
  for (int second = 1; second <= 5; ++second) static_cast<void>(filesystems.at(1s));
  CHECK(filesystems.has(kStuck, {"/far"}));
  await(filesystems, [&] { return sizes.asked_for("/c", 2); });
  host.write("proc/self/mountinfo", three_disks());
  for (int second = 6; second <= 10; ++second) static_cast<void>(filesystems.at(1s));
  await(filesystems, [&] { return sizes.asked_for("/c", 3); });
  CHECK(!filesystems.has(kStuck, {"/far"}));
  CHECK(filesystems.at(1s));
}

TEST_CASE("network filesystems are asked where the configuration says so, each by itself") {
  HostTree host("host-small/a");
  host.write("proc/self/mountinfo", three_disks("4 1 0:41 / /far rw - nfs4 one:/x rw\n"
                                                "5 1 0:42 / /farther rw - fuse.sshfs two:/y rw\n"
                                                "6 1 0:43 / /auto rw - autofs systemd-1 rw\n"));
  Sizes sizes = sizes_of_three_disks();
  sizes.answers->hanging = {"/far"};
  CollectorOptions options = sizes.options(host);
  options.network_filesystems = true;
  Looked filesystems(make_filesystem_collector(options));
  look(filesystems, 0.3);  // a full server is not this host's to plan for
  await(filesystems, [&] { return sizes.asked_for("/far", 1); });
  await(filesystems, [&] { return filesystems.has(kUtilization, {"/farther"}); });
  CHECK(filesystems.value(kUtilization, {"/farther", "fuse.sshfs"}) == 0.95);
  for (int second = 1; second < 5; ++second) REQUIRE(filesystems.at(1s));
  CHECK(fails_with(filesystems.at(1s), ErrorCode::kUnavailable, "/far has not returned"));
  CHECK(filesystems.value(kStuck, {"/far"}) == 5);
  sizes.hang({});
  await(filesystems, [&] { return filesystems.has(kUtilization, {"/far"}); });
  CHECK(filesystems.value(kUtilization, {"/far"}) == 0.9);
  CHECK(filesystems.demand("DISK") == 0.3);
  CHECK(!sizes.asked().contains("/auto"));
}

TEST_CASE("more network filesystems than have a thread each are reported") {
  HostTree host("host-small/a");
  std::string far;
  for (int i = 10; i < 19; ++i) {
    const std::string n = std::to_string(i);
    far += n + " 1 0:" + n + " / /n" + n + " rw - nfs4 one:/x" + n + " rw\n";
  }
  host.write("proc/self/mountinfo", three_disks(far));
  Sizes sizes = sizes_of_three_disks();
  CollectorOptions options = sizes.options(host);
  options.network_filesystems = true;
  Looked filesystems(make_filesystem_collector(options));
  CHECK(fails_with(filesystems.at(0s), ErrorCode::kLimitExceeded, "8 filesystems that can hang"));
  await(filesystems, [&] { return sizes.asked().size() == 11; });
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
