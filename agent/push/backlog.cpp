#include "agent/push/backlog.h"

#include <algorithm>
#include <utility>

namespace headroom::agent {

void Backlog::push(ClosedBatch batch) {
  bytes_ += cost(batch);
  Item item;
  item.first_sequence = item.last_sequence = next_sequence_++;
  item.batch = std::move(batch);
  items_.push_back(std::move(item));
  // The newest batch always stays: something must be able to leave.
  while (bytes_ > limit_bytes_) {
    const auto oldest = std::find_if(items_.begin(), items_.end() - 1,
                                     [](const Item& one) { return one.batch.has_value(); });
    if (oldest == items_.end() - 1) break;
    replace_by_gap(static_cast<std::size_t>(oldest - items_.begin()), wire::GapReason::kBufferFull);
  }
}

void Backlog::push_item(Item item) {
  if (item.last_sequence < next_sequence_) return;
  if (item.first_sequence < next_sequence_)
    item.first_sequence = item.gap.first_sequence = next_sequence_;
  const bool is_first = items_.empty() && next_sequence_ == 1;
  if (item.first_sequence > next_sequence_ && !is_first) {
    Item hole;
    hole.first_sequence = next_sequence_;
    hole.last_sequence = item.first_sequence - 1;
    const UnixMs until = item.batch ? item.batch->start : item.gap.from;
    hole.gap = {hole.first_sequence,           hole.last_sequence, until, until, 0,
                wire::GapReason::kSpoolCorrupt};
    items_.push_back(std::move(hole));
  }
  next_sequence_ = item.last_sequence + 1;
  if (item.batch) bytes_ += cost(*item.batch);
  items_.push_back(std::move(item));
}

void Backlog::clear() {
  items_.clear();
  bytes_ = 0;
}

void Backlog::begin_stream(wire::StreamId stream) {
  stream_ = stream;
  next_sequence_ = 1;
  for (Item& item : items_) {
    const std::uint64_t length = item.last_sequence - item.first_sequence;
    item.first_sequence = item.gap.first_sequence = next_sequence_;
    item.last_sequence = item.gap.last_sequence = next_sequence_ + length;
    next_sequence_ = item.last_sequence + 1;
  }
}

void Backlog::acknowledge(std::uint64_t committed) {
  while (!items_.empty() && items_.front().last_sequence <= committed) {
    if (items_.front().batch) bytes_ -= cost(*items_.front().batch);
    items_.pop_front();
  }
  // Part of a gap may have been stored as batches before they were given up here.
  if (!items_.empty() && items_.front().first_sequence <= committed) {
    items_.front().first_sequence = committed + 1;
    items_.front().gap.first_sequence = committed + 1;
  }
}

void Backlog::give_up(std::uint64_t sequence, wire::GapReason reason) {
  for (std::size_t i = 0; i < items_.size(); ++i) {
    if (items_[i].first_sequence == sequence && items_[i].batch) return replace_by_gap(i, reason);
  }
}

Backlog::Item* Backlog::at_or_after(std::uint64_t sequence) {
  const auto found = std::lower_bound(
      items_.begin(), items_.end(), sequence,
      [](const Item& item, std::uint64_t wanted) { return item.last_sequence < wanted; });
  return found == items_.end() ? nullptr : &*found;
}

void Backlog::replace_by_gap(std::size_t index, wire::GapReason reason) {
  Item& item = items_[index];
  const ClosedBatch& batch = *item.batch;
  const UnixMs end = batch.start + static_cast<UnixMs>(batch.step_ms) * batch.steps;
  const std::uint64_t samples =
      static_cast<std::uint64_t>(batch.steps) * batch.layout->series.size();
  item.gap = {item.first_sequence, item.last_sequence, batch.start, end, samples, reason};
  bytes_ -= cost(batch);
  item.batch.reset();
  item.attempts = 0;
  ++batches_given_up_;
  if (index == 0) return;
  Item& before = items_[index - 1];
  if (before.batch || before.gap.reason != reason) return;
  before.last_sequence = before.gap.last_sequence = item.last_sequence;
  before.gap.from = std::min(before.gap.from, item.gap.from);
  before.gap.to = std::max(before.gap.to, item.gap.to);
  before.gap.samples += samples;
  before.attempts = 0;
  items_.erase(items_.begin() + static_cast<std::ptrdiff_t>(index));
}

}  // namespace headroom::agent
