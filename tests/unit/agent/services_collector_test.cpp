// The figures of the fixtures are worked out in tests/fixtures/README.md.
#include "tests/unit/agent/services_fixture.h"

namespace headroom::agent {
namespace {

using namespace std::chrono_literals;
using test::kCgroups;
using test::kMib;
using test::kNginx;
using test::kPhp;
using test::kWebAndShop;
using test::Looked;
using test::ServicesTree;

TEST_CASE("the units of a service are one demand and one capacity") {
  ServicesTree host;
  Looked services(make_services_collector(host.with_rules(kWebAndShop)));
  REQUIRE(services.at(0s));
  CHECK(services.missing(kDemandMetric, {"web", "CPU"}));
  CHECK(services.value(kDemandMetric, {"web", "MEMORY"}) == 500 * kMib);
  host.next();
  REQUIRE(services.at(1s));
  CHECK(services.value(kDemandMetric, {"web", "CPU"}) == 0.75);
  CHECK(services.value(kCapacityMetric, {"web", "CPU"}) == 4);  // nginx has no quota: the host
  CHECK(services.value(kCapacityMetric, {"web", "MEMORY"}) == 16 * 1024 * kMib);
  CHECK(services.value(kDemandMetric, {"shop", "CPU"}) == 0.6);
  CHECK(services.value(kCapacityMetric, {"shop", "CPU"}) == 1.5);
  CHECK(services.value(kDemandMetric, {"shop", "MEMORY"}) == 384 * kMib);
  CHECK(services.value(kCapacityMetric, {"shop", "MEMORY"}) == 1536 * kMib);
  REQUIRE(services.at(1s));
  CHECK(services.value(kDemandMetric, {"web", "CPU"}) == 0);
  CHECK(services.value(kDemandMetric, {"web", "MEMORY"}) == 520 * kMib);
}

TEST_CASE("limits above what the host has are none") {
  ServicesTree host;
  host.write(kPhp + "/cpu.max", "900000 100000\n");
  host.write(kPhp + "/memory.max", "68719476736\n");
  Looked services(make_services_collector(host.with_rules({{"php*", "php"}})));
  REQUIRE(services.at(0s));
  CHECK(services.value(kCapacityMetric, {"php", "CPU"}) == 4);
  CHECK(services.value(kCapacityMetric, {"php", "MEMORY"}) == 16 * 1024 * kMib);
  CHECK(services.value("system.cgroup.cpu.limit", {"php8.2-fpm.service"}) == 9);
}

TEST_CASE("each unit has series of its own, under its service's name if it has one") {
  ServicesTree host;
  Looked services(make_services_collector(host.with_rules(kWebAndShop)));
  REQUIRE(services.at(0s));
  const auto of = [&](const char* metric, std::initializer_list<std::string_view> values) {
    return services.value(metric, values);
  };
  CHECK(of("system.cgroup.cpu.time", {"nginx.service", "web", "user"}) == 60);
  CHECK(of("system.cgroup.cpu.time", {"nginx.service", "system"}) == 40);
  CHECK(of("system.cgroup.memory.usage", {"nginx.service"}) == 400 * kMib);
  CHECK(of("system.cgroup.memory.working_set", {"nginx.service"}) == 300 * kMib);
  CHECK(of("system.cgroup.disk.io", {"nginx.service", "read"}) == 1'052'672);
  CHECK(of("system.cgroup.disk.io", {"nginx.service", "write"}) == 2'105'344);
  CHECK(of("system.cgroup.disk.operations", {"nginx.service", "read"}) == 11);
  CHECK(of("system.cgroup.disk.operations", {"nginx.service", "write"}) == 22);
  CHECK(of("system.cgroup.tasks", {"nginx.service"}) == 9);
  CHECK(of("system.cgroup.tasks.limit", {"nginx.service"}) == 4915);
  CHECK(of("system.cgroup.pressure.cpu", {"nginx.service", "some"}) == 1.5);
  CHECK(of("system.cgroup.pressure.cpu", {"nginx.service", "full"}) == 0.25);
  CHECK(of("system.cgroup.pressure.memory", {"nginx.service", "some"}) == 0);
  CHECK(of("system.cgroup.pressure.io", {"nginx.service", "full"}) == 0.03);
  CHECK(!services.has("system.cgroup.cpu.limit", {"nginx.service"}));
  CHECK(!services.has("system.cgroup.memory.limit", {"nginx.service"}));
  CHECK(!services.has("system.cgroup.cpu.periods", {"nginx.service"}));

  CHECK(of("system.cgroup.cpu.limit", {"php8.2-fpm.service"}) == 1.5);
  CHECK(of("system.cgroup.cpu.periods", {"php8.2-fpm.service"}) == 6000);
  CHECK(of("system.cgroup.cpu.throttled.periods", {"php8.2-fpm.service"}) == 120);
  CHECK(of("system.cgroup.cpu.throttled.time", {"php8.2-fpm.service"}) == 3.5);
  CHECK(of("system.cgroup.memory.limit", {"php8.2-fpm.service"}) == 512 * kMib);
  CHECK(of("system.cgroup.memory.oom_events", {"php8.2-fpm.service"}) == 4);
  CHECK(of("system.cgroup.memory.oom_kills", {"php8.2-fpm.service"}) == 2);

  CHECK(of("system.cgroup.cpu.time", {"init.scope", "system"}) == 4);
  CHECK(!services.has("system.cgroup.memory.usage", {"init.scope"}));  // no controller: no series
  CHECK(!services.has("system.cgroup.cpu.time", {"init.scope", "web"}));
}

TEST_CASE("processor time is read each second, the rest after five, limits after ten") {
  ServicesTree host;
  Looked services(make_services_collector(host.with_rules(kWebAndShop)));
  REQUIRE(services.at(0s));
  const auto layout = services.sheet().layout_version();
  host.next();
  host.write(kPhp + "/cpu.max", "300000 100000\n");
  REQUIRE(services.at(1s));
  CHECK(services.value("system.cgroup.cpu.time", {"nginx.service", "user"}) == 60.15);
  CHECK(services.value("system.cgroup.cpu.throttled.periods", {"php8.2-fpm.service"}) == 125);
  CHECK(services.value("system.cgroup.disk.io", {"nginx.service", "read"}) == 1'052'672);
  for (int i = 0; i < 4; ++i) REQUIRE(services.at(1s));
  CHECK(services.value("system.cgroup.disk.io", {"nginx.service", "read"}) == 2'101'248);
  CHECK(services.value("system.cgroup.disk.operations", {"nginx.service", "write"}) == 55);
  CHECK(services.value("system.cgroup.memory.oom_kills", {"php8.2-fpm.service"}) == 3);
  CHECK(services.value("system.cgroup.pressure.cpu", {"nginx.service", "some"}) == 1.6);
  for (int i = 0; i < 5; ++i) REQUIRE(services.at(1s));
  CHECK(services.value("system.cgroup.cpu.limit", {"php8.2-fpm.service"}) == 3);
  CHECK(services.sheet().layout_version() == layout);
}

TEST_CASE("what is in a unit or pod is a part of it, unless a rule names it") {
  ServicesTree host;
  const std::string notes = "user.slice/user-1000.slice/user@1000.service/app.slice/notes.service";
  SECTION("no rule") {
    Looked services(make_services_collector(host.with_rules({})));
    REQUIRE(services.at(0s));
    CHECK(services.has("system.cgroup.memory.usage", {"user@1000.service"}));
    CHECK(!services.has("system.cgroup.memory.usage", {notes}));
    CHECK(services.value("system.cgroup.memory.usage",
                         {"kubepods-burstable-pod0c1d2e3f_4455_6677_8899_aabbccddeeff.slice"}) ==
          600 * kMib);
    CHECK(!services.has("system.cgroup.memory.usage",
                        {"cri-containerd-9c8d7e6f9c8d7e6f9c8d7e6f9c8d7e6f"
                         "9c8d7e6f9c8d7e6f9c8d7e6f9c8d7e6f.scope"}));
    CHECK(!services.has(kDemandMetric));
  }
  SECTION("a rule for an inner one") {
    Looked services(make_services_collector(host.with_rules({{"notes.service", "notes"}})));
    REQUIRE(services.at(0s));
    CHECK(services.value("system.cgroup.memory.usage", {notes, "notes"}) == 20 * kMib);
    CHECK(services.has("system.cgroup.memory.usage", {"user@1000.service"}));
  }
  SECTION("a rule for all pods counts each of them once") {
    Looked services(make_services_collector(host.with_rules({{"/kubepods.slice/**", "k8s"}})));
    REQUIRE(services.at(0s));
    // The slice of all burstable pods is the topmost match, and it has no files here.
    CHECK(services.missing(kDemandMetric, {"k8s", "MEMORY"}));
    host.unit("/kubepods.slice/kubepods-burstable.slice", 700 << 20);
    for (int i = 0; i < 70; ++i) REQUIRE(services.at(1s));
    CHECK(services.value(kDemandMetric, {"k8s", "MEMORY"}) == 700 * kMib);
  }
}

TEST_CASE("version 1 has the same series from other files") {
  ServicesTree host("host-cgroup-v1");
  Looked services(make_services_collector(host.with_rules({{"postgresql.service", "db"}})));
  REQUIRE(services.at(0s));
  host.next();
  REQUIRE(services.at(1s));
  CHECK(services.value(kDemandMetric, {"db", "CPU"}) == 0.5);
  CHECK(services.value(kCapacityMetric, {"db", "CPU"}) == 2);
  CHECK(services.value(kDemandMetric, {"db", "MEMORY"}) == 512 * kMib);
  CHECK(services.value(kCapacityMetric, {"db", "MEMORY"}) == 2048 * kMib);
  CHECK(services.value("system.cgroup.cpu.time", {"postgresql.service", "user"}) == 60.4);
  CHECK(services.value("system.cgroup.cpu.throttled.periods", {"postgresql.service"}) == 40);
  CHECK(services.value("system.cgroup.cpu.throttled.time", {"postgresql.service"}) == 2.5);
  CHECK(services.value("system.cgroup.memory.oom_kills", {"postgresql.service"}) == 1);
  CHECK(services.value("system.cgroup.disk.io", {"postgresql.service", "read"}) == 1'004'544);
  CHECK(services.value("system.cgroup.disk.operations", {"postgresql.service", "write"}) == 2);
  CHECK(services.value("system.cgroup.tasks", {"postgresql.service"}) == 17);
  CHECK(!services.has("system.cgroup.pressure.cpu"));
  CHECK(!services.has("system.cgroup.memory.oom_events"));
  // A unit without processor accounting has what it has.
  CHECK(services.value("system.cgroup.memory.usage", {"ssh.service"}) == 8 * kMib);
  CHECK(!services.has("system.cgroup.memory.limit", {"ssh.service"}));
  CHECK(!services.has("system.cgroup.cpu.time", {"ssh.service"}));
}

TEST_CASE("a hybrid host's time and pressure are of version 2, and its controllers of version 1") {
  ServicesTree host("host-cgroup-hybrid");
  Looked services(make_services_collector(host.with_rules({{"redis.service", "cache"}})));
  REQUIRE(services.at(0s));
  host.next();
  REQUIRE(services.at(1s));
  CHECK(services.value(kDemandMetric, {"cache", "CPU"}) == 0.75);
  CHECK(services.value(kCapacityMetric, {"cache", "CPU"}) == 2);
  CHECK(services.value(kDemandMetric, {"cache", "MEMORY"}) == 200 * kMib);
  CHECK(services.value("system.cgroup.pressure.cpu", {"redis.service", "some"}) == 2);
  CHECK(services.value("system.cgroup.tasks", {"redis.service"}) == 4);
  CHECK(!services.has("system.cgroup.tasks.limit"));
  // A container that its runtime made in version 1 only.
  const std::string docker =
      "docker/0badcafe0badcafe0badcafe0badcafe0badcafe0badcafe0badcafe0badcafe";
  CHECK(services.value("system.cgroup.cpu.time", {docker, "user"}) == 3);
  CHECK(!services.has("system.cgroup.cpu.limit", {docker}));
}

TEST_CASE("a host without cgroups has no services and no failure") {
  test::HostTree host("host-small/a");
  Looked services(make_services_collector(host.options()));
  for (int i = 0; i < 30; ++i) REQUIRE(services.at(1s));
  CHECK(services.live() == 0);
}

TEST_CASE("a file of a cgroup that is not in its form is named, and its values are missing") {
  struct Case {
    std::string file;
    std::string text;
    std::string metric;
  };
  const std::string unit = "php8.2-fpm.service";
  for (const Case& bad : std::vector<Case>{
           {"cpu.stat", "usage_usec x\nuser_usec 1\nsystem_usec 1\n", "system.cgroup.cpu.time"},
           {"cpu.stat", "usage_usec 7\n", "system.cgroup.cpu.time"},
           {"cpu.stat", "", "system.cgroup.cpu.time"},
           {"cpu.max", "1500 \n", "system.cgroup.cpu.limit"},
           {"cpu.max", "0 100000\n", "system.cgroup.cpu.limit"},
           {"memory.current", "-5\n", "system.cgroup.memory.usage"},
           {"memory.stat", "anon 5\n", "system.cgroup.memory.working_set"},
           {"memory.max", "many\n", "system.cgroup.memory.limit"},
           {"memory.events", "oom 3\noom_kill -\n", "system.cgroup.memory.oom_kills"},
           {"io.stat", "8:0 rbytes=1 wbytes=2,5\n", "system.cgroup.disk.io"},
           {"pids.current", "five\n", "system.cgroup.tasks"},
           {"pids.max", "\n", "system.cgroup.tasks.limit"},
           {"cpu.pressure", "some avg10=0.00\n", "system.cgroup.pressure.cpu"},
           {"memory.pressure", "some total=1\nfull total=\n", "system.cgroup.pressure.memory"}}) {
    INFO(bad.file << ": " << bad.text);
    ServicesTree host;
    Looked services(make_services_collector(host.with_rules(kWebAndShop)));
    REQUIRE(services.at(0s));
    host.write(kPhp + "/" + bad.file, bad.text);
    Status status;
    for (int i = 0; i < 12; ++i) {
      const Status now = services.at(1s);
      if (!now) status = now;
    }
    CHECK(test::fails_with(status, ErrorCode::kCorruption,
                           "/php8.2-fpm.service/" + bad.file + " is not in the form"));
    CHECK((!services.has(bad.metric, {unit}) || services.missing(bad.metric, {unit})));
    CHECK(!services.missing("system.cgroup.memory.usage", {"nginx.service"}));
  }
}

TEST_CASE("a service with a unit that cannot be read has no demand rather than a wrong one") {
  ServicesTree host;
  Looked services(make_services_collector(host.with_rules(kWebAndShop)));
  REQUIRE(services.at(0s));
  host.write(kPhp + "/memory.stat", "nonsense\n");
  host.write(kPhp + "/cpu.stat", "nonsense\n");
  for (int i = 0; i < 5; ++i) CHECK(!services.at(1s));
  CHECK(services.missing(kDemandMetric, {"web", "CPU"}));
  CHECK(services.missing(kDemandMetric, {"web", "MEMORY"}));
  CHECK(services.value(kDemandMetric, {"shop", "CPU"}) == 0);
}

TEST_CASE("a limit that cannot be read is no capacity") {
  ServicesTree host;
  host.write(kPhp + "/cpu.max", "fast 100000\n");
  Looked services(make_services_collector(host.with_rules({{"php*", "php"}})));
  CHECK(test::fails_with(services.at(0s), ErrorCode::kCorruption, "/cpu.max"));
  CHECK(services.missing(kCapacityMetric, {"php", "CPU"}));
  CHECK(services.value(kCapacityMetric, {"php", "MEMORY"}) == 512 * kMib);
}

TEST_CASE("a file that is larger than any cgroup's is refused") {
  ServicesTree host;
  host.write(kNginx + "/memory.stat", std::string(40'000, 'x'));
  Looked services(make_services_collector(host.with_rules({})));
  CHECK(test::fails_with(services.at(0s), ErrorCode::kLimitExceeded, "nginx.service/memory.stat"));
}

TEST_CASE("a device that leaves takes no transfers back") {
  ServicesTree host;
  Looked services(make_services_collector(host.with_rules({})));
  REQUIRE(services.at(0s));
  host.write(kNginx + "/io.stat", "253:0 rbytes=8192 wbytes=8192 rios=2 wios=2 dbytes=0 dios=0\n");
  for (int i = 0; i < 5; ++i) REQUIRE(services.at(1s));
  CHECK(services.value("system.cgroup.disk.io", {"nginx.service", "read"}) == 1'052'672);
  host.write(kNginx + "/io.stat", "253:0 rbytes=9192 wbytes=8192 rios=2 wios=2 dbytes=0 dios=0\n");
  for (int i = 0; i < 5; ++i) REQUIRE(services.at(1s));
  CHECK(services.value("system.cgroup.disk.io", {"nginx.service", "read"}) == 1'053'672);
}

}  // namespace
}  // namespace headroom::agent
