#include "aggregator/ingest/router.h"

#include <algorithm>
#include <utility>

#include "common/base/limits.h"
#include "common/codec/column.h"
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

// The batch's columns must fill it exactly, each one readable: what is in the journal can be
// decoded.
Status check_columns(const wire::Batch& batch, std::size_t columns) {
  codec::Bytes rest = batch.columns;
  for (std::size_t i = 0; i < columns; ++i) {
    const auto size = codec::measure_column(rest, batch.steps);
    if (!size) return fail(size.error().within("column " + std::to_string(i)));
    rest = rest.subspan(*size);
  }
  if (!rest.empty())
    return fail(ErrorCode::kCorruption,
                std::to_string(rest.size()) + " bytes behind the last column");
  return {};
}

std::string metadata(zmq::message_t& frame, const char* name) {
  try {
    const char* value = frame.gets(name);
    return value == nullptr ? std::string() : value;
  } catch (const zmq::error_t&) {
    return {};  // libzmq's way to say that there is none
  }
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
  socket_.start([this](wire::Frames&& frames) { on_message(std::move(frames)); });
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
  const std::string agent = metadata(frames[1], "User-Id");
  counters_.message_bytes += frames[1].size();
  const wire::AlignedBytes aligned(
      {static_cast<const std::uint8_t*>(frames[1].data()), frames[1].size()});
  const auto message = wire::decode(aligned.bytes());
  if (!message) return reject(agent, message.error().message);
  if (const auto* hello = std::get_if<wire::Hello>(&*message)) {
    return on_hello(peer, agent, metadata(frames[1], "Peer-Address"), *hello);
  }
  const auto found = sessions_.find(peer);
  // Sent before this process began or after the session ended: the agent must introduce itself
  // again.
  if (found == sessions_.end()) return send(peer, wire::Drain{});
  Session& session = found->second;
  session.info.last_seen = clock_.unix_ms();
  if (session.superseded) note_duplicate(session);
  if (const auto* batch = std::get_if<wire::Batch>(&*message))
    return on_batch(peer, session, *batch);
  if (const auto* layout = std::get_if<wire::Layout>(&*message))
    return on_layout(peer, session, *layout);
  if (const auto* gap = std::get_if<wire::Gap>(&*message)) return on_gap(peer, session, *gap);
  reject(agent, "a message that only the aggregator sends");
}

