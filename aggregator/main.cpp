// headroom-aggregator: takes in what agents measure, keeps it, forecasts, judges, proposes, and
// answers.
#include <atomic>
#include <cstdio>
#include <filesystem>
#include <string>
#include <sys/resource.h>

#include <CLI/CLI.hpp>
#include <asio/post.hpp>

#include "aggregator/analysis.h"
#include "aggregator/api/http_door.h"
#include "aggregator/api/rooms.h"
#include "aggregator/config.h"
#include "aggregator/forecast/plugin/loader.h"
#include "aggregator/forecast/registry.h"
#include "aggregator/ingest/router.h"
#include "aggregator/offline.h"
#include "aggregator/store/rocks/rocks_store.h"
#include "common/base/file.h"
#include "common/base/text.h"
#include "common/log/log.h"
#include "common/service/service.h"

namespace {

using namespace headroom;

constexpr int kMaxAgents = 20'000;  // libzmq's own default of 1023 sockets is too few

int failed(const Error& error) {
  std::fprintf(stderr, "headroom-aggregator: %s\n", error.message.c_str());
  return 1;
}

// A connection per agent and files of the store: as many as we may have.
void raise_file_limit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

store::rocks::Options store_options(const aggregator::Config& config) {
  store::rocks::Options options;
  options.path = config.store_path;
  options.head_bytes = static_cast<std::size_t>(config.store_head_mib) << 20;
  options.flush_interval = config.store_flush_interval;
  options.cache_bytes = static_cast<std::size_t>(config.store_cache_mib) << 20;
  options.retention_raw = config.store_retention_raw;
  options.retention_minute = config.store_retention_1m;
  options.retention_hour = config.store_retention_1h;
  options.max_bytes = static_cast<std::uint64_t>(config.store_max_gib) << 30;
  options.reserve_bytes = static_cast<std::uint64_t>(config.store_reserve_mib) << 20;
  options.limits = {static_cast<std::size_t>(config.store_series_max),
                    static_cast<std::size_t>(config.store_series_per_host_max)};
  options.threads = static_cast<unsigned>(config.store_query_threads);
  return options;
}

// Models of others join before any thread starts.
Status add_plugins(const std::string& folder) {
  if (folder.empty()) return {};
  auto models = forecast::load_plugins(folder, forecast::PluginOwner::kRoot);
  if (!models) return fail(models.error());
  for (const auto& model : *models)
    log::info("forecasting model {} from {}", model->name(), folder);
  return forecast::register_models(std::move(*models));
}

// The rooms in the order of the data's way; destroyed in reverse.
Status run(const std::string& config_path, const aggregator::Config& config) {
  const SystemClock clock;
  raise_file_limit();
  auto keys = wire::read_key_file(config.ingest_key_file);
  if (!keys) return fail(keys.error().within("ingest.key_file"));
  if (auto made = make_directories(std::filesystem::path(config.admin_socket).parent_path()); !made)
    return made;

  if (auto added = add_plugins(config.forecast_plugins_dir); !added)
    return fail(added.error().within("analysis.forecast_plugins_dir"));

  zmq::context_t context(1, kMaxAgents);  // outlives the loop, whose handlers may hold sockets
  asio::io_context loop(1);
  service::Watchdog watchdog(loop);
  std::optional<service::Signals> signals;
  std::atomic<bool> ready = false;

  std::unique_ptr<store::Store> store;
  ingest::AuthorizedKeys authorized(config.authorized_agents);
  ingest::AgentDirectory agents;
  {
    const service::SignalsBlocked blocked;  // threads that start here take no signals
    auto opened = store::rocks::open(store_options(config));
    if (!opened) return fail(opened.error());
    store = std::move(*opened);
    const zmq::socket_t first(context, zmq::socket_type::pair);
  }
  if (auto read = authorized.reload(); !read)
    return fail(read.error().within("ingest.authorized_agents"));

  const capacity::DemandReader demand(*store, {});
  capacity::Monitor monitor(demand, config.monitor_options());
  capacity::Calendars calendars(config.calendars_path);
  std::optional<forecast::Calendar> calendar;
  if (!config.calendar.empty()) {
    auto found = calendars.find(config.calendar);
    if (!found) return fail(found.error().within("analysis.calendar"));
    calendar = std::move(*found);
  }
  capacity::Forecaster forecaster(demand, *store, std::move(calendar));
  scaling::Evaluator evaluator(*store, monitor);
  if (auto recovered = evaluator.recover(); !recovered) return recovered;

  aggregator::Analysis analysis(clock, demand, monitor, forecaster, evaluator, config);
  api::VerifyJob verify(*store, clock);
  const api::Rooms rooms{clock,           *store,     agents,    demand,
                         monitor,         forecaster, evaluator, HEADROOM_VERSION,
                         clock.unix_ms(), ready,      verify,    config.store_backup_path,
                         calendars};
  api::Operations operations;
  api::add_system_operations(operations, rooms);
  api::add_metric_operations(operations, rooms);
  api::add_query_range_operation(operations, rooms);
  api::add_store_operations(operations, rooms);
  api::add_capacity_operations(operations, rooms);
  api::add_forecast_operations(operations, rooms);
  api::add_calendar_operations(operations, rooms);
  api::add_scaling_operations(operations, rooms);

  std::unique_ptr<ingest::Router> router;
  std::unique_ptr<http::Server> admin;
  {
    const service::SignalsBlocked blocked;
    router = std::make_unique<ingest::Router>(
        loop, context, clock,
        ingest::RouterOptions{config.ingest_listen, std::move(*keys), config.batch_interval},
        authorized, *store, agents);
    if (auto started = router->start(); !started)
      return fail(started.error().within("ingest.listen"));
    auto listening = http::listen_unix(config.admin_socket, 0660, config.admin_group);
    if (!listening) return fail(listening.error().within("admin.socket"));
    auto server = http::Server::start(
        std::move(*listening), {},
        [&](const http::ServerRequest& request) { return api::serve(operations, clock, request); });
    if (!server) return fail(server.error());
    admin = std::move(*server);
  }
  analysis.start();

  signals.emplace(
      loop,
      [&] {
        log::info("stopping");
        service::notify("STOPPING=1");
        ready = false;
        router->drain();
        watchdog.cancel();
        // One more turn of the loop lets the last words leave.
        asio::post(loop, [&] { loop.stop(); });
      },
      [&] {
        const auto again = aggregator::load_config(config_path, config::process_environment());
        if (!again)
          return log::error("reload refused, going on as before: {}", again.error().message);
        static_cast<void>(log::set_up("headroom-aggregator", again->config.log_level));
        if (auto read = authorized.reload(); !read) log::error("{}", read.error().message);
        router->drop_revoked();
        monitor.set_options(again->config.monitor_options());
        router->set_batch_interval(again->config.batch_interval);
        analysis.reload(again->config);
        log::info(
            "configuration reloaded; store, ingest.listen, ingest.key_file and admin take effect "
            "after a restart");
      });
  ready = true;
  log::info(
      "ready: agents at {}, admin socket {}, {} series, {} batches recovered from the journal",
      router->endpoint(), config.admin_socket, store->stats().series,
      store->stats().recovered_batches);
  service::notify("READY=1");
  loop.run();
  signals->cancel();

  admin.reset();
  router.reset();
  ::unlink(config.admin_socket.c_str());
  return {};
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"Takes in what Headroom agents measure, keeps it, forecasts, judges and proposes."};
  std::string config_path;
  std::string new_key;
  std::string backup;
  std::string to_verify;
  bool check = false;
  app.add_option("-c,--config", config_path,
                 "configuration file (YAML); without it defaults and HEADROOM_… variables");
  app.add_flag("--check-config", check,
               "check the configuration, print every key with its value, and exit");
  app.add_option("--generate-key", new_key,
                 "write new keys to FILE.key and FILE.pub, print the public one, and exit");
  app.add_option("--restore", backup,
                 "put this backup in the place of the store, and exit; the aggregator must be "
                 "stopped. A folder, or a name in store.backup_path");
  app.add_option("--verify-store", to_verify,
                 "read back and check the store in this folder, and exit; 1 where it is damaged");
  app.set_version_flag("--version", HEADROOM_VERSION);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    const int status = app.exit(error);
    return status == 0 ? 0 : 2;
  }
  if (!new_key.empty()) {
    const auto keys = wire::create_key_files(new_key);
    if (!keys) return failed(keys.error());
    std::printf("%s\n", keys->public_key.c_str());
    return 0;
  }
  if (!to_verify.empty()) return aggregator::verify_store(to_verify);
  const auto loaded = aggregator::load_config(config_path, config::process_environment());
  if (!loaded) return failed(loaded.error());
  if (check) {
    std::fputs(loaded->description.c_str(), stdout);
    return 0;
  }
  if (!backup.empty()) {
    static_cast<void>(log::set_up("headroom-aggregator", "warning"));
    return aggregator::restore_backup(backup, loaded->config, SystemClock());
  }
  if (auto logging = log::set_up("headroom-aggregator", loaded->config.log_level); !logging)
    return failed(logging.error());
  if (auto done = run(config_path, loaded->config); !done) return failed(done.error());
  log::info("stopped");
  return 0;
}
