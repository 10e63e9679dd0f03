// Which units have series when units come, go and change.
#include "agent/collectors/cgroup_tree.h"
#include "tests/unit/agent/services_fixture.h"

namespace headroom::agent {
namespace {

using namespace std::chrono_literals;
using test::fails_with;
using test::kCgroups;
using test::kMib;
using test::kNginx;
using test::kPhp;
using test::Looked;
using test::ServicesTree;

constexpr std::uint64_t kGib = 1 << 30;

bool tracked(const Looked& services, const std::string& unit) {
  return services.has("system.cgroup.memory.usage", {unit});
}

// So many seconds; how many of them changed the layout.
int pass(Looked& services, int seconds) {
  int changes = 0;
  for (int i = 0; i < seconds; ++i) {
    const auto before = services.sheet().layout_version();
    REQUIRE(services.at(1s));
    changes += services.sheet().layout_version() != before ? 1 : 0;
  }
  return changes;
}

TEST_CASE("of many units the largest have series, and one that grows takes a place") {
  ServicesTree host;
  host.unit("/system.slice/large.service", 4 * kGib);
  host.unit("/system.slice/middle.service", 2 * kGib);
  host.unit("/system.slice/small.service", 1 * kGib);
  Looked services(make_services_collector(host.with_rules({}, 2)));
  REQUIRE(services.at(0s));
  CHECK(tracked(services, "large.service"));
  CHECK(tracked(services, "middle.service"));
  CHECK(!tracked(services, "small.service"));
  CHECK(!tracked(services, "nginx.service"));

  // Half as much more is not enough: each change costs a layout.
  host.unit("/system.slice/small.service", 5 * kGib / 2);
  CHECK(pass(services, 60) == 0);
  CHECK(!tracked(services, "small.service"));
  host.unit("/system.slice/small.service", 8 * kGib);
  CHECK(pass(services, 60) == 1);  // who goes and who comes do so together
  CHECK(tracked(services, "small.service"));
  CHECK(!tracked(services, "middle.service"));
}

TEST_CASE("a unit that computes goes above one that only remembers") {
  ServicesTree host;
  host.unit("/system.slice/large.service", 4 * kGib);
  host.unit("/system.slice/busy.service", kGib / 16);
  Looked services(make_services_collector(host.with_rules({}, 1)));
  REQUIRE(services.at(0s));
  CHECK(tracked(services, "large.service"));
  std::uint64_t used_us = 0;
  for (int i = 0; i < 60; ++i) {
    host.unit("/system.slice/busy.service", kGib / 16, used_us += 2'000'000);  // half the host
    REQUIRE(services.at(1s));
  }
  CHECK(tracked(services, "busy.service"));
  CHECK(!tracked(services, "large.service"));
}

TEST_CASE("the set changes every thirty seconds at most") {
  ServicesTree host;
  Looked services(make_services_collector(host.with_rules({}, 100)));
  REQUIRE(services.at(0s));
  int changes = 0;
  for (int i = 0; i < 60; ++i) {
    host.unit("/system.slice/job-" + std::to_string(i) + ".service", kGib);
    changes += pass(services, 1);
  }
  CHECK(changes == 2);
}

TEST_CASE("a restarted unit keeps its columns, one that is gone leaves them after a minute") {
  ServicesTree host;
  Looked services(make_services_collector(host.with_rules(test::kWebAndShop)));
  REQUIRE(services.at(0s));
  const std::size_t live = services.live();
  host.remove(kNginx);
  CHECK(pass(services, 40) == 0);
  CHECK(services.missing("system.cgroup.memory.usage", {"nginx.service"}));
  CHECK(services.missing("system.cgroup.cpu.time", {"nginx.service", "user"}));
  // What is left of the service is all of it.
  CHECK(services.value(kDemandMetric, {"web", "MEMORY"}) == 200 * kMib);
  CHECK(services.value(kCapacityMetric, {"web", "MEMORY"}) == 512 * kMib);
  SECTION("it comes back") {
    host.unit("/system.slice/nginx.service", kGib, 5'000'000);
    CHECK(pass(services, 15) == 0);
    CHECK(services.value("system.cgroup.memory.usage", {"nginx.service"}) == 1024 * kMib);
    CHECK(services.value("system.cgroup.cpu.time", {"nginx.service", "user"}) == 5);
    CHECK(services.value(kDemandMetric, {"web", "CPU"}) == 0);
    CHECK(services.live() == live);
  }
  SECTION("it does not") {
    CHECK(pass(services, 40) == 1);
    CHECK(!tracked(services, "nginx.service"));
    CHECK(services.has(kDemandMetric, {"web", "CPU"}));
  }
  SECTION("nor does the rest of its service") {
    host.remove(kPhp);
    pass(services, 120);
    CHECK(!services.has(kDemandMetric, {"web"}));
    CHECK(services.has(kDemandMetric, {"shop"}));
    CHECK(services.live() < live);
  }
}

TEST_CASE("a cgroup that is renamed is another one") {
  ServicesTree host;
  Looked services(make_services_collector(host.with_rules({{"nginx.service", "web"}})));
  REQUIRE(services.at(0s));
  std::filesystem::rename(host.root() + "/" + kNginx,
                          host.root() + "/" + kCgroups + "/system.slice/httpd.service");
  pass(services, 100);
  CHECK(!tracked(services, "nginx.service"));
  CHECK(services.value("system.cgroup.memory.usage", {"httpd.service"}) == 400 * kMib);
  CHECK(!services.has(kDemandMetric, {"web"}));
}

TEST_CASE("two units of one name do not share their series") {
  ServicesTree host;
  host.unit("/a.slice/twin.service", kGib);
  host.unit("/b.slice/twin.service", 2 * kGib);
  Looked services(make_services_collector(host.with_rules({{"twin.service", "twins"}})));
  REQUIRE(services.at(0s));
  CHECK(services.value("system.cgroup.memory.usage", {"twin.service"}) == kGib);
  CHECK(services.value("system.cgroup.memory.usage", {"b.slice/twin.service"}) == 2 * kGib);
  CHECK(services.value(kDemandMetric, {"twins", "MEMORY"}) == 3 * kGib);
}

TEST_CASE("a unit that comes below what was empty is found") {
  ServicesTree host;
  std::filesystem::create_directories(host.root() + "/" + kCgroups + "/machine.slice");
  Looked services(make_services_collector(host.with_rules({})));
  REQUIRE(services.at(0s));
  host.unit("/machine.slice/machine-qemu\\x2d1.scope", kGib);
  pass(services, 70);
  CHECK(tracked(services, "machine-qemu\\x2d1.scope"));
}

TEST_CASE("thousands of cgroups cost the series of twenty") {
  ServicesTree host;
  for (int i = 0; i < 1500; ++i) {
    host.write(kCgroups + "/system.slice/job-" + std::to_string(i) + ".scope/memory.current",
               std::to_string(1'000'000 + i) + "\n");
  }
  Looked services(make_services_collector(host.with_rules(test::kWebAndShop)));
  REQUIRE(services.at(0s));
  CHECK(services.live() < 500);
  CHECK(services.has(kDemandMetric, {"shop", "CPU"}));
  pass(services, 60);
  CHECK(services.live() < 500);
}

TEST_CASE("more cgroups than are looked after are told, and the known ones stay") {
  ServicesTree host;
  const ServiceRules rules({});
  const std::string root = host.root() + "/" + kCgroups;
  CgroupTree all(root, rules);
  REQUIRE(all.walk());
  CgroupTree tree(root, rules, all.size());
  REQUIRE(tree.walk());
  host.unit("/a.service", 1);
  CHECK(fails_with(tree.walk(), ErrorCode::kLimitExceeded, "has 1 cgroups more than the "));
  CHECK(tree.find("/system.slice/nginx.service") != nullptr);
  CHECK(tree.find("/a.service") == nullptr);
  host.remove(kNginx);
  CHECK(!tree.walk());
  REQUIRE(tree.walk());  // the one before it has made room
  CHECK(tree.find("/a.service") != nullptr);
  CHECK(tree.find("/system.slice/nginx.service") == nullptr);
}

TEST_CASE("a path that is too long is left out and told") {
  ServicesTree host;
  std::string path = kCgroups;
  for (int i = 0; i < 6; ++i) path += "/" + std::string(200, 'p');
  host.write(path + "/x.service/memory.current", "1\n");
  Looked services(make_services_collector(host.with_rules({})));
  CHECK(fails_with(services.at(0s), ErrorCode::kLimitExceeded, "1024 bytes of path"));
  CHECK(tracked(services, "nginx.service"));
}

TEST_CASE("a rule that matches more units than are measured is told") {
  ServicesTree host;
  for (int i = 0; i < 65; ++i) {
    host.unit("/system.slice/w-" + std::to_string(i) + ".service", kGib / 1024);
  }
  Looked services(make_services_collector(host.with_rules({{"w-*.service", "workers"}})));
  CHECK(fails_with(services.at(0s), ErrorCode::kLimitExceeded, "services.map match 65 cgroups"));
  CHECK(services.value(kDemandMetric, {"workers", "MEMORY"}) == 64 * kMib);
}

}  // namespace
}  // namespace headroom::agent