void Router::on_hello(const std::string& peer, const std::string& agent, const std::string& address,
                      const wire::Hello& hello) {
  if (hello.protocol != wire::kProtocol) {
    return reject(agent, "protocol " + std::to_string(hello.protocol) +
                             "; this aggregator speaks " + std::to_string(wire::kProtocol));
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
  if (!stream->peer.empty()) sessions_.erase(stream->peer);
  stream->peer = peer;
  stream->refused = 0;
  // What the agent no longer has it cannot send: go on from what it has. The commit counts the
  // difference as lost.
  stream->available = hello.first_unacknowledged;
  if (stream->available > stream->received + 1) stream->received = stream->available - 1;

  Session session;
  session.stream = stream;
  session.host_attributes = merged({{std::string(kHostAttribute), agent}}, hello.host_attributes);
  session.info.agent = agent;
  session.info.service = attribute(session.host_attributes, kServiceAttribute);
  session.info.simulated = attribute(session.host_attributes, kSimulatedAttribute) == "true";
  session.info.connected = true;
  session.info.address = address;
  session.info.version = hello.agent_version;
  session.info.last_seen = clock_.unix_ms();
  session.info.committed = stream->committed;
  directory_.update(session.info);
  supersede_others(peer, agent);
  sessions_[peer] = std::move(session);
  log::info("agent {} at {}: committed {}, has from {}", agent, address, stream->committed,
            hello.first_unacknowledged);
  send(peer, wire::Welcome{stream->committed, credit(), clock_.unix_ms(), options_.batch_interval});
}

// A restarted agent comes with a new stream while its old connection is not yet known to be dead;
// a cloned host looks the same until the old one speaks again.
void Router::supersede_others(const std::string& peer, const std::string& agent) {
  for (auto& [other, session] : sessions_) {
    if (other != peer && session.info.agent == agent) session.superseded = true;
  }
}

void Router::note_duplicate(Session& session) {
  if (counters_.duplicate_agents++ == 0 || !session.info.duplicate) {
    log::warn("two live processes use the key of agent {}: is the host at {} a clone?",
              session.info.agent, session.info.address);
  }
  session.info.duplicate = true;
  for (auto& [peer, other] : sessions_) {
    if (other.info.agent == session.info.agent) other.info.duplicate = true;
  }
}

void Router::drop_revoked() {
  const std::set<std::string> revoked = authorized_.take_revoked();
  for (auto at = sessions_.begin(); at != sessions_.end();) {
    if (revoked.count(at->second.info.agent) == 0 && authorized_.has(at->second.info.agent)) {
      ++at;
      continue;
    }
    log::info("agent {} is no longer authorized: its session ends", at->second.info.agent);
    directory_.disconnected(at->second.info.agent);
    at->second.stream->peer.clear();
    // It comes back, and is refused at the handshake.
    send(at->first, wire::Drain{});
    at = sessions_.erase(at);
  }
}

void Router::on_layout(const std::string& peer, Session& session, const wire::Layout& layout) {
  std::vector<Series> series = layout.series;
  for (Series& one : series) {
    // The host's attributes win: an agent cannot measure in another one's name.
    one.attributes = merged(session.host_attributes, one.attributes);
    if (auto valid = validate(one); !valid) {
      // Its batches are refused as they come, so that the agent reports them as lost.
      session.refused_layouts.insert(layout.number);
      return reject(session.info.agent, valid.error().message);
    }
  }
  const auto group = store_.define_group(series);
  if (!group) {
    return nack(peer, session, 0, wire::NackReason::kNotReady, group.error().message, kRetryCommit);
  }
  // The oldest are forgotten first; an agent that still needs one is told so and defines it again.
  if (session.layouts.size() == limits::kLayoutsPerSession)
    session.layouts.erase(session.layouts.begin());
  session.layouts[layout.number] = {group->id, series.size()};
  session.info.series = series.size();
}

bool Router::expects(const std::string& peer, Session& session, std::uint64_t first,
                     std::uint64_t last) {
  Stream& stream = *session.stream;
  if (first == stream.received + 1) return true;
  if (last <= stream.committed) {
    ++counters_.batches_known;
    send(peer, wire::Ack{stream.committed, credit()});
  } else if (first > stream.received + 1 && stream.refused != stream.received + 1) {
    nack(peer, session, first, wire::NackReason::kOutOfSequence, "");
  }
  // Else it is on its way to the disk, and will be acknowledged from there.
  return false;
}

void Router::on_batch(const std::string& peer, Session& session, const wire::Batch& batch) {
  if (batch.attempt > 1) {
    ++counters_.batches_resent;
    ++session.info.resent;
  }
  if (!expects(peer, session, batch.sequence, batch.sequence)) return;
  const auto layout = session.layouts.find(batch.layout);
  if (session.refused_layouts.count(batch.layout) > 0) {
    return nack(peer, session, batch.sequence, wire::NackReason::kLimitExceeded,
                "its layout was refused");
  }
  if (layout == session.layouts.end()) {
    return nack(peer, session, batch.sequence, wire::NackReason::kUnknownLayout,
                "layout " + std::to_string(batch.layout) + " is not defined", kRetryLayout);
  }
  if (auto checked = check_columns(batch, layout->second.columns); !checked) {
    ++counters_.rejected_messages;
    return nack(peer, session, batch.sequence, wire::NackReason::kMalformed,
                checked.error().message);
  }
  store::Append append;
  append.first_sequence = append.last_sequence = batch.sequence;
  append.group = layout->second.group;
  append.start = batch.start;
  append.step_ms = batch.step_ms;
  append.steps = batch.steps;
  append.columns.assign(reinterpret_cast<const char*>(batch.columns.data()), batch.columns.size());
  append.samples = batch.steps * layout->second.columns;
  ++session.info.batches;
  session.info.last_sample = batch.start + static_cast<UnixMs>(batch.step_ms) * (batch.steps - 1);
  if (batch.attempt == 1) session.info.skew_ms = clock_.unix_ms() - session.info.last_sample;
  submit(*session.stream, std::move(append));
}

void Router::submit(Stream& stream, store::Append append) {
  append.stream = stream.key;
  append.lost_before = append.first_sequence - stream.submitted - 1;
  stream.received = stream.submitted = append.last_sequence;
  stream.refused = 0;
  committer_->submit(std::move(append), epoch_);
}

void Router::on_gap(const std::string& peer, Session& session, const wire::Gap& gap) {
  Stream& stream = *session.stream;
  // Part of it may have arrived as batches before the agent gave them up.
  const std::uint64_t first = std::max(gap.first_sequence, stream.received + 1);
  if (gap.last_sequence < first) {
    if (gap.last_sequence <= stream.committed) send(peer, wire::Ack{stream.committed, credit()});
    return;
  }
  if (!expects(peer, session, first, gap.last_sequence)) return;
  log::warn("agent {} lost batches {} to {} ({} samples)", session.info.agent, first,
            gap.last_sequence, gap.samples);
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
  std::set<Stream*> touched;
  for (const auto& [key, sequence] : done.sequences) {
    const auto found = streams_.find(key);
    HEADROOM_ASSERT(found != streams_.end());
    found->second->committed = sequence;
    touched.insert(found->second.get());
  }
  for (const Stream* stream : touched) {
    if (!stream->peer.empty()) send(stream->peer, wire::Ack{stream->committed, credit()});
  }
}

void Router::on_commit_failed(const Error& error) {
  ++counters_.commit_failures;
  ++epoch_;
  if (counters_.cannot_write != error.message) {
    log::error("nothing is acknowledged while the store cannot write: {}", error.message);
  }
  counters_.cannot_write = error.message;
  for (const auto& [key, stream] : streams_) {
    if (stream->submitted == stream->committed) continue;
    // What was submitted is not on disk: the agent sends it again, a little later.
    stream->submitted = stream->committed;
    stream->received =
        std::max(stream->committed, stream->available == 0 ? 0 : stream->available - 1);
    const auto session = sessions_.find(stream->peer);
    if (session == sessions_.end()) continue;
    nack(stream->peer, session->second, stream->received + 1, wire::NackReason::kNotReady,
         error.message, kRetryCommit);
  }
}

void Router::nack(const std::string& peer, Session& session, std::uint64_t sequence,
                  wire::NackReason reason, std::string message,
                  std::chrono::milliseconds retry_after) {
  wire::Nack out;
  out.sequence = sequence;
  out.expected = session.stream->received + 1;
  out.reason = reason;
  out.message = std::move(message);
  out.retry_after = retry_after;
  session.stream->refused = out.expected;
  send(peer, out);
}

void Router::reject(const std::string& agent, const std::string& why) {
  ++counters_.rejected_messages;
  log::warn("refused from agent {}: {}", agent.empty() ? "?" : agent, why);
}

void Router::send(const std::string& peer, const wire::Message& message) {
  const auto bytes = wire::encode(message);
  HEADROOM_ASSERT(bytes.has_value());  // what the aggregator says is small
  wire::Frames frames;
  frames.emplace_back(peer.data(), peer.size());
  frames.emplace_back(bytes->data(), bytes->size());
  // A peer that is gone comes back and asks; it needs no answer now.
  static_cast<void>(socket_.send(std::move(frames)));
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
    AgentInfo& info = at->second.info;
    const Stream& stream = *at->second.stream;
    const store::Cursor cursor = store_.cursor(stream.key);
    info.committed = stream.committed;
    info.lost_batches = cursor.lost_batches;
    if (now - info.last_seen >
        std::max<std::int64_t>(silence, 3 * options_.batch_interval.count())) {
      if (!at->second.superseded) {
        log::info("agent {} is gone", info.agent);
        directory_.disconnected(info.agent);
      }
      at->second.stream->peer.clear();
      if (stream.submitted == stream.committed) streams_.erase(store::StreamKey(stream.key));
      at = sessions_.erase(at);
      continue;
    }
    if (!at->second.superseded) directory_.update(info);
    ++at;
  }
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
