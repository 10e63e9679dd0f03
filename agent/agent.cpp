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

std::size_t backlog_bytes(const Config& config) {
  return static_cast<std::size_t>(config.backlog_mib) << 20;
}

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
  options.nvml_library = config.nvml_library;
  options.statsd.socket = config.statsd_socket;
  options.statsd.udp = config.statsd_udp;
  for (const auto& [metric, text] : config.statsd_resources) {
    if (auto rule = statsd::parse_resource_rule(metric, text)) {
      options.statsd.resources.push_back(std::move(*rule));
    }
  }
  options.scrape = {config.scrape_targets, config.scrape_metrics, config.scrape_interval};
  options.service_rules.assign(config.service_rules.begin(), config.service_rules.end());
  options.unmapped_units = static_cast<std::size_t>(config.unmapped_units);
  std::vector<Sampler::Named> collectors;
  for (const CollectorEntry& entry : collector_registry()) {
    if (!config.collectors.at(std::string(entry.name))) continue;
    Sampler::Named named;
    named.name = entry.name;
    named.collector = entry.make(options);
    // Where no unit is a service of its own, planning needs none of them.
    named.sheddable = entry.sheddable || (entry.name == "services" && config.service_rules.empty());
    collectors.push_back(std::move(named));
  }
  return collectors;
}

Agent::Agent(asio::io_context& loop, zmq::context_t& context, const Clock& clock, Config config,
             LinkOptions link, std::optional<Spool> spool, Random random)
    : loop_(loop),
      clock_(clock),
      config_(std::move(config)),
      batch_interval_(config_.batch_interval),
      batcher_(static_cast<std::uint32_t>(config_.sample_interval.count())),
      random_(random),
      backlog_(random_id(random_), backlog_bytes(config_)),
      spool_(std::move(spool)),
      link_(loop, context, link, backlog_, Random(random_()), link_events()),
      sampler_(loop, clock, config_.sample_interval, make_collectors(config_),
               [this](UnixMs time, SampleSheet& sheet) { on_sample(time, sheet); },
               {config_.budget_cpu_percent / 100,
                static_cast<std::size_t>(config_.budget_memory_mib) << 20}),
      stop_timer_(loop) {
  if (spool_) replay_.emplace(loop, context, std::move(link), *spool_, Random(random_()));
}

void Agent::start() {
  link_.start();
  sampler_.start();
}

void Agent::on_sample(UnixMs time, SampleSheet& sheet) {
  self_metrics_.set({sampler_.counters(), backlog_, link_.counters(),
                     replay_ ? replay_->counters() : LinkCounters{}, spool_ ? &*spool_ : nullptr},
                    sheet);
  if (auto closed = batcher_.add(time, sheet)) keep(std::move(*closed));
  const auto open = config_.sample_interval * batcher_.steps();
  if (open >= batch_interval_ || batcher_.open_values() + sheet.values().size() > kOpenValuesMax)
    flush();
}

void Agent::flush() {
  if (auto closed = batcher_.close()) keep(std::move(*closed));
}

void Agent::keep(ClosedBatch batch) {
  backlog_.push(std::move(batch));
  link_.wake();
  if (!link_.connected()) {
    spill();
  } else if (backlog_.bytes() > backlog_bytes(config_) / 2 && spill()) {
    // What is on disk is sent in a session of its own; new samples must not wait for it.
    link_.begin_anew("the aggregator does not take batches as fast as they are made");
  }
}

// True when all that waited in memory waits on disk now.
bool Agent::spill() {
  if (!spool_ || backlog_.empty()) return false;
  const Status kept = spool_->append(backlog_.stream(), backlog_.items());
  const std::string failure = kept ? std::string() : kept.error().message;
  if (failure != spool_failure_ && !failure.empty())
    log::error("spool: {}; batches wait in memory", failure);
  spool_failure_ = failure;
  if (!kept) return false;
  backlog_.clear();
  stream_is_spooled_ = true;
  return true;
}

LinkEvents Agent::link_events() {
  LinkEvents events;
  // Batches that wait on disk keep their numbers and their stream. What is sampled from now on
  // would have to wait behind them there, so it begins another stream.
  events.greeting = [this] {
    if (stream_is_spooled_) backlog_.begin_stream(random_id(random_));
    stream_is_spooled_ = false;
  };
  events.welcome = [this](const wire::Welcome& welcome) {
    if (welcome.batch_interval.count() > 0) batch_interval_ = welcome.batch_interval;
    if (replay_) replay_->start();
  };
  events.lost = [this] {
    if (replay_) replay_->stop();
  };
  return events;
}

void Agent::stop(std::function<void()> stopped) {
  stopped_ = std::move(stopped);
  sampler_.stop();
  if (replay_) replay_->stop();
  flush();
  await_empty_backlog(clock_.steady() + config_.stop_timeout);
}

void Agent::await_empty_backlog(std::chrono::steady_clock::time_point deadline) {
  if (backlog_.empty() || clock_.steady() >= deadline) {
    const std::uint64_t left = backlog_.next_sequence() - backlog_.first_unacknowledged();
    if (left > 0 && spill()) {
      spool_->sync();
      log::info("{} batches that are not acknowledged wait in the spool", left);
    } else if (left > 0) {
      log::warn("stopping with {} batches not acknowledged: they are lost", left);
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
  const auto needs = [&](const char* key, bool changed) {
    if (changed) needs_restart.emplace_back(key);
  };
  needs("server.endpoint", config.endpoint != config_.endpoint);
  needs("server.public_key_file", config.server_public_key_file != config_.server_public_key_file);
  needs("identity.key_file", config.key_file != config_.key_file);
  needs("host", config.host_attributes() != config_.host_attributes());
  needs("sample.interval", config.sample_interval != config_.sample_interval);
  needs("spool", config.spool != config_.spool);
  needs("budget", config.budget_cpu_percent != config_.budget_cpu_percent ||
                      config.budget_memory_mib != config_.budget_memory_mib);
  needs("push.backlog_mib", config.backlog_mib != config_.backlog_mib);
  config_.collectors = config.collectors;
  config_.ignored_filesystem_types = config.ignored_filesystem_types;
  config_.network_filesystems = config.network_filesystems;
  config_.ignored_device_prefixes = config.ignored_device_prefixes;
  config_.core_frequency = config.core_frequency;
  config_.link_speed_mbit = config.link_speed_mbit;
  config_.nvml_library = config.nvml_library;
  config_.statsd_socket = config.statsd_socket;
  config_.statsd_udp = config.statsd_udp;
  config_.statsd_resources = config.statsd_resources;
  config_.scrape_targets = config.scrape_targets;
  config_.scrape_metrics = config.scrape_metrics;
  config_.scrape_interval = config.scrape_interval;
  config_.service_rules = config.service_rules;
  config_.unmapped_units = config.unmapped_units;
  config_.stop_timeout = config.stop_timeout;
  self_metrics_.forget();
  sampler_.replace_collectors(make_collectors(config_));
  return needs_restart;
}

}  // namespace headroom::agent
