#include "agent/push/replay.h"

#include <limits>
#include <utility>

#include <asio/post.hpp>

#include "common/log/log.h"

namespace headroom::agent {

namespace {

// What was behind the last record that could be read: at least one batch, and nobody knows of how
// many samples. Where more of the stream follows, the hole between the two says how many.
Backlog::Item damaged_end(std::uint64_t sequence, const Backlog::Item& last) {
  Backlog::Item item;
  item.first_sequence = item.last_sequence = sequence;
  const UnixMs at =
      last.batch ? last.batch->start + static_cast<UnixMs>(last.batch->step_ms) * last.batch->steps
                 : last.gap.to;
  item.gap = {sequence, sequence, at, at, 0, wire::GapReason::kSpoolCorrupt};
  return item;
}

}  // namespace

Replay::Replay(asio::io_context& loop, zmq::context_t& context, LinkOptions options, Spool& spool,
               Random random)
    : loop_(loop), context_(context), options_(std::move(options)), spool_(spool), random_(random) {
  options_.replay = true;
}

Replay::~Replay() {
  *alive_ = false;
  stop();
}

void Replay::start() {
  if (!link_ && !spool_.empty()) load();
}

void Replay::stop() {
  if (!window_) return;
  end_session();
  window_.reset();
  spool_.release();
}

// The next segment; in the session that there is if it is of the same stream.
void Replay::load() {
  auto segment = spool_.load_oldest();
  if (!segment) {
    log::info("spool: all of it is sent");
    return;
  }
  if (window_ && window_->stream() != segment->header.stream) {
    end_session();
    window_.reset();
  }
  const bool is_new = !window_;
  if (is_new) {
    // Nothing is given up for want of room: the segment has its size.
    window_ =
        std::make_unique<Backlog>(segment->header.stream, std::numeric_limits<std::size_t>::max());
  }
  const Backlog::Item end =
      damaged_end(segment->items.back().last_sequence + 1, segment->items.back());
  for (Backlog::Item& item : segment->items) window_->push_item(std::move(item));
  if (!segment->damage.empty()) window_->push_item(end);
  if (window_->empty()) return on_acknowledged();  // all of it was in the segment before
  if (!is_new) return link_->wake();
  log::info("spool: sending {} segments", spool_.segments());
  LinkEvents events;
  events.acknowledged = [this] { on_acknowledged(); };
  // Numbers of its own: the link before this one may not be quite gone, and its sockets' names come
  // from these.
  link_ = std::make_unique<Link>(loop_, context_, options_, *window_, Random(random_()),
                                 std::move(events));
  link_->start();
}

void Replay::on_acknowledged() {
  if (!window_ || !window_->empty()) return;
  // Not from within the link that calls: it may end here.
  asio::post(loop_, [this, alive = alive_] {
    if (!*alive || !window_ || !window_->empty()) return;
    spool_.done();
    load();
    if (!window_ || window_->empty()) {
      end_session();
      window_.reset();
    }
  });
}

void Replay::end_session() {
  if (!link_) return;
  past_ = counters();
  link_->stop();
  // Its timers may have fired already; what they run finds it stopped, and not gone.
  asio::post(loop_, [old = std::shared_ptr<Link>(std::move(link_))] {});
}

LinkCounters Replay::counters() const {
  LinkCounters sum = past_;
  if (!link_) return sum;
  const LinkCounters& now = link_->counters();
  sum.sessions += now.sessions;
  sum.batches_sent += now.batches_sent;
  sum.batches_resent += now.batches_resent;
  sum.message_bytes += now.message_bytes;
  sum.timeouts += now.timeouts;
  sum.refusals += now.refusals;
  sum.bad_messages += now.bad_messages;
  return sum;
}

}  // namespace headroom::agent
