// headroom-demo: a simulated fleet that sends 90 days of history and then live data, over the same
// wire and with the same code as a real agent. Every host is marked as simulated.
#include <algorithm>
#include <cstdio>
#include <memory>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>
#include <asio/io_context.hpp>
#include <asio/steady_timer.hpp>

#include "agent/push/backlog.h"
#include "agent/push/batcher.h"
#include "agent/push/link.h"
#include "bench/fleet/simulated_host.h"
#include "common/base/file.h"
#include "common/base/text.h"
#include "common/log/log.h"
#include "common/service/service.h"

namespace {

using namespace headroom;

constexpr std::int64_t kHistoryStepMs = 300'000;
constexpr std::uint32_t kHistoryBatchSteps = 288;  // a day
constexpr std::int64_t kLiveStepMs = 1000;
constexpr std::size_t kBacklogBytes = 16u << 20;
constexpr std::size_t kBacklogWanted = 512u << 10;  // more is not prepared ahead of the aggregator
constexpr auto kPoll = std::chrono::milliseconds(5);

struct Options {
  std::string endpoint;
  std::string server_key;
  std::string keys;
  std::string authorize;
  std::string ready;
  std::int64_t days = 90;
  std::uint64_t seed = 42;
};

// The host's keys, made the first time and approved as an administrator would.
Result<wire::KeyPair> keys_of(const Options& options, const std::string& host) {
  const std::string path = options.keys + "/" + host + ".key";
  if (auto known = wire::read_key_file(path)) return known;
  auto made = wire::create_key_files(path);
  if (!made) return made;
  if (auto written =
          wire::write_public_key_file(options.authorize + "/" + host + ".pub", made->public_key);
      !written) {
    return fail(written.error());
  }
  return made;
}

// One simulated host with a real agent's batcher, backlog and link.
class DemoHost {
 public:
  DemoHost(asio::io_context& loop, zmq::context_t& context, fleet::HostPlan plan, UnixMs epoch,
           UnixMs history_from, const std::string& server_key, const std::string& endpoint,
           wire::KeyPair keys)
      : host_(std::move(plan), epoch),
        next_(history_from),
        history_(static_cast<std::uint32_t>(kHistoryStepMs)),
        live_(static_cast<std::uint32_t>(kLiveStepMs)),
        random_(system_random()),
        backlog_(random_id(random_), kBacklogBytes),
        link_(loop, context, link_options(server_key, endpoint, std::move(keys)), backlog_, random_,
              {}) {}

  void start() { link_.start(); }
  void stop() { link_.stop(); }

  // Prepares history up to `until` while the backlog has room. True when all of it is stored.
  bool advance_history(UnixMs until) {
    while (next_ < until && backlog_.bytes() < kBacklogWanted) {
      host_.fill(next_, kHistoryStepMs, sheet_);
      keep(history_.add(next_, sheet_));
      next_ += kHistoryStepMs;
      if (history_.steps() == kHistoryBatchSteps || next_ >= until) keep(history_.close());
    }
    return next_ >= until && backlog_.empty();
  }

  void live(UnixMs time) {
    host_.fill(time, kLiveStepMs, sheet_);
    keep(live_.add(time, sheet_));
    keep(live_.close());
  }

 private:
  agent::LinkOptions link_options(const std::string& server_key, const std::string& endpoint,
                                  wire::KeyPair keys) const {
    agent::LinkOptions options;
    options.endpoint = endpoint;
    options.server_key = server_key;
    options.keys = std::move(keys);
    options.boot_id = "simulated";
    options.agent_version = HEADROOM_VERSION;
    options.host_attributes = {{std::string(kServiceAttribute), host_.plan().service},
                               {std::string(kSimulatedAttribute), "true"}};
    normalize(options.host_attributes);
    return options;
  }

  void keep(std::optional<agent::ClosedBatch> batch) {
    if (!batch) return;
    // The two batchers count layouts each for itself; the series are the same.
    if (layout_) batch->layout = layout_;
    layout_ = batch->layout;
    backlog_.push(std::move(*batch));
    link_.wake();
  }

  fleet::SimulatedHost host_;
  UnixMs next_;
  agent::SampleSheet sheet_;
  agent::Batcher history_;
  agent::Batcher live_;
  agent::LayoutPtr layout_;
  Random random_;
  agent::Backlog backlog_;
  agent::Link link_;
};

class Demo {
 public:
  Demo(asio::io_context& loop, const Clock& clock, std::vector<std::unique_ptr<DemoHost>> hosts,
       Options options)
      : clock_(clock), hosts_(std::move(hosts)), options_(std::move(options)), timer_(loop) {}

