#include "agent/push/link.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include <asio/post.hpp>

#include "common/base/text.h"
#include "common/log/log.h"

namespace headroom::agent {
namespace {

// A name of its own for every socket of the context.
std::string monitor_address(std::uint64_t number) {
  return "inproc://monitor-" + std::to_string(number);
}

constexpr int kUnknownLayoutTries = 5;
constexpr auto kUnreachableFirst = std::chrono::seconds(5);
constexpr auto kUnreachableAgain = std::chrono::minutes(5);
constexpr int kWatchedEvents = ZMQ_EVENT_HANDSHAKE_SUCCEEDED | ZMQ_EVENT_HANDSHAKE_FAILED_AUTH |
                               ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL |
                               ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL | ZMQ_EVENT_DISCONNECTED;

}  // namespace

Link::Link(asio::io_context& loop, zmq::context_t& context, LinkOptions options, Backlog& backlog,
           Random random, LinkEvents events)
    : loop_(loop),
      context_(context),
      options_(std::move(options)),
      backlog_(backlog),
      random_(random),
      events_(std::move(events)),
      timer_(loop),
      retry_timer_(loop),
      backoff_(options_.backoff_least) {}

Link::~Link() { stop(); }

void Link::start() { open_session(); }

void Link::stop() {
  phase_ = Phase::kStopped;
  timer_.cancel();
  retry_timer_.cancel();
  monitor_.reset();
  socket_.reset();
}

void Link::open_session() {
  ++session_;
  phase_ = Phase::kConnecting;
  held_back_ = false;
  layouts_sent_.clear();
  in_flight_.clear();
  in_flight_bytes_ = 0;
  try {
    socket_ = std::make_unique<wire::ZmqSocket>(loop_, context_, zmq::socket_type::dealer);
    zmq::socket_t& raw = socket_->raw();
    raw.set(zmq::sockopt::curve_serverkey, options_.server_key);
    raw.set(zmq::sockopt::curve_publickey, options_.keys.public_key);
    raw.set(zmq::sockopt::curve_secretkey, options_.keys.secret_key);
    // A host that went away is looked for again soon; many agents are spread by the jitter of
    // backoff_.
    raw.set(zmq::sockopt::reconnect_ivl_max, 5000);
    watch_socket();
    raw.connect(options_.endpoint);
    socket_->start([this](wire::Frames&& frames) { on_message(std::move(frames)); });
    arm_unreachable_timer(kUnreachableFirst);
  } catch (const zmq::error_t& error) {
    log::error("{}", wire::zmq_failure("connect to " + options_.endpoint, error).message);
    return end_session("no socket", false);
  }
}

// libzmq tries again by itself for as long as it takes; a person wants to know.
void Link::arm_unreachable_timer(std::chrono::milliseconds wait) {
  timer_.expires_after(wait);
  timer_.async_wait([this, session = session_](const asio::error_code& error) {
    if (error || session != session_ || phase_ != Phase::kConnecting) return;
    log::warn("{} cannot be reached; {} batches wait", options_.endpoint,
              backlog_.next_sequence() - backlog_.first_unacknowledged());
    arm_unreachable_timer(kUnreachableAgain);
  });
}

void Link::watch_socket() {
  const std::string address = monitor_address(random_());
  if (zmq_socket_monitor(socket_->raw().handle(), address.c_str(), kWatchedEvents) != 0)
    throw zmq::error_t();
  monitor_ = std::make_unique<wire::ZmqSocket>(loop_, context_, zmq::socket_type::pair);
  monitor_->raw().connect(address);
  monitor_->start([this](wire::Frames&& frames) { on_socket_event(std::move(frames)); });
}

void Link::on_socket_event(wire::Frames&& frames) {
  std::uint16_t event = 0;
  if (frames.empty() || frames[0].size() < 6) return;
  std::memcpy(&event, frames[0].data(), sizeof(event));
  switch (event) {
    case ZMQ_EVENT_HANDSHAKE_SUCCEEDED: {
      refusal_logged_ = false;
      phase_ = Phase::kGreeting;
      if (events_.greeting) events_.greeting();
      wire::Hello hello;
      hello.stream = backlog_.stream();
      hello.boot_id = options_.boot_id;
      hello.agent_version = options_.agent_version;
      hello.host_attributes = options_.host_attributes;
      hello.first_unacknowledged = backlog_.first_unacknowledged();
      hello.instance = options_.instance;
      hello.machine = options_.machine;
      hello.replay = options_.replay;
      if (!send(hello)) return end_session("could not greet the aggregator", false);
      return arm_progress_timer();
    }
    case ZMQ_EVENT_HANDSHAKE_FAILED_AUTH:
      // libzmq does not try again by itself after this.
      ++counters_.refusals;
      if (!refusal_logged_) {
        refusal_logged_ = true;
        log::error("{} refuses this agent's key {}: let an administrator approve it there",
                   options_.endpoint, options_.keys.public_key);
      }
      return end_session("the key was refused", false);
    case ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL:
    case ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL:
      log::warn(
          "the handshake with {} failed: is server.public_key_file that aggregator's key, and is "
          "it "
          "not overloaded?",
          options_.endpoint);
      return end_session("the handshake failed", false);
    case ZMQ_EVENT_DISCONNECTED:
      if (phase_ == Phase::kConnecting)
        return;  // a handshake event says why, or libzmq tries again
      return end_session("the aggregator went away", true);
    default:
      return;
  }
}

void Link::end_session(const std::string& why, bool quick) {
  if (phase_ == Phase::kStopped || phase_ == Phase::kBackingOff) return;
  const bool was_streaming = phase_ == Phase::kStreaming;
  if (was_streaming) log::info("session with {} ended: {}", options_.endpoint, why);
  phase_ = Phase::kBackingOff;
  timer_.cancel();
  retry_timer_.cancel();
  // Closing here would pull the sockets from under their own handlers' feet; the loop does it next.
  asio::post(loop_,
             [old = std::make_shared<
                  std::pair<std::unique_ptr<wire::ZmqSocket>, std::unique_ptr<wire::ZmqSocket>>>(
                  std::move(monitor_), std::move(socket_))] {});
  if (quick) backoff_ = options_.backoff_least;
  std::uniform_real_distribution<double> jitter(0.5, 1.5);
  const auto wait = std::chrono::milliseconds(
      static_cast<std::int64_t>(static_cast<double>(backoff_.count()) * jitter(random_)));
  backoff_ = std::min(backoff_ * 2, options_.backoff_most);
  timer_.expires_after(wait);
  timer_.async_wait([this](const asio::error_code& error) {
    if (!error && phase_ == Phase::kBackingOff) open_session();
  });
  if (was_streaming && events_.lost) events_.lost();
}

void Link::begin_anew(const std::string& why) { end_session(why, true); }

void Link::on_message(wire::Frames&& frames) {
  if (frames.size() != 1) {
    ++counters_.bad_messages;
    return;
  }
  const wire::AlignedBytes aligned(
      {static_cast<const std::uint8_t*>(frames[0].data()), frames[0].size()});
  const auto message = wire::decode(aligned.bytes());
  if (!message) {
    ++counters_.bad_messages;
    log::warn("{} sent {}", options_.endpoint, message.error().message);
    return;
  }
  progressed_ = true;
  if (const auto* welcome = std::get_if<wire::Welcome>(&*message)) return on_welcome(*welcome);
  if (const auto* ack = std::get_if<wire::Ack>(&*message)) {
    credit_bytes_ = ack->credit_bytes;
    acknowledge(ack->committed);
    return send_backlog();
  }
  if (const auto* nack = std::get_if<wire::Nack>(&*message)) return on_nack(*nack);
  if (const auto* drain = std::get_if<wire::Drain>(&*message)) {
    backoff_ = std::max(options_.backoff_least, drain->retry_after);
    return end_session("the aggregator is stopping", false);
  }
  ++counters_.bad_messages;
}

void Link::on_welcome(const wire::Welcome& welcome) {
  ++counters_.sessions;
  phase_ = Phase::kStreaming;
  backoff_ = options_.backoff_least;
  credit_bytes_ = welcome.credit_bytes;
  log::info("session with {}: {} batches waiting", options_.endpoint,
            backlog_.next_sequence() - backlog_.first_unacknowledged());
  // What waits on a disk keeps its stream: all that the aggregator knows of it is acknowledged.
  if (!options_.replay && welcome.committed >= backlog_.next_sequence()) {
    // The aggregator has more of this stream than we made: this machine was set back to an older
    // image. What we have now is new, and must not pass for what was stored before.
    log::warn("{} knows a later state of this agent: going on as a new stream", options_.endpoint);
    backlog_.begin_stream(random_id(random_));
    return end_session("a new stream begins", true);
  }
  acknowledge(welcome.committed);
  next_to_send_ = backlog_.first_unacknowledged();
  if (events_.welcome) events_.welcome(welcome);
  send_backlog();
}

void Link::on_nack(const wire::Nack& nack) {
  if (nack.message != last_refusal_) {
    log::warn("{} refuses batch {} ({}): {}", options_.endpoint, nack.sequence,
              wire::to_string(nack.reason), nack.message);
  }
  last_refusal_ = nack.message;
  unknown_layouts_ = nack.reason == wire::NackReason::kUnknownLayout ? unknown_layouts_ + 1 : 0;
  const bool hopeless = unknown_layouts_ >= kUnknownLayoutTries;  // it does not take the layout
  if (hopeless) unknown_layouts_ = 0;
  if (hopeless || nack.reason == wire::NackReason::kMalformed ||
      nack.reason == wire::NackReason::kLimitExceeded) {
    backlog_.give_up(nack.sequence, wire::GapReason::kSpoolCorrupt);
  }
  layouts_sent_.clear();
  in_flight_.clear();
  in_flight_bytes_ = 0;
  next_to_send_ = std::max(nack.expected, backlog_.first_unacknowledged());
  if (nack.retry_after.count() == 0) return send_backlog();
  held_back_ = true;
  retry_timer_.expires_after(nack.retry_after);
  retry_timer_.async_wait([this](const asio::error_code& error) {
    if (error || phase_ != Phase::kStreaming) return;
    held_back_ = false;
    send_backlog();
  });
}

void Link::acknowledge(std::uint64_t committed) {
  backlog_.acknowledge(committed);
  while (!in_flight_.empty() && in_flight_.front().first <= committed) {
    in_flight_bytes_ -= in_flight_.front().second;
    in_flight_.pop_front();
  }
  next_to_send_ = std::max(next_to_send_, committed + 1);
  if (events_.acknowledged) events_.acknowledged();
}

void Link::wake() {
  if (phase_ == Phase::kStreaming) return send_backlog();
  // Before the first session nothing was interrupted. Later there is nobody to send to for a while:
  // that was this batch's first try.
  if (counters_.sessions == 0) return;
  Backlog::Item* newest = backlog_.at_or_after(backlog_.next_sequence() - 1);
  if (newest != nullptr && newest->attempts == 0) newest->attempts = 1;
}

void Link::send_backlog() {
  while (phase_ == Phase::kStreaming && !held_back_ && in_flight_bytes_ < credit_bytes_) {
    Backlog::Item* item = backlog_.at_or_after(next_to_send_);
    if (item == nullptr) return;
    if (item->batch && layouts_sent_.count(item->batch->layout->number) == 0 &&
        !wire::encode(*item->batch->layout)) {
      // A layout that no message can hold: its batches can never be sent.
      log::error("a set of {} series is too large to be sent: its samples are lost",
                 item->batch->layout->series.size());
      backlog_.give_up(item->first_sequence, wire::GapReason::kBufferFull);
      continue;
    }
    if (!send_item(*item)) return;
    next_to_send_ = item->last_sequence + 1;
  }
}

bool Link::send_item(Backlog::Item& item) {
  if (!item.batch) {
    in_flight_.emplace_back(item.last_sequence, 0);
    return send(item.gap);
  }
  const ClosedBatch& batch = *item.batch;
  if (!send_layout(batch.layout)) return false;
  wire::Batch out;
  out.sequence = item.first_sequence;
  out.attempt = ++item.attempts;
  out.layout = batch.layout->number;
  out.start = batch.start;
  out.step_ms = batch.step_ms;
  out.steps = batch.steps;
  out.columns = codec::as_bytes(batch.columns);
  if (!send(out)) {
    --item.attempts;
    return false;
  }
  ++counters_.batches_sent;
  if (item.attempts > 1) ++counters_.batches_resent;
  in_flight_.emplace_back(item.last_sequence, batch.columns.size());
  in_flight_bytes_ += batch.columns.size();
  return true;
}

bool Link::send_layout(const LayoutPtr& layout) {
  if (layouts_sent_.count(layout->number) > 0) return true;
  if (!send(*layout)) return false;
  layouts_sent_.insert(layout->number);
  return true;
}

bool Link::send(const wire::Message& message) {
  const auto bytes = wire::encode(message);
  if (!bytes) {
    // The batcher keeps batches far below the limit; a layout beyond it was refused by the sample
    // sheet.
    log::error("{}", bytes.error().message);
    return false;
  }
  wire::Frames frames;
  frames.emplace_back(bytes->data(), bytes->size());
  if (!socket_ || !socket_->send(std::move(frames))) return false;
  counters_.message_bytes += bytes->size();
  return true;
}

void Link::arm_progress_timer() {
  progressed_ = false;
  timer_.expires_after(options_.progress_timeout);
  timer_.async_wait([this, session = session_](const asio::error_code& error) {
    if (error || session != session_ || phase_ == Phase::kStopped) return;
    const bool waiting = phase_ == Phase::kGreeting || !in_flight_.empty();
    if (waiting && !progressed_) {
      ++counters_.timeouts;
      return end_session("no word for " + format_duration(options_.progress_timeout), false);
    }
    arm_progress_timer();
  });
}

}  // namespace headroom::agent
