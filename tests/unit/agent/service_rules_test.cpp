#include "agent/collectors/service_rules.h"

#include "tests/support/catch.h"

namespace headroom::agent {
namespace {

TEST_CASE("a star stops at a slash and two do not") {
  CHECK(matches("postgresql*.service", "postgresql@15-main.service"));
  CHECK(matches("postgresql*.service", "postgresql.service"));
  CHECK(!matches("postgresql*.service", "postgresql.service.d"));
  CHECK(matches("*", "nginx.service"));
  CHECK(!matches("*", "system.slice/nginx.service"));
  CHECK(matches("/*/nginx.service", "/system.slice/nginx.service"));
  CHECK(!matches("/*/nginx.service", "/a/b/nginx.service"));
  CHECK(matches("/kubepods/**", "/kubepods/burstable/pod1/c1"));
  CHECK(matches("/kubepods/**", "/kubepods/pod1"));
  CHECK(!matches("/kubepods/**", "/kubepods"));
  CHECK(matches("**/app-*.scope", "/user.slice/a/b/app-x.scope"));
  CHECK(!matches("**/app-*.scope", "/user.slice/app-x/c.scope"));
  CHECK(matches("/**/x/*/z", "/a/x/b/x/c/z"));
  CHECK(!matches("/**/x/*/z", "/a/x/b/c/z"));
  CHECK(matches("worker-?.service", "worker-7.service"));
  CHECK(!matches("worker-?.service", "worker-77.service"));
  CHECK(!matches("a?b", "a/b"));
  CHECK(matches("machine-qemu\\x2d1.scope", "machine-qemu\\x2d1.scope"));
  CHECK(!matches("", "a"));
  CHECK(matches("", ""));
}

TEST_CASE("a pattern full of stars ends soon") {
  CHECK(!matches("*a*a*a*a*a*a*a*a*a*a*a*b", std::string(512, 'a')));
  CHECK(!matches("**a**a**a**a**a**a**a**a**b", std::string(512, 'a')));
}

TEST_CASE("the longest pattern that matches names the service") {
  const ServiceRules rules({{"*.service", "rest"},
                            {"nginx*.service", "web"},
                            {"/system.slice/nginx-admin.service", "admin"}});
  CHECK(rules.service_of("/system.slice/nginx.service") == "web");
  CHECK(rules.service_of("/system.slice/nginx-admin.service") == "admin");
  CHECK(rules.service_of("/other.slice/nginx-admin.service") == "web");
  CHECK(rules.service_of("/system.slice/cron.service") == "rest");
  CHECK(!rules.service_of("/system.slice"));
  CHECK(ServiceRules({}).empty());
}

TEST_CASE("units and containers are told from what is around them") {
  const std::string id(64, 'a');
  CHECK(is_unit("/system.slice/cron.service"));
  CHECK(is_unit("/init.scope"));
  CHECK(is_unit("/system.slice/docker-" + id + ".scope"));
  CHECK(is_unit("/docker/" + id));
  CHECK(is_unit("/lxc.payload.web"));
  CHECK(is_unit("/kubepods/besteffort/pod0c1d2e3f"));
  CHECK(is_unit("/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod0c1d.slice"));
  CHECK(!is_unit("/kubepods.slice/kubepods-burstable.slice"));
  CHECK(!is_unit("/system.slice"));
  CHECK(!is_unit("/docker"));
  CHECK(!is_unit("/system.slice/podman"));
}

TEST_CASE("a unit's name is short where it cannot stand twice") {
  CHECK(unit_name("/init.scope") == "init.scope");
  CHECK(unit_name("/system.slice/cron.service") == "cron.service");
  CHECK(unit_name("/user.slice/user-1.slice/user@1.service/app.slice/x.service") ==
        "user.slice/user-1.slice/user@1.service/app.slice/x.service");
  CHECK(unit_name("/docker/abc") == "docker/abc");
}

}  // namespace
}  // namespace headroom::agent
