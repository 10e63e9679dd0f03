// The agent's configuration, with every default. docs/configuration.md is made from what describe()
// prints.
#pragma once

#include <chrono>
#include <map>
#include <string>
#include <vector>

#include "common/base/result.h"
#include "common/config/config.h"
#include "common/model/series.h"

namespace headroom::agent {

struct Config {
  std::string log_level = "info";
  std::string endpoint = "tcp://127.0.0.1:5570";
  std::string server_public_key_file = "/etc/headroom/aggregator.pub";
  std::string key_file = "/etc/headroom/agent.key";
  std::string service;  // service.name; empty: the host's name
  std::map<std::string, std::string>
      attributes;  // more about this host, added to each of its series
  std::chrono::milliseconds sample_interval{1000};
  std::chrono::milliseconds batch_interval{5000};  // the aggregator may ask for another one
  std::chrono::milliseconds stop_timeout{
      3000};  // how long a stop waits for the last acknowledgement
  std::int64_t backlog_mib = 4;
  struct SpoolConfig {
    std::string path = "/var/lib/headroom-agent/spool";  // empty: none
    std::int64_t limit_mib = 64;
    std::int64_t keep_free_mib = 256;
    friend bool operator==(const SpoolConfig&, const SpoolConfig&) = default;
  } spool;
  std::map<std::string, bool> collectors;  // feature flag per collector, all of the registry
  std::vector<std::string> ignored_filesystem_types;  // empty: the collectors' own list
  bool network_filesystems = false;
  std::vector<std::string> ignored_device_prefixes;
  bool core_frequency = false;
  std::map<std::string, std::string> link_speed_mbit;  // device, or "*" → Mbit/s
  std::string nvml_library;                            // empty: the linker's libnvidia-ml.so.1
  std::string statsd_socket = "/run/headroom-agent/statsd.sock";  // empty: none
  std::string statsd_udp = "127.0.0.1:8125";                      // empty: none
  std::map<std::string, std::string>
      statsd_resources;  // metric → QUEUE_DEPTH or API_CALLS[/CAPACITY]
  std::vector<std::string> scrape_targets;
  std::vector<std::string> scrape_metrics;  // empty: all
  std::chrono::milliseconds scrape_interval{15'000};
  double budget_cpu_percent = 2;  // of one core
  std::int64_t budget_memory_mib = 48;
  std::map<std::string, std::string> service_rules;  // pattern of units or cgroups → service
  std::int64_t unmapped_units = 20;                  // most of those without a rule
  std::string root;  // where /proc and /sys are; a recorded tree in tests

  // service.name and the rest, as they travel in Hello.
  Attributes host_attributes() const;
};

struct LoadedConfig {
  Config config;
  std::string description;  // every key with value and help, as YAML
};

Result<LoadedConfig> load_config(const std::string& path, const config::Environment& environment);

}  // namespace headroom::agent
