#include "aggregator/ingest/committer.h"

#include <algorithm>
#include <chrono>
#include <iterator>
#include <utility>

#include <asio/post.hpp>

namespace headroom::ingest {
namespace {

// Under load a group waits for company: one entry, one sync and one acknowledgement then do for
// more batches, and no agent minds so little. A group that is alone is written at once.
constexpr std::size_t kBusyGroup = 16;
constexpr std::chrono::milliseconds kGather{10};

}  // namespace

Committer::Committer(store::Store& store, asio::io_context& loop, OnDone on_done)
    : store_(store),
      loop_(loop),
      on_done_(std::make_shared<const OnDone>(std::move(on_done))),
      thread_([this] { run(); }) {}

Committer::~Committer() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_one();
  thread_.join();
}

void Committer::submit(std::vector<store::Append>& appends, std::uint64_t epoch) {
  bool first = false;
  {
    const std::lock_guard lock(mutex_);
    // A new epoch begins after a failure, and a failure leaves nothing waiting.
    HEADROOM_ASSERT(waiting_.empty() || waiting_epoch_ == epoch);
    waiting_epoch_ = epoch;
    first = waiting_.empty();
    if (epoch == failed_epoch_) {
      // Reported with the failure that the submitter will hear of.
    } else if (first) {
      waiting_.swap(appends);
    } else {
      std::move(appends.begin(), appends.end(), std::back_inserter(waiting_));
    }
  }
  appends.clear();
  // Where something waited already the thread is at work, and looks again when it is done.
  if (first) wake_.notify_one();
}

void Committer::run() {
  std::vector<store::Append> group;
  for (;;) {
    std::uint64_t epoch = 0;
    const bool busy = group.size() >= kBusyGroup;
    group.clear();
    {
      std::unique_lock lock(mutex_);
      wake_.wait(lock, [&] { return stopping_ || !waiting_.empty(); });
      if (busy) wake_.wait_for(lock, kGather, [&] { return stopping_; });
      if (waiting_.empty()) return;
      group.swap(waiting_);
      epoch = waiting_epoch_;
    }
    commit(group, epoch);
  }
}

void Committer::commit(std::span<const store::Append> group, std::uint64_t epoch) {
  Done done;
  done.epoch = epoch;
  done.appends = group.size();
  for (const store::Append& append : group) {
    done.batches += append.steps > 0 ? 1 : 0;
    done.samples += append.samples;
  }
  done.status = store_.commit(group);
  if (!done.status) {
    // What came in meanwhile builds on what is not stored.
    const std::lock_guard lock(mutex_);
    done.appends += waiting_.size();
    waiting_.clear();
    failed_epoch_ = epoch;
  }
  asio::post(loop_, [on_done = std::weak_ptr(on_done_), done = std::move(done)] {
    if (const auto call = on_done.lock()) (*call)(done);
  });
}

}  // namespace headroom::ingest
