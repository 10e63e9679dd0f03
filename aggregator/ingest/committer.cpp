#include "aggregator/ingest/committer.h"

#include <utility>

#include <asio/post.hpp>

namespace headroom::ingest {

Committer::Committer(store::Store& store, asio::io_context& loop, OnDone on_done)
    : store_(store), loop_(loop), on_done_(std::move(on_done)), thread_([this] { run(); }) {}

Committer::~Committer() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_one();
  thread_.join();
}

void Committer::submit(store::Append append, std::uint64_t epoch) {
  {
    const std::lock_guard lock(mutex_);
    // A new epoch begins after a failure, and a failure leaves nothing waiting.
    HEADROOM_ASSERT(waiting_.empty() || waiting_epoch_ == epoch);
    waiting_epoch_ = epoch;
    if (epoch == failed_epoch_)
      return;  // reported with the failure that the submitter will hear of
    waiting_.push_back(std::move(append));
  }
  wake_.notify_one();
}

void Committer::run() {
  for (;;) {
    std::vector<store::Append> group;
    std::uint64_t epoch = 0;
    {
      std::unique_lock lock(mutex_);
      wake_.wait(lock, [&] { return stopping_ || !waiting_.empty(); });
      if (waiting_.empty()) return;
      group.swap(waiting_);
      epoch = waiting_epoch_;
    }
    commit(group, epoch);
  }
}

void Committer::commit(const std::vector<store::Append>& group, std::uint64_t epoch) {
  Done done;
  done.epoch = epoch;
  for (const store::Append& append : group) {
    done.sequences.emplace_back(append.stream, append.last_sequence);
    done.batches += append.steps > 0 ? 1 : 0;
    done.samples += append.samples;
  }
  done.status = store_.commit(group);
  if (!done.status) {
    // What came in meanwhile builds on what is not stored.
    const std::lock_guard lock(mutex_);
    for (const store::Append& append : waiting_)
      done.sequences.emplace_back(append.stream, append.last_sequence);
    waiting_.clear();
    failed_epoch_ = epoch;
  }
  asio::post(loop_, [this, done = std::move(done)] { on_done_(done); });
}

}  // namespace headroom::ingest
