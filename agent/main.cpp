// headroom-agent: samples this host and pushes to the aggregator.
#include <csignal>
#include <cstdio>
#include <string>

#include <CLI/CLI.hpp>

#include "agent/agent.h"
#include "agent/collectors/cpu_list.h"
#include "agent/farewell.h"
#include "agent/identity.h"
#include "agent/once.h"
#include "common/base/file.h"
#include "common/base/text.h"
#include "common/log/log.h"
#include "common/service/service.h"

namespace {

using namespace headroom;

int failed(const Error& error) {
  std::fprintf(stderr, "headroom-agent: %s\n", error.message.c_str());
  return 1;
}

Result<agent::LinkOptions> link_options(const agent::Config& config) {
  agent::LinkOptions options;
  options.endpoint = config.endpoint;
  auto server_key = wire::read_public_key_file(config.server_public_key_file);
  if (!server_key) return fail(server_key.error().within("server.public_key_file"));
  options.server_key = *server_key;
  auto keys = wire::read_key_file(config.key_file);
  if (!keys) return fail(keys.error().within("identity.key_file"));
  options.keys = *keys;
  const agent::HostRoots host;  // the real one, also where the collectors read a recorded tree
  options.boot_id = agent::boot_identity(host);
  options.machine = agent::machine_identity(host);
  Random random = system_random();
  options.instance = random_id(random);
  options.agent_version = HEADROOM_VERSION;
  options.host_attributes = config.host_attributes();
  return options;
}

// An agent that cannot write a spool is still worth more than none.
std::optional<agent::Spool> open_spool(const agent::Config& config) {
  if (config.spool.path.empty()) return std::nullopt;
  auto spool = agent::Spool::open({config.spool.path,
                                   static_cast<std::uint64_t>(config.spool.limit_mib) << 20,
                                   static_cast<std::uint64_t>(config.spool.keep_free_mib) << 20});
  if (spool) return std::move(*spool);
  log::warn("no spool: {}. During an outage batches wait in memory only", spool.error().message);
  return std::nullopt;
}

int run(const std::string& config_path, const agent::Config& config) {
  auto options = link_options(config);
  if (!options) return failed(options.error());
  // Before there are other threads, which inherit it. Without the right to choose, the scheduler
  // keeps the agent off isolated cores as it keeps everybody.
  if (auto placed = agent::stay_off_reserved_cpus({}); !placed)
    log::debug("not moved off reserved cores: {}", placed.error().message);
  zmq::context_t context;  // outlives the loop, whose handlers may hold sockets
  asio::io_context loop(1);
  std::unique_ptr<agent::Agent> agent;
  {
    // libzmq starts its threads with the first socket: signals are not theirs.
    const service::SignalsBlocked blocked;
    const zmq::socket_t first(context, zmq::socket_type::pair);
  }
  const SystemClock clock;
  agent = std::make_unique<agent::Agent>(loop, context, clock, config, std::move(*options),
                                         open_spool(config), system_random());
  service::Watchdog watchdog(loop);
  service::Signals* signals_in_use = nullptr;
  service::Signals signals(
      loop,
      [&] {
        log::info("stopping");
        service::notify("STOPPING=1");
        agent->stop([&] {
          signals_in_use->cancel();
          watchdog.cancel();
          loop.stop();
        });
      },
      [&] {
        const auto again = agent::load_config(config_path, config::process_environment());
        if (!again)
          return log::error("reload refused, going on as before: {}", again.error().message);
        static_cast<void>(log::set_up("headroom-agent", again->config.log_level));
        const auto needs_restart = agent->reload(again->config);
        log::info("configuration reloaded{}{}",
                  needs_restart.empty() ? "" : "; a restart is needed for ",
                  join(needs_restart, ", "));
      });
  signals_in_use = &signals;
  agent->start();
  log::info("sampling every {} for service {}, pushing to {}",
            format_duration(config.sample_interval), config.service, config.endpoint);
  service::notify("READY=1");
  loop.run();
  agent.reset();
  log::info("stopped");
  return 0;
}

// What the package says before it is removed.
int farewell(const agent::Config& config) {
  const auto options = link_options(config);
  if (!options) return failed(options.error());
  zmq::context_t context;
  constexpr auto kLimit = std::chrono::seconds(10);
  if (auto said = agent::say_farewell(context, *options, kLimit); !said)
    return failed(said.error());
  std::printf("the aggregator at %s ends this host's series\n", config.endpoint.c_str());
  return 0;
}

int once(const agent::Config& config, bool json) {
  const SystemClock clock;
  const auto sample = agent::sample_once(clock, config, agent::make_collectors(config));
  std::fputs((json ? agent::once_json(sample) : agent::once_table(sample)).c_str(), stdout);
  return sample.rows.empty() ? 1 : 0;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"Samples this host's utilization and pushes it to a Headroom aggregator."};
  std::string config_path;
  bool check = false;
  bool list = false;
  app.add_option("-c,--config", config_path,
                 "configuration file (YAML); without it defaults and HEADROOM_… variables");
  app.add_flag("--check-config", check,
               "check the configuration, print every key with its value, and exit");
  app.add_flag("--list-collectors", list, "list the collectors and exit");
  bool one_sample = false;
  app.add_flag("--once", one_sample, "print one full sample of this host, without any aggregator");
  std::string format = "table";
  app.add_option("--format", format, "of --once: table or json")
      ->check(CLI::IsMember({"table", "json"}));
  bool leave = false;
  app.add_flag("--farewell", leave,
               "tell the aggregator that this host will not come back, and exit");
  std::string new_key;
  app.add_option("--generate-key", new_key,
                 "write new keys to FILE.key and FILE.pub, print the public one, and exit");
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
  if (list) {
    for (const agent::CollectorEntry& entry : agent::collector_registry()) {
      std::printf("%-12s %-4s %s\n", std::string(entry.name).c_str(),
                  entry.enabled_by_default ? "on" : "off", std::string(entry.description).c_str());
    }
    return 0;
  }
  const auto loaded = agent::load_config(config_path, config::process_environment());
  if (!loaded) return failed(loaded.error());
  if (check) {
    std::fputs(loaded->description.c_str(), stdout);
    return 0;
  }
  if (auto logging = log::set_up("headroom-agent", loaded->config.log_level); !logging)
    return failed(logging.error());
  if (one_sample) return once(loaded->config, format == "json");
  if (leave) return farewell(loaded->config);
  return run(config_path, loaded->config);
}
