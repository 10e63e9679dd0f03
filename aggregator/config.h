// The aggregator's configuration, with every default.
#pragma once

#include <chrono>
#include <map>
#include <string>

#include "aggregator/capacity/monitor.h"
#include "common/base/result.h"
#include "common/config/config.h"

namespace headroom::aggregator {

struct Config {
  std::string log_level = "info";
  std::string store_path = "/var/lib/headroom/store";
  std::int64_t store_head_mib = 48;
  std::int64_t store_cache_mib = 32;
  std::chrono::milliseconds store_flush_interval{7'200'000};
  std::chrono::milliseconds store_retention_raw{7 * 86'400'000LL};
  std::chrono::milliseconds store_retention_1m{90 * 86'400'000LL};
  std::chrono::milliseconds store_retention_1h{1825 * 86'400'000LL};
  std::int64_t store_max_gib = 0;
  std::int64_t store_reserve_mib = 256;
  std::int64_t store_series_max = 5'000'000;
  std::int64_t store_series_per_host_max = 20'000;
  std::string store_backup_path = "/var/lib/headroom/backup";
  std::int64_t store_query_threads = 0;
  std::string ingest_listen = "tcp://*:5570";
  std::string ingest_key_file = "/etc/headroom/aggregator.key";
  std::string authorized_agents = "/etc/headroom/authorized_agents.d";
  std::chrono::milliseconds batch_interval{5000};
  std::string admin_socket = "/run/headroom/admin.sock";
  std::string admin_group = "headroom";
  double warning_pct = 70;
  double critical_pct = 90;
  double hysteresis_pct = 5;
  double target_pct = 80;
  std::map<std::string, std::string>
      threshold_overrides;  // "CPU" or "web/CPU" → "warning/critical" in percent
  std::chrono::milliseconds stale_after{30'000};
  std::string calendar;  // of the forecasts; empty: none
  std::string calendars_path = "/var/lib/headroom/calendars";
  std::int64_t forecast_horizon_hours = 24;
  std::chrono::milliseconds forecast_refresh{900'000};
  std::string forecast_plugins_dir;  // empty: none
  std::chrono::milliseconds lead_time{600'000};
  std::chrono::milliseconds lookback{7 * 86'400'000};
  std::int64_t check_interval_seconds = 15;
  bool enable_auto_scaling = false;
  bool forecast_enabled = true;
  bool scaling_enabled = true;

  capacity::Monitor::Options monitor_options() const;
};

struct LoadedConfig {
  Config config;
  std::string description;  // every key with value and help, as YAML
};

Result<LoadedConfig> load_config(const std::string& path, const config::Environment& environment);

}  // namespace headroom::aggregator
