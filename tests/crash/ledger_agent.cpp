// headroom-ledger-agent: plays hosts with a real agent's batcher, backlog and link, and keeps a
// ledger of its own: one line per batch that the aggregator acknowledged, synced to disk. Every
// value follows from host, series and time alone, so whoever reads the ledger knows what must be
// stored.
//
//   value = ((time_s · 2654435761 + host · 40503 + series · 9973) mod 2^32 mod 10000) / 100
#include <algorithm>
#include <cstdio>
#include <memory>
#include <string>
#include <unistd.h>
#include <vector>

#include <CLI/CLI.hpp>
#include <asio/io_context.hpp>
#include <asio/steady_timer.hpp>

#include "agent/push/backlog.h"
#include "agent/push/link.h"
#include "common/base/random.h"
#include "common/codec/column.h"
#include "common/log/log.h"
#include "common/service/service.h"

namespace {

using namespace headroom;

constexpr std::uint32_t kStepMs = 10'000;
constexpr std::uint32_t kBatchSteps = 30;
constexpr std::size_t kBacklogBytes = 64u << 20;  // nothing may be given up here
constexpr std::size_t kWaiting = 64;              // batches; more are not made ahead

struct Options {
  std::string endpoint;
  std::string server_key;
  std::string keys;
  std::string ledger;
  std::uint32_t hosts = 10;
  std::uint32_t series = 5;
  UnixMs from = 0;
  UnixMs until = 0;
  std::int64_t pace_ms = 100;
};

double value_of(UnixMs time, std::uint32_t host, std::uint32_t series) {
  const auto seconds = static_cast<std::uint32_t>(time / 1000);
  const std::uint32_t mixed = seconds * 2654435761u + host * 40503u + series * 9973u;
  return static_cast<double>(mixed % 10000) / 100;
}

class Host {
 public:
  Host(asio::io_context& loop, zmq::context_t& context, const Options& options,
       std::uint32_t number, const std::string& server_key, wire::KeyPair keys, std::FILE* ledger)
      : options_(options),
        number_(number),
        ledger_(ledger),
        next_(options.from),
        random_(system_random()),
        backlog_(random_id(random_), kBacklogBytes),
        link_(loop, context, link_options(server_key, std::move(keys)), backlog_, random_, {}) {
    auto layout = std::make_shared<wire::Layout>();
    layout->number = 1;
    for (std::uint32_t i = 0; i < options.series; ++i)
      layout->series.push_back(
          {"ledger.value", "1", Kind::kGauge, {{"series", std::to_string(i)}}});
    layout_ = std::move(layout);
    link_.start();
  }

  void produce() {
    if (next_ >= options_.until ||
        backlog_.next_sequence() - backlog_.first_unacknowledged() >= kWaiting)
      return;
    agent::ClosedBatch batch{layout_, next_, kStepMs, kBatchSteps, {}};
    std::vector<double> values(kBatchSteps);
    for (std::uint32_t series = 0; series < options_.series; ++series) {
      for (std::uint32_t i = 0; i < kBatchSteps; ++i)
        values[i] = value_of(next_ + static_cast<UnixMs>(i) * kStepMs, number_, series);
      codec::encode_column(values, batch.columns);
    }
    starts_.push_back(next_);
    backlog_.push(std::move(batch));
    next_ += static_cast<UnixMs>(kStepMs) * kBatchSteps;
    link_.wake();
  }

  // Writes down what was acknowledged since the last call. True where there was something.
  bool note() {
    const std::uint64_t acknowledged = backlog_.first_unacknowledged() - 1;
    const bool more = noted_ < acknowledged;
    for (; noted_ < acknowledged; ++noted_)
      std::fprintf(ledger_, "%u %lld\n", number_, static_cast<long long>(starts_[noted_]));
    return more;
  }

  bool done() const { return next_ >= options_.until && backlog_.empty(); }
  void stop() { link_.stop(); }

 private:
  agent::LinkOptions link_options(const std::string& server_key, wire::KeyPair keys) const {
    agent::LinkOptions options;
    options.endpoint = options_.endpoint;
    options.server_key = server_key;
    options.keys = std::move(keys);
    options.boot_id = "ledger";
    options.agent_version = "test";
    options.host_attributes = {{"service.name", "ledger"}};
    options.backoff_least = std::chrono::milliseconds(50);
    options.backoff_most = std::chrono::milliseconds(500);
    return options;
  }

  const Options& options_;
  std::uint32_t number_;
  std::FILE* ledger_;
  UnixMs next_;
  std::vector<UnixMs> starts_;  // by sequence − 1
  std::uint64_t noted_ = 0;
  agent::LayoutPtr layout_;
  Random random_;
  agent::Backlog backlog_;
  agent::Link link_;
};

int run(const Options& options) {
  const auto server_key = wire::read_public_key_file(options.server_key);
  std::FILE* ledger = std::fopen(options.ledger.c_str(), "a");
  if (!server_key || ledger == nullptr) {
    std::fprintf(stderr, "headroom-ledger-agent: cannot read the key or open the ledger\n");
    return 1;
  }
  zmq::context_t context;
  asio::io_context loop(1);
  {
    const service::SignalsBlocked blocked;
    const zmq::socket_t first(context, zmq::socket_type::pair);
  }
  std::vector<std::unique_ptr<Host>> hosts;
  for (std::uint32_t i = 0; i < options.hosts; ++i) {
    auto keys = wire::read_key_file(options.keys + "/ledger-" + std::to_string(i) + ".key");
    if (!keys) {
      std::fprintf(stderr, "headroom-ledger-agent: %s\n", keys.error().message.c_str());
      return 1;
    }
    hosts.push_back(
        std::make_unique<Host>(loop, context, options, i, *server_key, std::move(*keys), ledger));
  }
  asio::steady_timer timer(loop);
  std::function<void()> turn = [&] {
    bool noted = false;
    bool done = true;
    for (auto& host : hosts) {
      host->produce();
      noted = host->note() || noted;
      done = done && host->done();
    }
    if (noted) {
      std::fflush(ledger);
      ::fdatasync(::fileno(ledger));
    }
    if (done) return loop.stop();
    timer.expires_after(std::chrono::milliseconds(options.pace_ms));
    timer.async_wait([&](const asio::error_code& error) {
      if (!error) turn();
    });
  };
  service::Signals signals(loop, [&] { loop.stop(); }, [] {});
  turn();
  loop.run();
  for (auto& host : hosts) {
    host->note();
    host->stop();
  }
  std::fclose(ledger);
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"Plays hosts to an aggregator and writes down what it acknowledged."};
  Options options;
  app.add_option("--endpoint", options.endpoint)->required();
  app.add_option("--server-key", options.server_key)->required();
  app.add_option("--keys", options.keys, "folder with ledger-N.key")->required();
  app.add_option("--ledger", options.ledger, "lines of: host, start of a batch in Unix ms")
      ->required();
  app.add_option("--hosts", options.hosts);
  app.add_option("--series", options.series);
  app.add_option("--from", options.from, "Unix ms")->required();
  app.add_option("--until", options.until, "Unix ms")->required();
  app.add_option("--pace-ms", options.pace_ms, "a batch of each host so often");
  CLI11_PARSE(app, argc, argv);
  static_cast<void>(log::set_up("headroom-ledger-agent", "warning"));
  return run(options);
}
