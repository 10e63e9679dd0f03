// What the agent's configuration refuses.
#include "agent/config.h"

#include "agent/agent.h"
#include "tests/support/catch.h"
#include "tests/support/temp_folder.h"

namespace headroom::agent {
namespace {

Result<LoadedConfig> load(const std::string& yaml) {
  const headroom::test::TempFolder folder;
  return load_config(folder.write("agent.yaml", yaml),
                     [](const std::string&) { return std::nullopt; });
}

bool refuses(const std::string& yaml, const std::string& words) {
  const auto loaded = load(yaml);
  return !loaded && loaded.error().message.find(words) != std::string::npos;
}

TEST_CASE("applications are listened to and scraped on the loopback only") {
  CHECK(load("statsd.udp: '[::1]:8125'\nscrape.targets: ['http://127.0.0.1:9100/metrics']"));
  CHECK(load("statsd.udp: ''\nstatsd.socket: ''"));
  CHECK(refuses("statsd.udp: 0.0.0.0:8125", "statsd.udp: must be 127.0.0.1:PORT"));
  CHECK(refuses("scrape.targets: ['http://10.0.0.1:9100/']", "is not http://127.0.0.1:PORT/PATH"));
  std::string many = "scrape.targets: [";
  for (int i = 1; i <= 17; ++i) many += "'http://127.0.0.1:" + std::to_string(i) + "/',";
  CHECK(refuses(many + "]", "may have 16 entries"));
}

TEST_CASE("a metric is a resource that applications can tell about") {
  CHECK(load("statsd.resources: {orders: QUEUE_DEPTH/1000, calls: API_CALLS}"));
  CHECK(
      refuses("statsd.resources: {orders: CPU}", "orders: 'CPU' is not QUEUE_DEPTH or API_CALLS"));
  CHECK(refuses("statsd.resources: {orders: QUEUE_DEPTH/0}", "not a number above zero"));
}

TEST_CASE("collectors that need a decision are off by default") {
  const auto loaded = load("");
  REQUIRE(loaded);
  const auto& flags = loaded->config.collectors;
  CHECK(flags.at("gpu"));
  CHECK(!flags.at("statsd"));
  CHECK(!flags.at("prometheus"));
  for (const auto& named : make_collectors(loaded->config)) {
    CHECK(named.name != "statsd");
    CHECK(named.name != "prometheus");
  }
}

}  // namespace
}  // namespace headroom::agent
