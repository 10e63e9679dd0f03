#include "agent/config.h"

#include <array>
#include <unistd.h>

#include "agent/collectors/collector.h"
#include "agent/collectors/service_rules.h"
#include "agent/scrape/options.h"
#include "agent/statsd/sockets.h"
#include "common/base/text.h"
#include "common/model/resource.h"

namespace headroom::agent {
namespace {

constexpr std::size_t kHostAttributes =
    20;  // limits::kAttributesPerSeries less the collectors' own

constexpr std::int64_t kMaxUnmappedUnits = 32;  // each holds a dozen files open

std::string host_name() {
  std::array<char, 256> name{};
  if (::gethostname(name.data(), name.size() - 1) != 0 || name[0] == '\0') return "host";
  return name.data();
}

// tcp://HOST:PORT with a port that there is, or ipc://PATH.
bool is_endpoint(const std::string& text) {
  if (text.rfind("ipc://", 0) == 0) return text.size() > 6;
  const std::size_t colon = text.rfind(':');
  if (text.rfind("tcp://", 0) != 0 || colon <= 6) return false;
  const auto port = parse_int(text.substr(colon + 1));
  return port && *port >= 1 && *port <= 65535;
}

void bind_applications(Config& config, config::Binder& binder) {
  using std::chrono::milliseconds;
  binder.bind("gpu.nvml_library", config.nvml_library,
              "path of NVIDIA's management library (default: the linker's libnvidia-ml.so.1)");
  binder.bind("statsd.socket", config.statsd_socket,
              "Unix datagram socket that applications write StatsD lines to; empty: none");
  binder.bind("statsd.udp", config.statsd_udp,
              "loopback address and UDP port for the same; empty: none");
  binder.require("statsd.udp", config.statsd_udp.empty() || statsd::is_loopback(config.statsd_udp),
                 "must be 127.0.0.1:PORT or [::1]:PORT: anybody who reaches it can write metrics");
  binder.bind("statsd.resources", config.statsd_resources,
              "metrics that are the demand of QUEUE_DEPTH or API_CALLS, with a capacity if known");
  for (const auto& [metric, rule] : config.statsd_resources) {
    const auto parsed = statsd::parse_resource_rule(metric, rule);
    binder.require("statsd.resources", parsed.has_value(),
                   parsed ? "" : metric + ": " + parsed.error().message);
  }
  binder.bind("scrape.targets", config.scrape_targets,
              "Prometheus endpoints of this host, http://127.0.0.1:PORT/PATH");
  for (const std::string& target : config.scrape_targets) {
    binder.require("scrape.targets", scrape::local_authority(target).has_value(),
                   "'" + target + "' is not http://127.0.0.1:PORT/PATH");
  }
  binder.require("scrape.targets", config.scrape_targets.size() <= scrape::kMaxTargets,
                 "may have " + std::to_string(scrape::kMaxTargets) + " entries");
  binder.bind("scrape.metrics", config.scrape_metrics,
              "which of their metrics: names, or beginnings that end in * (default: all)");
  binder.bind("scrape.interval", config.scrape_interval, milliseconds(1000),
              milliseconds(3'600'000), "how often they are fetched");
}

void bind_services(config::Binder& binder, Config& config) {
  binder.bind("services.map", config.service_rules,
              "units and containers that are services of their own, pattern: service");
  binder.require("services.map", config.service_rules.size() <= kMaxServiceRules,
                 "may have " + std::to_string(kMaxServiceRules) + " entries");
  for (const auto& [pattern, service] : config.service_rules) {
    const Series named{"service", "", Kind::kGauge, {{std::string(kServiceAttribute), service}}};
    binder.require("services.map", !pattern.empty(), "a pattern must not be empty");
    binder.require("services.map", !service.empty() && validate(named),
                   "'" + service + "', the service of '" + pattern + "', is no name");
    // Its demand and the host's would be one series.
    binder.require("services.map", service != config.service,
                   "'" + service + "' is the service of the whole host, see host.service");
  }
  binder.bind("services.top", config.unmapped_units, 0, kMaxUnmappedUnits,
              "how many of the other units and containers have series, the busiest ones");
}

}  // namespace

Attributes Config::host_attributes() const {
  Attributes all;
  for (const auto& [key, value] : attributes) all.push_back({key, value});
  all.push_back({std::string(kServiceAttribute), service});
  normalize(all);
  return all;
}

Result<LoadedConfig> load_config(const std::string& path, const config::Environment& environment) {
  using std::chrono::milliseconds;
  Config config;
  config.service = host_name();
  config::Binder binder(path, environment);
  binder.bind("log_level", config.log_level, "trace, debug, info, warning or error");
  binder.bind("server.endpoint", config.endpoint, "where the aggregator listens, tcp://HOST:PORT");
  binder.require("server.endpoint", is_endpoint(config.endpoint), "must look like tcp://HOST:PORT");
  binder.bind("server.public_key_file", config.server_public_key_file,
              "the aggregator's public key");
  binder.bind("identity.key_file", config.key_file, "this agent's own keys, mode 0600");
  binder.bind("host.service", config.service,
              "the service that this host is an instance of (default: its name)");
  binder.require("host.service", !config.service.empty(), "must not be empty");
  binder.bind("host.attributes", config.attributes,
              "more about this host, added to each of its series");
  binder.bind("sample.interval", config.sample_interval, milliseconds(100), milliseconds(3'600'000),
              "the sampling grid: samples are taken at its multiples since 1970");
  binder.bind("push.batch_interval", config.batch_interval, milliseconds(100),
              milliseconds(3'600'000),
              "how often batches leave until the aggregator says otherwise");
  binder.bind("push.backlog_mib", config.backlog_mib, 1, 32,
              "memory for batches that are not acknowledged; beyond it the oldest are given up and "
              "reported as a gap");
  binder.bind("spool.path", config.spool.path,
              "folder for what cannot be sent for a while; empty: it waits in memory only");
  binder.bind("spool.limit_mib", config.spool.limit_mib, 1, 65'536,
              "its size; beyond it the oldest is thinned to means of a minute, then given up");
  binder.bind("spool.keep_free_mib", config.spool.keep_free_mib, 0, 1'048'576,
              "so much stays free on that filesystem");
  binder.bind("push.stop_timeout", config.stop_timeout, milliseconds(0), milliseconds(60'000),
              "how long a stop waits for the last acknowledgement");
  binder.bind("budget.cpu_percent", config.budget_cpu_percent, 0.01, 100,
              "of one core: before the agent uses more, optional collectors are left out");
  binder.bind("budget.memory_mib", config.budget_memory_mib, 8, 4096,
              "resident: before the agent uses more, optional collectors are left out");
  for (const CollectorEntry& entry : collector_registry()) {
    bool& enabled = config.collectors[std::string(entry.name)];
    enabled = entry.enabled_by_default;
    binder.bind("collectors." + std::string(entry.name), enabled, entry.description);
  }
  binder.bind(
      "filesystem.ignored_types", config.ignored_filesystem_types,
      "filesystem types without series of their own (default: virtual and network filesystems)");
  binder.bind("filesystem.network", config.network_filesystems,
              "measure network filesystems and FUSE too, each on a thread that may hang");
  binder.bind("cpu.core_frequency", config.core_frequency,
              "the clock frequency of each core beside the average");
  binder.bind(
      "devices.ignored_prefixes", config.ignored_device_prefixes,
      "device names that begin like this get no series (default: containers' and virtual ones)");
  binder.bind("network.link_speed_mbit", config.link_speed_mbit,
              "link speed where the driver does not tell it, by device or \"*\" for all others");
  for (const auto& [device, speed] : config.link_speed_mbit) {
    const auto number = parse_double(speed);
    binder.require("network.link_speed_mbit", number && *number > 0,
                   "the speed of '" + device + "' must be above zero");
  }
  bind_applications(config, binder);
  bind_services(binder, config);
  binder.bind("root", config.root, "prefix of /proc and /sys, for recorded trees");
  binder.require(
      "host.attributes", config.attributes.size() <= kHostAttributes,
      "may have " + std::to_string(kHostAttributes) + " entries: series carry some of their own");
  Series host{"host", "", Kind::kGauge, config.host_attributes()};
  if (auto valid = validate(host); !valid)
    binder.require("host.attributes", false, valid.error().message);
  if (auto finished = binder.finish(); !finished) return fail(finished.error());
  return LoadedConfig{config, binder.describe()};
}

}  // namespace headroom::agent
