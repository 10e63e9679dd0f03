// Filesystems that hang, at home and on the network: the others are measured on.
#include "agent/collectors/mount_table.h"
#include "tests/unit/agent/filesystem_fixture.h"

namespace headroom::agent {
namespace {

using namespace std::chrono_literals;
using namespace test;

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

}  // namespace
}  // namespace headroom::agent
