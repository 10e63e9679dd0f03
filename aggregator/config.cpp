#include "aggregator/config.h"

#include "common/base/text.h"

namespace headroom::aggregator {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kSecond{1000};
constexpr milliseconds kDay{86'400'000};
constexpr milliseconds kShortestRetention{7'200'000};  // one window of the store
constexpr milliseconds kLongestRetention = 36'500 * kDay;

// "75/95" → warning and critical; nothing where that is not what it says.
std::optional<std::pair<double, double>> parse_levels(const std::string& text) {
  const auto parts = split(text, '/');
  if (parts.size() != 2) return std::nullopt;
  const auto warning = parse_double(trim(parts[0]));
  const auto critical = parse_double(trim(parts[1]));
  if (!warning || !critical || *warning <= 0 || *warning > *critical || *critical > 1000)
    return std::nullopt;
  return std::pair(*warning, *critical);
}

bool is_override_key(const std::string& key) {
  const std::size_t slash = key.rfind('/');
  return parse_resource(slash == std::string::npos ? key : key.substr(slash + 1)).has_value();
}

void bind_thresholds(config::Binder& binder, Config& config) {
  binder.bind("thresholds.warning_pct", config.warning_pct, 1, 1000,
              "utilization from which a service is in WARNING");
  binder.bind("thresholds.critical_pct", config.critical_pct, 1, 1000,
              "utilization from which it is CRITICAL");
  binder.require("thresholds.warning_pct", config.warning_pct <= config.critical_pct,
                 "is above thresholds.critical_pct");
  binder.bind("thresholds.hysteresis_pct", config.hysteresis_pct, 0, 50,
              "how far below its threshold a level is left");
  binder.bind("thresholds.target_pct", config.target_pct, 1, 100,
              "utilization that capacity is planned for");
  binder.bind("thresholds.overrides", config.threshold_overrides,
              "WARNING/CRITICAL by resource or service/resource, for example {\"web/CPU\": 75/95}");
  for (const auto& [key, levels] : config.threshold_overrides) {
    binder.require("thresholds.overrides", is_override_key(key),
                   "'" + key + "' is neither RESOURCE nor SERVICE/RESOURCE");
    binder.require("thresholds.overrides", parse_levels(levels).has_value(),
                   "'" + levels + "' is not WARNING/CRITICAL in percent, such as 75/95");
  }
}

void bind_store(config::Binder& binder, Config& config) {
  binder.bind("store.path", config.store_path, "the folder of the store; one aggregator each");
  binder.bind("store.head_mib", config.store_head_mib, 1, 16'384,
              "committed batches in memory before they become chunks");
  binder.bind("store.cache_mib", config.store_cache_mib, 1, 65'536,
              "cache of blocks read from disk");
  binder.bind("store.flush_interval", config.store_flush_interval, kSecond, kDay,
              "the head becomes chunks at least so often");
  binder.bind("store.retention_raw", config.store_retention_raw, kShortestRetention,
              kLongestRetention, "how long samples are kept as they were measured");
  binder.bind("store.retention_1m", config.store_retention_1m, kShortestRetention,
              kLongestRetention, "how long one value a minute is kept");
  binder.bind("store.retention_1h", config.store_retention_1h, kShortestRetention,
              kLongestRetention, "how long one value an hour is kept");
  binder.require("store.retention_raw", config.store_retention_raw <= config.store_retention_1m,
                 "is longer than store.retention_1m");
  binder.require("store.retention_1m", config.store_retention_1m <= config.store_retention_1h,
                 "is longer than store.retention_1h");
  binder.bind("store.max_gib", config.store_max_gib, 0, 1'048'576,
              "beyond it the oldest windows are dropped, raw ones first; 0 = no limit");
  binder.bind("store.reserve_mib", config.store_reserve_mib, 0, 1'048'576,
              "so much of the disk stays free; below it nothing is acknowledged");
  binder.bind("store.series_max", config.store_series_max, 1, 4'000'000'000,
              "series in all; new ones beyond it are left out and reported");
  binder.bind("store.series_per_host_max", config.store_series_per_host_max, 1, 4'000'000'000,
              "series of one host; new ones beyond it are left out and reported");
  binder.require("store.series_per_host_max",
                 config.store_series_per_host_max <= config.store_series_max,
                 "is above store.series_max");
  binder.bind("store.backup_path", config.store_backup_path, "the folder that backups are made in");
  binder.require("store.backup_path", config.store_backup_path != config.store_path,
                 "is store.path; give backups a folder of their own");
  binder.bind("store.query_threads", config.store_query_threads, 0, 1024,
              "threads that one question may use; 0 = one per core");
}

void bind_analysis(config::Binder& binder, Config& config) {
  binder.bind("analysis.stale_after", config.stale_after, kSecond, kDay,
              "a host without a sample for so long does not count");
  binder.bind("analysis.forecast", config.forecast_enabled,
              "make forecasts and judge the outlook by them");
  binder.bind("analysis.calendar", config.calendar,
              "calendar that demand follows, for example XNYS; empty = none");
  binder.bind("analysis.calendars_path", config.calendars_path,
              "the folder of calendars, one YAML file each, besides those built in");
  binder.bind("analysis.forecast_horizon_hours", config.forecast_horizon_hours, 1, 24L * 400,
              "how far forecasts look");
  binder.bind("analysis.forecast_refresh", config.forecast_refresh, milliseconds(10'000), kDay,
              "how often they are made anew");
  binder.bind("analysis.forecast_plugins_dir", config.forecast_plugins_dir,
              "folder of forecasting models as shared objects, owned by root; empty = none");
  binder.bind("analysis.lead_time", config.lead_time, kSecond, 400 * kDay,
              "how long more capacity takes to arrive");
  binder.bind("analysis.lookback", config.lookback, milliseconds(3'600'000), 400 * kDay,
              "how far back demand is looked at to call a service over-provisioned");
  binder.bind("scaling.enabled", config.scaling_enabled, "evaluate the scaling rules");
  binder.bind("scaling.check_interval_seconds", config.check_interval_seconds, 1, 3600,
              "how often the rules are evaluated");
  binder.bind("scaling.enable_auto_scaling", config.enable_auto_scaling,
              "execute actions without a person; false: propose only");
  binder.require("scaling.enable_auto_scaling", !config.enable_auto_scaling,
                 "this version only proposes; set it to false");
}

}  // namespace

capacity::Monitor::Options Config::monitor_options() const {
  capacity::Monitor::Options options;
  options.thresholds = {warning_pct / 100, critical_pct / 100, hysteresis_pct / 100,
                        target_pct / 100};
  options.stale_after = stale_after;
  for (const auto& [key, text] : threshold_overrides) {
    capacity::Thresholds thresholds = options.thresholds;
    const auto levels = parse_levels(text);
    if (!levels) continue;
    thresholds.warning = levels->first / 100;
    thresholds.critical = levels->second / 100;
    const std::size_t slash = key.rfind('/');
    const auto resource = parse_resource(slash == std::string::npos ? key : key.substr(slash + 1));
    if (!resource) continue;
    const std::string service = slash == std::string::npos ? "" : key.substr(0, slash + 1);
    options.special[service + std::string(to_string(*resource))] = thresholds;
  }
  return options;
}

Result<LoadedConfig> load_config(const std::string& path, const config::Environment& environment) {
  Config config;
  config::Binder binder(path, environment);
  binder.bind("log_level", config.log_level, "trace, debug, info, warning or error");
  bind_store(binder, config);
  binder.bind("ingest.listen", config.ingest_listen,
              "where agents connect, tcp://ADDRESS:PORT; * for all addresses");
  binder.bind("ingest.key_file", config.ingest_key_file, "this aggregator's keys, mode 0600");
  binder.bind("ingest.authorized_agents", config.authorized_agents,
              "folder of NAME.pub files: who may send");
  binder.bind("ingest.batch_interval", config.batch_interval, kSecond, milliseconds(60'000),
              "how often agents are asked to send");
  binder.bind("admin.socket", config.admin_socket, "the Unix socket of the API");
  binder.bind("admin.group", config.admin_group, "the group whose members may use it");
  bind_thresholds(binder, config);
  bind_analysis(binder, config);
  binder.require(
      "analysis.stale_after", config.stale_after > 2 * config.batch_interval,
      "must be more than twice ingest.batch_interval, or hosts would look silent between batches");
  binder.require("analysis.lead_time",
                 config.lead_time <= std::chrono::hours(config.forecast_horizon_hours),
                 "is longer than analysis.forecast_horizon_hours");
  if (auto finished = binder.finish(); !finished) return fail(finished.error());
  return LoadedConfig{config, binder.describe()};
}

}  // namespace headroom::aggregator
