#include "agent/agent.h"

#include <utility>

#include "common/base/text.h"
#include "common/log/log.h"

namespace headroom::agent {
namespace {

// Rows are closed before their encoded columns could come near the message limit, even if no value
// compresses.
constexpr std::size_t kOpenValuesMax = 64'000;
constexpr auto kStopPoll = std::chrono::milliseconds(20);
constexpr double kBytesPerSecondPerMbit = 1e6 / 8;

}  // namespace

std::vector<Sampler::Named> make_collectors(const Config& config) {
  CollectorOptions options;
  options.roots.root = config.root;
  options.ignored_filesystem_types = config.ignored_filesystem_types;
  options.network_filesystems = config.network_filesystems;
  options.ignored_device_prefixes = config.ignored_device_prefixes;
  options.core_frequency = config.core_frequency;
  for (const auto& [device, mbit] : config.link_speed_mbit) {
    options.link_speed_bytes_per_second.emplace_back(
        device, parse_double(mbit).value_or(0) * kBytesPerSecondPerMbit);
  }
  std::vector<Sampler::Named> collectors;
  for (const CollectorEntry& entry : collector_registry()) {
    if (!config.collectors.at(std::string(entry.name))) continue;
    collectors.push_back({std::string(entry.name), entry.make(options), {}});
  }
  return collectors;
}

Agent::Agent(asio::io_context& loop, zmq::context_t& context, const Clock& clock, Config config,
             LinkOptions link, Random random)
    : loop_(loop),
      clock_(clock),
      config_(std::move(config)),
      batch_interval_(config_.batch_interval),
      batcher_(static_cast<std::uint32_t>(config_.sample_interval.count())),
      backlog_(random_id(random), static_cast<std::size_t>(config_.backlog_mib) << 20),
      link_(loop, context, std::move(link), backlog_, random,
            [this](const wire::Welcome& welcome) {
              if (welcome.batch_interval.count() > 0) batch_interval_ = welcome.batch_interval;
            }),
      sampler_(loop, clock, config_.sample_interval, make_collectors(config_),
               [this](UnixMs time, SampleSheet& sheet) { on_sample(time, sheet); }),
      stop_timer_(loop) {}

void Agent::start() {
  link_.start();
  sampler_.start();
}

void Agent::on_sample(UnixMs time, SampleSheet& sheet) {
  self_metrics_.set(sampler_.counters(), backlog_, link_.counters(), sheet);
  if (auto closed = batcher_.add(time, sheet)) {
    backlog_.push(std::move(*closed));
    link_.wake();
  }
  const auto open = config_.sample_interval * batcher_.steps();
  if (open >= batch_interval_ || batcher_.open_values() + sheet.values().size() > kOpenValuesMax)
    flush();
}

void Agent::flush() {
  if (auto closed = batcher_.close()) backlog_.push(std::move(*closed));
  link_.wake();
}

void Agent::stop(std::function<void()> stopped) {
  stopped_ = std::move(stopped);
  sampler_.stop();
  flush();
  await_empty_backlog(clock_.steady() + config_.stop_timeout);
}

void Agent::await_empty_backlog(std::chrono::steady_clock::time_point deadline) {
  if (backlog_.empty() || clock_.steady() >= deadline) {
    if (!backlog_.empty()) {
      log::warn("stopping with {} batches not acknowledged: they are lost",
                backlog_.next_sequence() - backlog_.first_unacknowledged());
    }
    link_.stop();
    return stopped_();
  }
  stop_timer_.expires_after(kStopPoll);
  stop_timer_.async_wait([this, deadline](const asio::error_code& error) {
    if (!error) await_empty_backlog(deadline);
  });
}

std::vector<std::string> Agent::reload(const Config& config) {
  std::vector<std::string> needs_restart;
  const auto keep = [&](const char* key, bool changed) {
    if (changed) needs_restart.emplace_back(key);
  };
  keep("server.endpoint", config.endpoint != config_.endpoint);
  keep("server.public_key_file", config.server_public_key_file != config_.server_public_key_file);
  keep("identity.key_file", config.key_file != config_.key_file);
  keep("host", config.host_attributes() != config_.host_attributes());
  keep("sample.interval", config.sample_interval != config_.sample_interval);
  keep("push.backlog_mib", config.backlog_mib != config_.backlog_mib);
  config_.collectors = config.collectors;
  config_.ignored_filesystem_types = config.ignored_filesystem_types;
  config_.network_filesystems = config.network_filesystems;
  config_.ignored_device_prefixes = config.ignored_device_prefixes;
  config_.core_frequency = config.core_frequency;
  config_.link_speed_mbit = config.link_speed_mbit;
  config_.stop_timeout = config.stop_timeout;
  self_metrics_.forget();
  sampler_.replace_collectors(make_collectors(config_));
  return needs_restart;
}

}  // namespace headroom::agent
