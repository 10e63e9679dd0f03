#include "agent/collectors/tcp_walk.h"

#include <algorithm>
#include <sys/socket.h>
#include <utility>

namespace headroom::agent {
namespace {

constexpr auto kListenersPeriod = std::chrono::seconds(5);
// Even without a connection a walk looks at every bucket of a large table, once for each address
// family: 1.4 to 3.4 ms each with 262 144 buckets, on a busy machine with two cores.
constexpr std::chrono::nanoseconds kWalkPeriod = std::chrono::seconds(120);
// 0.5 µs of work in 5 ms are 0.01 % of a core.
constexpr std::chrono::nanoseconds kPeriodPerSocket = std::chrono::milliseconds(5);

constexpr std::array<SeriesSpec, 1> kQueueSpecs{
    {{"system.network.tcp.listen_queue.utilization", "1"}}};
constexpr std::array<SeriesSpec, 1> kPortSpecs{
    {{"system.network.ephemeral_ports.usage", "{port}"}}};

// Established connections and those in TIME_WAIT are counted each second without a walk.
constexpr std::string_view kCount = "system.network.connection.count";
constexpr std::string_view kKey = "network.connection.state";
constexpr std::array<std::pair<TcpState, SeriesSpec>, 9> kStates{{
    {TcpState::kListen, {kCount, "{connection}", Kind::kGauge, kKey, "listen"}},
    {TcpState::kSynSent, {kCount, "{connection}", Kind::kGauge, kKey, "syn_sent"}},
    {TcpState::kSynReceived, {kCount, "{connection}", Kind::kGauge, kKey, "syn_received"}},
    {TcpState::kFinWait1, {kCount, "{connection}", Kind::kGauge, kKey, "fin_wait_1"}},
    {TcpState::kFinWait2, {kCount, "{connection}", Kind::kGauge, kKey, "fin_wait_2"}},
    {TcpState::kClose, {kCount, "{connection}", Kind::kGauge, kKey, "closed"}},
    {TcpState::kCloseWait, {kCount, "{connection}", Kind::kGauge, kKey, "close_wait"}},
    {TcpState::kLastAck, {kCount, "{connection}", Kind::kGauge, kKey, "last_ack"}},
    {TcpState::kClosing, {kCount, "{connection}", Kind::kGauge, kKey, "closing"}},
}};
constexpr auto kStateSpecs = [] {
  std::array<SeriesSpec, kStates.size()> specs{};
  for (std::size_t i = 0; i < specs.size(); ++i) specs[i] = kStates[i].second;
  return specs;
}();

std::size_t number_of(TcpState state) { return static_cast<std::size_t>(state); }

}  // namespace

TcpWalk::TcpWalk(SockDiagFunction ask)
    : ask_(std::move(ask)),
      listeners_(kListenersPeriod),
      queue_series_(kQueueSpecs),
      state_series_(kStateSpecs),
      port_series_(kPortSpecs) {
  states_.fill(kUnknown);
}

Status TcpWalk::collect(const Tick& tick, double sockets, const PortRange& ephemeral,
                        SampleSheet& sheet) {
  if (!ask_) return {};
  if (listeners_.due(tick)) look_at_listeners();
  until_walk_ -= tick.elapsed;
  if (until_walk_ <= std::chrono::nanoseconds(0)) walk(sockets, ephemeral);
  queue_series_.set(sheet, 0, fullest_queue_);
  for (std::size_t i = 0; i < kStates.size(); ++i) {
    state_series_.set(sheet, i, states_[number_of(kStates[i].first)]);
  }
  port_series_.set(sheet, 0, ephemeral_ports(sockets));
  return listeners_status_ ? walk_status_ : listeners_status_;
}

double TcpWalk::ephemeral_ports(double sockets) const {
  // Between two walks their share of all sockets is taken to stay the same.
  return quantised_rate(walked_sockets_ > 0 ? taken_ports_ * sockets / walked_sockets_
                                            : taken_ports_);
}

Status TcpWalk::ask_both(TcpQuestion question, const TcpSocketVisitor& visit) {
  if (auto done = ask_(AF_INET, question, visit); !done) return done;
  if (!ask_ipv6_) return {};
  auto done = ask_(AF_INET6, question, visit);
  if (!done && done.error().code == ErrorCode::kUnsupported) {
    ask_ipv6_ = false;
    return {};
  }
  return done;
}

void TcpWalk::look_at_listeners() {
  listening_.reset();
  fullest_queue_ = listener_count_ = 0;
  listeners_status_ = ask_both(TcpQuestion::kListeners, [this](const TcpSocket& socket) {
    if (socket.state != TcpState::kListen) return;
    ++listener_count_;
    listening_.set(socket.local_port);
    // A queue with the limit 0 holds one.
    const double limit = std::max(1.0, static_cast<double>(socket.waiting_limit));
    const double share = std::min(1.0, static_cast<double>(socket.waiting) / limit);
    fullest_queue_ = std::max(fullest_queue_, quantised_ratio(share));
  });
  if (!listeners_status_) {
    fullest_queue_ = listener_count_ = kUnknown;
    forget_walk();
    if (listeners_status_.error().code == ErrorCode::kUnsupported) {
      ask_ = nullptr;  // as if there were no such question
      listeners_status_ = {};
    }
  }
  states_[number_of(TcpState::kListen)] = listener_count_;
}

void TcpWalk::walk(double sockets, const PortRange& ephemeral) {
  until_walk_ = kWalkPeriod;
  forget_walk();
  if (!ask_ || !listeners_status_ || !(sockets <= static_cast<double>(kMaxDiagSockets))) return;
  until_walk_ = std::max(until_walk_, kPeriodPerSocket * static_cast<std::int64_t>(sockets));
  taken_.reset();
  std::array<double, kTcpStates> counted{};
  struct Walk {
    TcpWalk& self;
    const PortRange& ephemeral;
    std::array<double, kTcpStates>& counted;
  } here{*this, ephemeral, counted};
  walk_status_ = ask_both(TcpQuestion::kAll, [&here](const TcpSocket& socket) {
    const std::size_t state = number_of(socket.state);
    if (state < kTcpStates) ++here.counted[state];
    const std::uint16_t port = socket.local_port;
    const bool in_range = port >= here.ephemeral.first && port <= here.ephemeral.last;
    if (in_range && !here.self.listening_[port]) here.self.taken_.set(port);
  });
  if (!walk_status_) return;
  for (std::size_t i = 1; i < kTcpStates; ++i) states_[i] = counted[i];
  states_[number_of(TcpState::kListen)] = listener_count_;
  walked_sockets_ = sockets;
  // An unknown range begins and ends with 0.
  if (ephemeral.first > 0) taken_ports_ = static_cast<double>(taken_.count());
}

void TcpWalk::forget_walk() {
  states_.fill(kUnknown);
  states_[number_of(TcpState::kListen)] = listener_count_;
  walked_sockets_ = taken_ports_ = kUnknown;
  walk_status_ = {};
}

}  // namespace headroom::agent