  void start() {
    history_until_ = clock_.unix_ms() / kHistoryStepMs * kHistoryStepMs;
    for (auto& host : hosts_) host->start();
    history();
  }
  void stop() {
    timer_.cancel();
    for (auto& host : hosts_) host->stop();
  }

 private:
  void history() {
    std::size_t done = 0;
    for (auto& host : hosts_) done += host->advance_history(history_until_) ? 1 : 0;
    if (done == hosts_.size()) {
      const std::string stamp = std::to_string(history_until_) + "\n";
      if (auto kept = write_file_atomically(options_.keys + "/history-until", stamp); !kept)
        log::warn("{}", kept.error().message);
      if (auto told = write_file_atomically(options_.ready, stamp); !told)
        log::error("{}", told.error().message);
      log::info("history is stored up to {}", format_time(history_until_));
      return live();
    }
    timer_.expires_after(kPoll);
    timer_.async_wait([this](const asio::error_code& error) {
      if (!error) history();
    });
  }

  void live() {
    const UnixMs now = clock_.unix_ms();
    const UnixMs next = (now / kLiveStepMs + 1) * kLiveStepMs;
    timer_.expires_after(std::chrono::milliseconds(next - now));
    timer_.async_wait([this, next](const asio::error_code& error) {
      if (error) return;
      for (auto& host : hosts_) host->live(next);
      live();
    });
  }

  const Clock& clock_;
  std::vector<std::unique_ptr<DemoHost>> hosts_;
  Options options_;
  asio::steady_timer timer_;
  UnixMs history_until_ = 0;
};

int run(const Options& options) {
  const auto failed = [](const Error& error) {
    std::fprintf(stderr, "headroom-demo: %s\n", error.message.c_str());
    return 1;
  };
  const SystemClock clock;
  const UnixMs now = clock.unix_ms();
  UnixMs epoch = now / 86'400'000 * 86'400'000 - options.days * 86'400'000;
  UnixMs from = epoch;
  // A run before this one has stored its history already: only what came since is missing.
  if (const auto known = read_file(options.keys + "/history-until", 64)) {
    if (const auto until = parse_int(trim(*known))) from = std::max<UnixMs>(from, *until);
  }
  if (auto made = make_directories(options.keys); !made) return failed(made.error());
  const auto server_key = wire::read_public_key_file(options.server_key);
  if (!server_key) return failed(server_key.error());
  zmq::context_t context;  // outlives the loop, whose handlers may hold sockets
  asio::io_context loop(1);
  {
    const service::SignalsBlocked blocked;
    const zmq::socket_t first(context, zmq::socket_type::pair);
  }
  std::vector<std::unique_ptr<DemoHost>> hosts;
  for (fleet::HostPlan& plan : fleet::demo_fleet(options.seed)) {
    auto keys = keys_of(options, plan.name);
    if (!keys) return failed(keys.error());
    hosts.push_back(std::make_unique<DemoHost>(loop, context, std::move(plan), epoch, from,
                                               *server_key, options.endpoint, std::move(*keys)));
  }
  Demo demo(loop, clock, std::move(hosts), options);
  service::Signals signals(
      loop,
      [&] {
        demo.stop();
        loop.stop();
      },
      [] {});
  demo.start();
  loop.run();
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{
      "Plays a fleet of 20 simulated hosts to a Headroom aggregator: 90 days of history, then live "
      "data."};
  Options options;
  app.add_option("--endpoint", options.endpoint, "the aggregator, tcp://HOST:PORT")->required();
  app.add_option("--server-key", options.server_key, "the aggregator's public key file")
      ->required();
  app.add_option("--keys", options.keys, "folder for the hosts' keys")->required();
  app.add_option("--authorize", options.authorize, "the aggregator's folder of authorized agents")
      ->required();
  app.add_option("--ready", options.ready, "file that is written when the history is stored")
      ->required();
  app.add_option("--days", options.days, "days of history")->check(CLI::Range(1, 365));
  app.add_option("--seed", options.seed, "another seed gives another fleet");
  CLI11_PARSE(app, argc, argv);
  static_cast<void>(log::set_up("headroom-demo", "info"));
  return run(options);
}
