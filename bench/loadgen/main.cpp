// headroom-loadgen: plays a fleet of agents to an aggregator over the real wire, as fast as it
// takes them, from a dataset or from a seed.
#include <cstdio>
#include <cstdlib>
#include <fcntl.h>
#include <optional>
#include <string>
#include <sys/resource.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <asio/io_context.hpp>
#include <nlohmann/json.hpp>

#include "bench/loadgen/dataset.h"
#include "bench/loadgen/player.h"
#include "common/base/limits.h"
#include "common/log/log.h"
#include "common/service/service.h"

namespace {

using namespace headroom;
using loadgen::Dataset;

constexpr int kSocketsBeside = 64;  // libzmq's own, beside one per host
constexpr std::uint32_t kOneConnectionInFlight = 64;
constexpr std::uint32_t kOneConnectionBlock = 720;  // steps of one host before the next one's

struct Options {
  std::string dataset;
  std::string write;
  std::string server_key;
  std::string authorize;
  std::string ready;
  std::string end_at;
  int watch_pid = 0;
  bool one_connection = false;
  bool hold = false;
  loadgen::Generate generate;
  loadgen::PlayOptions play;
};

int failed(const Error& error) {
  std::fprintf(stderr, "headroom-loadgen: %s\n", error.message.c_str());
  return 1;
}

void raise_file_limit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

Status write_dataset(const Options& options) {
  const Fd file(::open(options.write.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644));
  if (!file) return fail(ErrorCode::kPermissionDenied, "cannot write " + options.write);
  return loadgen::generate(options.generate, file);
}

Result<Dataset> generated(const Options& options) {
  const char* folder = std::getenv("TMPDIR");
  std::string path = std::string(folder == nullptr ? "/tmp" : folder) + "/headroom-loadgen-XXXXXX";
  const Fd file(::mkostemp(path.data(), O_CLOEXEC));
  if (!file) return fail(ErrorCode::kPermissionDenied, "cannot make a file like " + path);
  ::unlink(path.c_str());
  if (auto made = loadgen::generate(options.generate, file); !made) return fail(made.error());
  return Dataset::map(file, "the generated dataset");
}

std::string to_json(const Dataset& dataset, const Options& options,
                    const loadgen::Summary& summary) {
  const loadgen::Totals& totals = summary.totals;
  const UnixMs first = dataset.time(0, 0) + options.play.shift_ms;
  nlohmann::ordered_json json{
      {"hosts", dataset.hosts()},
      {"connections", summary.connections},
      {"series", std::uint64_t{dataset.hosts()} * dataset.metrics().size() * options.play.copies},
      {"samples", totals.samples},
      {"batches", totals.batches},
      {"batch_steps", options.play.batch_steps},
      {"batch_bytes", totals.batch_bytes},
      {"layout_bytes", totals.layout_bytes},
      {"first_sample", first / 1000},
      {"last_sample", (first + std::int64_t{dataset.steps() - 1} * dataset.step_ms()) / 1000},
      {"connect_seconds", summary.connect_seconds},
      {"seconds", summary.seconds}};
  if (summary.cpu_begin >= 0) {
    json["server_cpu_before"] = summary.cpu_before;
    json["server_cpu_begin"] = summary.cpu_begin;
    json["server_cpu_end"] = summary.cpu_end;
  }
  return json.dump() + "\n";
}

Result<int> play(Options options) {
  raise_file_limit();
  const auto server_key = wire::read_public_key_file(options.server_key);
  if (!server_key) return fail(server_key.error());
  options.play.server_key = *server_key;
  auto dataset = options.dataset.empty() ? generated(options) : Dataset::open(options.dataset);
  if (!dataset) return fail(dataset.error());
  const auto shift = loadgen::shift_to(*dataset, options.end_at);
  if (!shift) return fail(shift.error());
  options.play.shift_ms = *shift;
  // The context outlives the loop, whose handlers may hold sockets.
  zmq::context_t context(1, static_cast<int>(dataset->hosts()) + kSocketsBeside);
  asio::io_context loop(1);
  {
    const service::SignalsBlocked blocked;
    const zmq::socket_t first(context, zmq::socket_type::pair);
  }
  std::optional<Error> problem;
  loadgen::Player player(loop, context, *dataset, options.play, options.one_connection,
                         options.watch_pid, [&](const Result<loadgen::Summary>& how) {
                           if (!how) problem = how.error();
                           if (how && !options.ready.empty()) {
                             const auto told = write_file_atomically(
                                 options.ready, to_json(*dataset, options, *how));
                             if (!told) problem = told.error();
                           } else if (how) {
                             std::fputs(to_json(*dataset, options, *how).c_str(), stdout);
                             std::fflush(stdout);
                           }
                           if (problem || !options.hold) loop.stop();
                         });
  service::Signals signals(loop, [&] { loop.stop(); }, [] {});
  if (auto authorized = player.authorize(options.authorize); !authorized)
    return fail(authorized.error());
  player.start();
  loop.run();
  signals.cancel();
  if (problem) return fail(*problem);
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"Plays a fleet of agents to a Headroom aggregator over the real wire."};
  Options options;
  app.add_option("dataset", options.dataset,
                 "samples in the format of bench/loadgen/dataset.h; without: made from --seed");
  app.add_option("--seed", options.generate.seed, "of the generated fleet");
  app.add_option("--hosts", options.generate.hosts, "of the generated fleet")
      ->check(CLI::Range(1u, loadgen::kHostsMax));
  app.add_option("--series", options.generate.series, "per generated host")
      ->check(CLI::Range(1u, loadgen::kMetricsMax));
  app.add_option("--step", options.generate.step_s, "seconds between generated samples")
      ->check(CLI::Range(1, 86'400));
  app.add_option("--steps", options.generate.steps, "samples per generated series")
      ->check(CLI::Range(1, 100'000'000));
  app.add_option("--write", options.write, "only write the generated dataset to this file");
  app.add_option("--endpoint", options.play.endpoint, "the aggregator, tcp://HOST:PORT");
  app.add_option("--server-key", options.server_key, "the aggregator's public key file");
  app.add_option("--authorize", options.authorize,
                 "the aggregator's folder of authorized agents: gets a key per connection");
  app.add_option(
      "--ready", options.ready,
      "file for the summary, written when everything is acknowledged; else it is printed");
  app.add_option("--end-at", options.end_at,
                 "moves all times so that the last sample is then (Unix seconds or RFC 3339)");
  app.add_option("--host-prefix", options.play.host_prefix, "hosts are called PREFIX0000 …");
  app.add_option("--batch-steps", options.play.batch_steps, "steps in one batch")
      ->check(CLI::Range(1u, limits::kBatchSteps));
  app.add_option("--in-flight", options.play.in_flight,
                 "batches of a connection that wait for their acknowledgement (default 2; 64 with "
                 "--one-connection)")
      ->check(CLI::Range(1, 1024));
  app.add_option("--copies", options.play.copies,
                 "series per metric, told apart by the attribute copy, shifted in time")
      ->check(CLI::Range(1, 1000));
  app.add_flag("--one-connection", options.one_connection,
               "all hosts over one connection; they are told apart by the attribute host of their "
               "series");
  app.add_option("--watch-pid", options.watch_pid, "the summary tells this process's CPU time");
  app.add_flag("--hold", options.hold, "stay connected until SIGTERM");
  CLI11_PARSE(app, argc, argv);
  static_cast<void>(log::set_up("headroom-loadgen", "info"));
  if (!options.write.empty()) {
    const auto written = write_dataset(options);
    return written ? 0 : failed(written.error());
  }
  if (options.play.endpoint.empty() || options.server_key.empty() || options.authorize.empty())
    return failed({ErrorCode::kInvalidArgument,
                   "--endpoint, --server-key and --authorize say which aggregator to play to"});
  if (options.one_connection) {
    options.play.block_steps = kOneConnectionBlock;
    if (app.count("--in-flight") == 0) options.play.in_flight = kOneConnectionInFlight;
  }
  const auto played = play(std::move(options));
  return played ? *played : failed(played.error());
}
