#include "aggregator/ingest/router.h"

#include <algorithm>
#include <utility>

#include "aggregator/ingest/columns.h"
#include "common/base/limits.h"
#include "common/base/text.h"
#include "common/log/log.h"
#include "common/model/resource.h"

namespace headroom::ingest {
namespace {

constexpr std::uint32_t kCreditLeast = 64u << 10;
constexpr std::uint32_t kCreditMost = 1u << 20;
constexpr std::uint64_t kMemoryBudget =
    256u << 20;  // for batches received and not committed, over all agents
constexpr int kBacklog = 4096;
constexpr auto kTick = std::chrono::seconds(1);
constexpr double kRateWeight = 0.1;
constexpr auto kSilence =
    std::chrono::seconds(30);  // libzmq's heartbeat closes a dead peer after 15 s
constexpr auto kRetryLayout = std::chrono::milliseconds(200);
constexpr auto kRetryCommit = std::chrono::milliseconds(2000);

std::string metadata(zmq::message_t& frame, const char* name) {
  const char* value = zmq_msg_gets(frame.handle(), name);
  return value == nullptr ? std::string() : value;
}

// The host's attributes go above the series' own, first of all its name: an agent cannot measure in
// another one's. Only the service is the series' own where it says one, because a host may carry
// several.
Attributes with_host(const Attributes& host, const Attributes& own) {
  Attributes all = merged(host, own);
  const std::string_view service = attribute(own, kServiceAttribute);
  if (service.empty()) return all;
  for (Attribute& one : all) {
    if (one.key == kServiceAttribute) one.value = service;
  }
  return all;
}

}  // namespace

Router::Router(asio::io_context& loop, zmq::context_t& context, const Clock& clock,
               RouterOptions options, AuthorizedKeys& authorized, store::Store& store,
               AgentDirectory& directory)
    : loop_(loop),
      clock_(clock),
      options_(std::move(options)),
      authorized_(authorized),
      store_(store),
      directory_(directory),
      authenticator_(loop, context,
                     [this](const std::string& key, const std::string& address) {
                       auto name = authorized_.name_of(key, clock_);
                       if (!name && last_rejection_ != key) {
                         last_rejection_ = key;
                         log::warn("refused an agent at {}: its key {} is not authorized", address,
                                   key);
                       }
                       return name;
                     }),
      socket_(loop, context, zmq::socket_type::router),
      tick_(loop),
      clones_(store),
      committer_(std::make_unique<Committer>(
          store, loop, [this](const Committer::Done& done) { on_committed(done); })) {}

Router::~Router() { tick_.cancel(); }

Status Router::start() {
  try {
    zmq::socket_t& raw = socket_.raw();
    raw.set(zmq::sockopt::curve_server, true);
    raw.set(zmq::sockopt::curve_secretkey, options_.keys.secret_key);
    raw.set(zmq::sockopt::backlog, kBacklog);
    raw.set(zmq::sockopt::router_mandatory, true);
    raw.set(zmq::sockopt::zap_domain, "headroom");
    raw.bind(options_.listen);
    endpoint_ = raw.get(zmq::sockopt::last_endpoint);
  } catch (const zmq::error_t& error) {
    return fail(wire::zmq_failure("listen on " + options_.listen, error));
  }
  socket_.start([this](wire::Frames&& frames) { on_message(std::move(frames)); },
                [this] { hand_over(); });
  arm_tick();
  return {};
}

void Router::drain() {
  for (const auto& [peer, session] : sessions_)
    send(peer, wire::Drain{std::chrono::milliseconds(500)});
}

void Router::on_message(wire::Frames&& frames) {
  if (frames.size() != 2)
    return reject("?", "a message of " + std::to_string(frames.size()) + " parts");
  const std::string peer = frames[0].to_string();
  const auto agent = [&] { return metadata(frames[1], "User-Id"); };
  counters_.message_bytes += frames[1].size();
  const wire::AlignedBytes aligned(
      {static_cast<const std::uint8_t*>(frames[1].data()), frames[1].size()});
  auto message = wire::decode(aligned.bytes());
  if (!message) return reject(agent(), message.error().message);
  if (const auto* hello = std::get_if<wire::Hello>(&*message)) {
    return on_hello(peer, agent(), metadata(frames[1], "Peer-Address"), *hello);
  }
  const auto found = sessions_.find(peer);
  // Sent before this process began or after the session ended: the agent must introduce itself
  // again.
  if (found == sessions_.end()) return send(peer, wire::Drain{});
  Session& session = found->second;
  session.info.last_seen = clock_.unix_ms();
  session.changed = true;
  if (session.superseded && !note_duplicate(session)) return;
  if (const auto* batch = std::get_if<wire::Batch>(&*message)) return on_batch(session, *batch);
  if (auto* layout = std::get_if<wire::Layout>(&*message))
    return on_layout(session, std::move(*layout));
  if (const auto* gap = std::get_if<wire::Gap>(&*message)) return on_gap(session, *gap);
  if (std::holds_alternative<wire::Farewell>(*message)) return on_farewell(session);
  reject(agent(), "a message that only the aggregator sends");
}

void Router::on_hello(const std::string& peer, const std::string& agent, const std::string& address,
                      const wire::Hello& hello) {
  if (hello.protocol < wire::kProtocolOldest || hello.protocol > wire::kProtocol) {
    return reject(agent, "protocol " + std::to_string(hello.protocol) +
                             "; this aggregator speaks " + std::to_string(wire::kProtocolOldest) +
                             " to " + std::to_string(wire::kProtocol));
  }
  // ZAP is asked at the handshake only; a connection may be older than the revocation.
  if (!authorized_.has(agent)) return reject(agent, "its key is no longer authorized");
  const store::StreamKey key{agent, hello.stream};
  std::shared_ptr<Stream>& stream = streams_[key];
  if (!stream) {
    stream = std::make_shared<Stream>();
    stream->key = key;
    stream->committed = stream->submitted = stream->received = store_.cursor(key).committed;
  }
  if (stream->session != nullptr) end_session(sessions_.find(stream->session->peer));
  stream->refused = 0;
  // What the agent no longer has it cannot send: go on from what it has. The commit counts the
  // difference as lost.
  stream->available = hello.first_unacknowledged;
  if (stream->available > stream->received + 1) stream->received = stream->available - 1;

  Session session;
  session.peer = peer;
  session.stream = stream;
  session.host = {hello.machine, hello.boot_id};
  session.instance = hello.instance;
  session.replay = hello.replay;
  session.info.agent = clones_.host_name(agent, session.host);
  session.host_attributes =
      merged({{std::string(kHostAttribute), session.info.agent}}, hello.host_attributes);
  session.info.service = attribute(session.host_attributes, kServiceAttribute);
  session.info.simulated = attribute(session.host_attributes, kSimulatedAttribute) == "true";
  session.info.connected = true;
  session.info.address = address;
  session.info.version = hello.agent_version;
  session.info.last_seen = clock_.unix_ms();
  session.info.committed = stream->committed;
  if (!session.replay) directory_.update(session.info);
  begin_session(std::move(session));
  log::info("agent {} at {}{}: committed {}, has from {}", agent, address,
            hello.replay ? " sends what waited" : "", stream->committed,
            hello.first_unacknowledged);
  send(peer, wire::Welcome{stream->committed, credit(), clock_.unix_ms(), options_.batch_interval});
}

void Router::on_layout(Session& session, wire::Layout layout) {
  for (Series& one : layout.series) {
    one.attributes = with_host(session.host_attributes, one.attributes);
    if (auto valid = validate(one); !valid) {
      // Its batches are refused as they come, so that the agent reports them as lost.
      session.refused_layouts.insert(layout.number);
      return reject(session.info.agent, valid.error().message);
    }
  }
  auto group = store_.define_group(layout.series);
  if (!group && group.error().code == ErrorCode::kUnavailable) {
    return nack(session, 0, wire::NackReason::kNotReady, group.error().message, kRetryCommit);
  }
  if (!group) {
    // Not for want of a little time. The agent defines it again with its next batch.
    session.refused_layouts.insert(layout.number);
    return reject(session.info.agent, group.error().message);
  }
  session.refused_layouts.erase(layout.number);
  // The oldest are forgotten first; an agent that still needs one is told so and defines it again.
  if (session.layouts.size() == limits::kLayoutsPerSession)
    session.layouts.erase(session.layouts.begin());
  session.info.series = group->kept.size();
  if (group->kept.size() < layout.series.size()) {
    log::warn(
        "agent {}: {} of its {} series are not stored, because of a limit or because they "
        "stand twice in its layout",
        session.info.agent, layout.series.size() - group->kept.size(), layout.series.size());
  }
  session.layouts[layout.number] = {std::move(*group), layout.series.size()};
}

bool Router::expects(Session& session, std::uint64_t first, std::uint64_t last) {
  Stream& stream = *session.stream;
  if (first == stream.received + 1) return true;
  if (last <= stream.committed) {
    ++counters_.batches_known;
    acknowledge(stream);
  } else if (first > stream.received + 1 && stream.refused != stream.received + 1) {
    nack(session, first, wire::NackReason::kOutOfSequence, "");
  }
  // Else it is on its way to the disk, and will be acknowledged from there.
  return false;
}

void Router::on_batch(Session& session, const wire::Batch& batch) {
  if (batch.attempt > 1) {
    ++counters_.batches_resent;
    ++session.info.resent;
  }
  if (!expects(session, batch.sequence, batch.sequence)) return;
  if (session.refused_layouts.count(batch.layout) > 0) {
    return nack(session, batch.sequence, wire::NackReason::kLimitExceeded,
                "its layout was refused");
  }
  const auto found = session.layouts.find(batch.layout);
  if (found == session.layouts.end()) {
    return nack(session, batch.sequence, wire::NackReason::kUnknownLayout,
                "layout " + std::to_string(batch.layout) + " is not defined", kRetryLayout);
  }
  const UnixMs last = batch.start + static_cast<UnixMs>(batch.step_ms) * (batch.steps - 1);
  if (last > clock_.unix_ms() + limits::kAheadMs) {
    ++counters_.rejected_messages;
    return nack(
        session, batch.sequence, wire::NackReason::kLimitExceeded,
        "its time " + format_time(last) + " is more than a day ahead of the aggregator's clock");
  }
  const KnownLayout& layout = found->second;
  auto columns = take_columns(batch, layout.columns, layout.group.kept);
  if (!columns) {
    ++counters_.rejected_messages;
    return nack(session, batch.sequence, wire::NackReason::kMalformed, columns.error().message);
  }
  store::Append append;
  append.first_sequence = append.last_sequence = batch.sequence;
  append.group = layout.group.id;
  append.start = batch.start;
  append.step_ms = batch.step_ms;
  append.steps = batch.steps;
  append.columns = std::move(*columns);
  append.samples = batch.steps * layout.group.kept.size();
  counters_.samples_capped += batch.steps * (layout.columns - layout.group.kept.size());
  ++session.info.batches;
  session.info.last_sample = batch.start + static_cast<UnixMs>(batch.step_ms) * (batch.steps - 1);
  if (batch.attempt == 1) session.info.skew_ms = session.info.last_seen - session.info.last_sample;
  submit(*session.stream, std::move(append));
}

void Router::submit(Stream& stream, store::Append append) {
  append.stream = stream.key;
  append.lost_before = append.first_sequence - stream.submitted - 1;
  stream.received = stream.submitted = append.last_sequence;
  stream.refused = 0;
  under_way_.push_back({&stream, append.last_sequence});
  gathered_.push_back(std::move(append));
}

// Once for all messages of a turn: they are one group commit, or part of one.
void Router::hand_over() {
  if (!gathered_.empty()) committer_->submit(gathered_, epoch_);
}

void Router::on_gap(Session& session, const wire::Gap& gap) {
  Stream& stream = *session.stream;
  // Part of it may have arrived as batches before the agent gave them up.
  const std::uint64_t first = std::max(gap.first_sequence, stream.received + 1);
  if (gap.last_sequence < first) {
    if (gap.last_sequence <= stream.committed) acknowledge(stream);
    return;
  }
  if (!expects(session, first, gap.last_sequence)) return;
  // An outage can be thinned in hundreds of pieces; the counters have their sum.
  const auto level =
      gap.reason == wire::GapReason::kThinned ? spdlog::level::debug : spdlog::level::warn;
  spdlog::log(level, "agent {} lost batches {} to {} ({} samples): {}", session.info.agent, first,
              gap.last_sequence, gap.samples, wire::to_string(gap.reason));
  store::Append append;
  append.first_sequence = first;
  append.last_sequence = gap.last_sequence;
  append.lost_samples = gap.samples;
  submit(stream, std::move(append));
}

void Router::on_committed(const Committer::Done& done) {
  if (!done.status) return on_commit_failed(done.status.error());
  ++counters_.group_commits;
  counters_.batches += done.batches;
  counters_.samples += done.samples;
  counters_.cannot_write.clear();
  HEADROOM_ASSERT(done.appends <= under_way_.size());
  // One Ack answers all batches of a stream.
  const auto end = under_way_.begin() + static_cast<std::ptrdiff_t>(done.appends);
  for (auto one = under_way_.begin(); one != end; ++one) {
    one->stream->committed = one->last_sequence;
    one->stream->to_acknowledge = true;
  }
  for (auto one = under_way_.begin(); one != end; ++one) {
    if (!std::exchange(one->stream->to_acknowledge, false)) continue;
    acknowledge(*one->stream);
  }
  under_way_.erase(under_way_.begin(), end);
}

void Router::acknowledge(const Stream& stream) {
  if (stream.session == nullptr) return;
  stream.session->changed = true;
  send(stream.session->peer, wire::Ack{stream.committed, credit()});
}

void Router::on_commit_failed(const Error& error) {
  ++counters_.commit_failures;
  ++epoch_;
  if (counters_.cannot_write != error.message) {
    log::error("nothing is acknowledged while the store cannot write: {}", error.message);
  }
  counters_.cannot_write = error.message;
  // All of it is of the epoch that ended.
  under_way_.clear();
  gathered_.clear();
  for (const auto& [key, stream] : streams_) {
    if (stream->submitted == stream->committed) continue;
    // What was submitted is not on disk: the agent sends it again, a little later.
    stream->submitted = stream->committed;
    stream->received =
        std::max(stream->committed, stream->available == 0 ? 0 : stream->available - 1);
    if (stream->session == nullptr) continue;
    nack(*stream->session, stream->received + 1, wire::NackReason::kNotReady, error.message,
         kRetryCommit);
  }
}

void Router::nack(Session& session, std::uint64_t sequence, wire::NackReason reason,
                  std::string message, std::chrono::milliseconds retry_after) {
  wire::Nack out;
  out.sequence = sequence;
  out.expected = session.stream->received + 1;
  out.reason = reason;
  out.message = std::move(message);
  out.retry_after = retry_after;
  session.stream->refused = out.expected;
  send(session.peer, out);
}

void Router::reject(const std::string& agent, const std::string& why) {
  ++counters_.rejected_messages;
  log::warn("refused from agent {}: {}", agent.empty() ? "?" : agent, why);
}

void Router::send(const std::string& peer, const wire::Message& message) {
  const auto bytes = encoder_.encode(message);
  HEADROOM_ASSERT(bytes.has_value());  // what the aggregator says is small
  // A peer that is gone comes back and asks; it needs no answer now.
  static_cast<void>(socket_.send_to(peer, *bytes));
}

std::uint32_t Router::credit() const {
  const std::uint64_t share = kMemoryBudget / std::max<std::size_t>(1, sessions_.size());
  return static_cast<std::uint32_t>(std::clamp<std::uint64_t>(share, kCreditLeast, kCreditMost));
}

void Router::arm_tick() {
  tick_.expires_after(kTick);
  tick_.async_wait([this](const asio::error_code& error) {
    if (!error) on_tick();
  });
}

void Router::on_tick() {
  authorized_.reload_if_changed();
  drop_revoked();  // also what a stranger's handshake made us read again
  const UnixMs now = clock_.unix_ms();
  const auto silence = std::chrono::duration_cast<std::chrono::milliseconds>(kSilence).count();
  for (auto at = sessions_.begin(); at != sessions_.end();) {
    Session& session = at->second;
    AgentInfo& info = session.info;
    const std::shared_ptr<Stream> stream = session.stream;
    if (now - info.last_seen >
        std::max<std::int64_t>(silence, 3 * options_.batch_interval.count())) {
      if (!session.superseded && !session.replay) {
        log::info("agent {} is gone", info.agent);
        directory_.disconnected(info.agent);
      }
      if (stream->submitted == stream->committed) streams_.erase(stream->key);
      at = end_session(at);
      continue;
    }
    ++at;
    // Most agents said nothing since the last tick.
    if (!std::exchange(session.changed, false) || session.superseded || session.replay) continue;
    info.committed = stream->committed;
    info.lost_batches = store_.cursor(stream->key).lost_batches;
    directory_.update(info);
  }
  // Their cursors are in the store.
  std::erase_if(streams_, [](const auto& entry) {
    const Stream& stream = *entry.second;
    return stream.session == nullptr && stream.submitted == stream.committed;
  });
  // Batches come in lumps of several seconds: a mean that forgets slowly.
  const double rate = static_cast<double>(counters_.samples - samples_at_tick_) /
                      std::chrono::duration<double>(kTick).count();
  samples_at_tick_ = counters_.samples;
  counters_.samples_per_second += (rate - counters_.samples_per_second) * kRateWeight;
  counters_.rejected_keys = authenticator_.refused();
  counters_.rescues = socket_.rescues();
  directory_.set_counters(counters_);
  arm_tick();
}

}  // namespace headroom::ingest
