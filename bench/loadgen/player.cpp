#include "bench/loadgen/player.h"

#include <algorithm>
#include <unistd.h>
#include <utility>

#include "common/base/file.h"
#include "common/base/random.h"
#include "common/base/text.h"
#include "common/model/resource.h"

namespace headroom::loadgen {
namespace {

constexpr std::size_t kGreetingsMost = 64;  // connections that are being made at once
constexpr auto kAuthorizeWait =
    std::chrono::milliseconds(2500);  // the folder is read once a second
constexpr auto kSilenceMost = std::chrono::seconds(60);
constexpr const char* kOneName = "loadgen";

double seconds_since(std::chrono::steady_clock::time_point from) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - from).count();
}

}  // namespace

double cpu_seconds(int pid) {
  if (pid <= 0) return -1;
  const auto stat = read_file("/proc/" + std::to_string(pid) + "/stat", 4096);
  if (!stat) return -1;
  // Behind the name, which may hold blanks: state is field 3, user and system time are 14 and 15.
  const std::size_t name_end = stat->rfind(')');
  if (name_end == std::string::npos) return -1;
  const auto fields = split(std::string_view(*stat).substr(name_end + 2), ' ');
  if (fields.size() < 13) return -1;
  const auto user = parse_int(fields[11]);
  const auto system = parse_int(fields[12]);
  if (!user || !system) return -1;
  return static_cast<double>(*user + *system) / static_cast<double>(::sysconf(_SC_CLK_TCK));
}

Player::Player(asio::io_context& loop, zmq::context_t& context, const Dataset& dataset,
               PlayOptions options, bool one_connection, int watch_pid, Done done)
    : loop_(loop),
      options_(std::move(options)),
      one_connection_(one_connection),
      watch_pid_(watch_pid),
      done_(std::move(done)),
      timer_(loop) {
  options_.host_in_series = one_connection;
  events_.welcomed = [this] { on_welcomed(); };
  events_.acknowledged = [this] { progressed_ = true; };
  events_.finished = [this] { on_finished(); };
  events_.failed = [this](const std::string& why) { end(fail(ErrorCode::kUnavailable, why)); };
  Random random = system_random();
  const std::uint32_t hosts_each = one_connection ? dataset.hosts() : 1;
  for (std::uint32_t host = 0; host < dataset.hosts(); host += hosts_each) {
    names_.push_back(one_connection ? options_.host_prefix + kOneName
                                    : host_name(options_.host_prefix, host));
    connections_.push_back(std::make_unique<Connection>(loop, context, dataset, options_, events_,
                                                        HostRange{host, host + hosts_each},
                                                        random_id(random)));
  }
  summary_.connections = connections_.size();
}

Status Player::authorize(const std::string& folder) {
  for (const std::string& name : names_) {
    auto keys = wire::generate_keys();
    if (!keys) return fail(keys.error());
    if (auto put = wire::write_public_key_file(folder + "/" + name + ".pub", keys->public_key);
        !put)
      return put;
    keys_.push_back(std::move(*keys));
  }
  return {};
}

void Player::start() {
  timer_.expires_after(kAuthorizeWait);
  timer_.async_wait([this](const asio::error_code& error) {
    if (error) return;
    started_ = std::chrono::steady_clock::now();
    summary_.cpu_before = cpu_seconds(watch_pid_);
    watch_progress();
    open_some();
  });
}

void Player::open_some() {
  while (!ended_ && opened_ < connections_.size() && opened_ - welcomed_ < kGreetingsMost) {
    const auto host = static_cast<std::uint32_t>(opened_);
    Attributes attributes;
    if (!one_connection_) {
      attributes = {{"dc", data_center_of(host)},
                    {"role", role_of(host)},
                    {std::string(kServiceAttribute), role_of(host)}};
      normalize(attributes);
    }
    ++opened_;
    try {
      connections_[host]->open(keys_[host], std::move(attributes));
    } catch (const zmq::error_t& error) {
      return end(fail(wire::zmq_failure("connect to " + options_.endpoint, error)));
    }
  }
}

void Player::on_welcomed() {
  progressed_ = true;
  ++welcomed_;
  if (welcomed_ < connections_.size()) return open_some();
  summary_.connect_seconds = seconds_since(started_);
  summary_.cpu_begin = cpu_seconds(watch_pid_);
  started_ = std::chrono::steady_clock::now();
  for (const auto& connection : connections_) connection->play();
}

void Player::on_finished() {
  if (++finished_ < connections_.size()) return;
  summary_.seconds = seconds_since(started_);
  summary_.cpu_end = cpu_seconds(watch_pid_);
  for (const auto& connection : connections_) {
    const Totals& one = connection->totals();
    summary_.totals.samples += one.samples;
    summary_.totals.batches += one.batches;
    summary_.totals.batch_bytes += one.batch_bytes;
    summary_.totals.layout_bytes += one.layout_bytes;
  }
  end(summary_);
}

void Player::end(const Result<Summary>& how) {
  if (std::exchange(ended_, true)) return;
  timer_.cancel();
  done_(how);
}

void Player::watch_progress() {
  progressed_ = false;
  timer_.expires_after(kSilenceMost);
  timer_.async_wait([this](const asio::error_code& error) {
    if (error || ended_) return;
    if (progressed_) return watch_progress();
    const std::size_t waiting = welcomed_ < connections_.size() ? connections_.size() - welcomed_
                                                                : connections_.size() - finished_;
    end(fail(ErrorCode::kUnavailable, options_.endpoint + " said nothing for " +
                                          format_duration(kSilenceMost) + "; " +
                                          std::to_string(waiting) + " connections wait"));
  });
}

}  // namespace headroom::loadgen
