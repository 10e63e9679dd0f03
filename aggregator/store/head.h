// The head: what is committed and not yet in chunks, in memory and still encoded. Batches point
// into the journal entries that they came in.
//
// Thread safety: none but this: what slice() gave stays as it is while more is added, as long as
// the head lives.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "aggregator/store/journal.h"
#include "aggregator/store/merge.h"
#include "aggregator/store/tier.h"

namespace headroom::store {

struct HeadBatch {
  UnixMs start = 0;
  std::uint32_t step_ms = 0;
  std::uint32_t steps = 0;
  const std::uint8_t* columns = nullptr;
  std::size_t size = 0;

  UnixMs last() const { return start + static_cast<UnixMs>(step_ms) * (steps - 1); }
  Piece piece() const { return {{{start, step_ms, steps}}, {columns, size}}; }
};

// The batches of one group at one moment.
struct HeadSlice {
  std::shared_ptr<const HeadBatch[]> batches;
  std::size_t count = 0;

  const HeadBatch* begin() const { return batches.get(); }
  const HeadBatch* end() const { return batches.get() + count; }
};

class Head {
 public:
  using Entry = std::shared_ptr<const std::string>;

  // Keeps the entry that the batches added next point into.
  void hold(Entry entry);
  void add(const JournalRecord& record, std::size_t columns);
  // All that `other` holds, behind what is here.
  void append(const Head& other);

  HeadSlice slice(GroupId group) const;
  std::vector<GroupId> groups() const;  // ascending
  // Raw windows that have batches, with how many.
  const std::map<std::uint32_t, std::uint64_t>& windows() const { return windows_; }

  bool empty() const { return batches_ == 0; }
  std::uint64_t batches() const { return batches_; }
  std::uint64_t samples() const { return samples_; }
  std::uint64_t bytes() const { return bytes_; }

 private:
  // Grows by moving to a larger array; slices keep the one they have.
  struct Batches {
    std::shared_ptr<HeadBatch[]> array;
    std::size_t count = 0;
    std::size_t capacity = 0;
  };
  static void push(Batches& batches, const HeadBatch& batch);
  void count(const HeadBatch& batch);

  std::vector<Entry> entries_;
  std::unordered_map<GroupId, Batches> groups_;
  std::map<std::uint32_t, std::uint64_t> windows_;
  std::uint64_t batches_ = 0;
  std::uint64_t samples_ = 0;
  std::uint64_t bytes_ = 0;
};

}  // namespace headroom::store
