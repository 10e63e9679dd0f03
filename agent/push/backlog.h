// The batches that the aggregator has not acknowledged yet, oldest first, within a limit of bytes.
// When it is full the oldest batch is given up and remembered as a gap, which is sent in its place:
// a chart shows a hole, not a flat line.
//
// Sequences count from 1 within the stream, which is minted with the backlog. One thread.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>

#include "agent/push/batcher.h"
#include "common/wire/message.h"

namespace headroom::agent {

class Backlog {
 public:
  // What stands at one place of the line: a batch, or the gap that took its place.
  struct Item {
    std::uint64_t first_sequence = 0;
    std::uint64_t last_sequence = 0;  // a batch: the same
    std::optional<ClosedBatch> batch;
    wire::Gap gap;               // meaningful where there is no batch
    std::uint32_t attempts = 0;  // tries to send it, also those that found no session
  };

  Backlog(wire::StreamId stream, std::size_t limit_bytes)
      : stream_(stream), limit_bytes_(limit_bytes) {}

  void push(ClosedBatch batch);
  // An item of this stream that waited elsewhere, with the sequences that it had there: behind all
  // that is here. What is missing between becomes a gap (kSpoolCorrupt); what is here already is
  // left out.
  void push_item(Item item);
  // Everything that waits has found another place. The stream goes on behind it.
  void clear();
  // What waits becomes the beginning of another stream.
  void begin_stream(wire::StreamId stream);
  // Everything up to `committed` is on the aggregator's disk.
  void acknowledge(std::uint64_t committed);
  // The aggregator will never take this batch.
  void give_up(std::uint64_t sequence, wire::GapReason reason);

  // The item that holds `sequence` or, if that one is gone, the next; nullptr at the end of the
  // line.
  Item* at_or_after(std::uint64_t sequence);

  const wire::StreamId& stream() const { return stream_; }
  std::uint64_t first_unacknowledged() const {
    return items_.empty() ? next_sequence_ : items_.front().first_sequence;
  }
  std::uint64_t next_sequence() const { return next_sequence_; }
  bool empty() const { return items_.empty(); }
  const std::deque<Item>& items() const { return items_; }
  std::size_t bytes() const { return bytes_; }
  std::uint64_t batches_given_up() const { return batches_given_up_; }

 private:
  static std::size_t cost(const ClosedBatch& batch) { return batch.columns.size() + sizeof(Item); }
  // Turns the batch at this place into a gap, joined with the gap before it.
  void replace_by_gap(std::size_t index, wire::GapReason reason);

  wire::StreamId stream_;
  std::size_t limit_bytes_;
  std::deque<Item> items_;
  std::uint64_t next_sequence_ = 1;
  std::size_t bytes_ = 0;
  std::uint64_t batches_given_up_ = 0;
};

}  // namespace headroom::agent
