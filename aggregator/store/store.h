// The store: what every agent measured, durable before it is acknowledged, and the small state of
// the other rooms.
//
// Samples come in as batches of a group: a set of series that one agent samples together, so that
// time is kept once for all of them. commit() makes a set of batches and their streams' cursors
// durable in one atomic, synced write; after a crash each batch is either there once, with the
// cursor behind it, or not at all. Committed batches are kept as they came (head in memory, journal
// on disk) until they are merged into chunks, one per group and time window.
//
// Thread safety: every call may be made from any thread; commits are serialized, reads run beside
// them and see every batch whose commit() returned before the read began.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "aggregator/store/selector.h"
#include "common/base/clock.h"
#include "common/base/result.h"
#include "common/codec/bytes.h"
#include "common/model/series.h"

namespace headroom::store {

using SeriesId = std::uint32_t;
using GroupId = std::uint32_t;

// Where batches are counted: one buffer of one agent.
struct StreamKey {
  std::string agent;
  std::array<std::uint8_t, 16> stream{};
  friend auto operator<=>(const StreamKey&, const StreamKey&) = default;
};

struct Cursor {
  std::uint64_t committed = 0;     // last sequence on disk; 0 = none
  std::uint64_t batches = 0;       // stored
  std::uint64_t samples = 0;       // stored, missing values not counted out
  std::uint64_t lost_batches = 0;  // reported as gaps, or never sent
  std::uint64_t lost_samples = 0;
  friend bool operator==(const Cursor&, const Cursor&) = default;
};

// One batch to commit, or the gap that stands in its place (steps == 0).
struct Append {
  StreamKey stream;
  std::uint64_t first_sequence = 0;  // a gap may cover several
  std::uint64_t last_sequence = 0;   // the stream's new cursor
  std::uint64_t lost_before = 0;     // sequences before the first one that the agent no longer has
  GroupId group = 0;
  UnixMs start = 0;
  std::uint32_t step_ms = 0;
  std::uint32_t steps = 0;
  std::string columns;  // one encoded column per series of the group, checked by the caller
  std::uint64_t lost_samples = 0;  // of a gap
  std::uint64_t samples = 0;       // steps × series, for the caller's own count
};

struct SeriesInfo {
  SeriesId id = 0;
  std::shared_ptr<const Series> series;
};

// Small state, by table and key; values are the owning room's own.
enum class Table { kState, kScalingEvents };

struct StoreStats {
  std::uint64_t format = 0;
  std::uint64_t series = 0;
  std::uint64_t groups = 0;
  std::uint64_t streams = 0;
  std::uint64_t head_batches = 0;  // committed and not yet in chunks
  std::uint64_t head_samples = 0;
  std::uint64_t head_bytes = 0;
  std::uint64_t chunks = 0;         // written since the start
  std::uint64_t chunk_samples = 0;  // since the start
  std::uint64_t chunk_bytes = 0;    // since the start
  std::uint64_t disk_bytes = 0;
  std::uint64_t commits = 0;
  std::uint64_t commit_failures = 0;
  std::uint64_t batches_stored_twice = 0;  // found in the journal at the start: must be 0
  std::uint64_t recovered_batches = 0;     // from the journal, at the start
  std::uint64_t recovery_ms = 0;
  UnixMs oldest = 0;  // of all samples; 0 = none
  UnixMs newest = 0;
};

class Store {
 public:
  virtual ~Store() = default;

  // The group with exactly these series in this order, made if it is new. Durable with the next
  // commit. Errors: kLimitExceeded, kUnavailable (disk).
  virtual Result<GroupId> define_group(std::span<const Series> series) = 0;

  // Atomic and durable when it returns. Each Append's first_sequence must follow its stream's
  // cursor, but for what is declared in lost_before: kInvalidArgument for one that does not, and
  // then nothing of the whole is stored. Errors: kUnavailable (nothing is stored; the same appends
  // may be committed again later), kInvalidArgument.
  virtual Status commit(std::span<const Append> appends) = 0;

  virtual Cursor cursor(const StreamKey& stream) const = 0;
  // Every stream with its cursor, by agent.
  virtual std::vector<std::pair<StreamKey, Cursor>> cursors() const = 0;

  virtual std::vector<SeriesInfo> select(const Selector& selector) const = 0;

  // Calls `sink` once per series in the order of `ids`, with its samples in [from, to), sorted by
  // time, no time twice, missing values left out. The sink returns false to stop. Errors:
  // kCorruption naming the chunk; the series before it were delivered.
  using Sink = std::function<bool(SeriesId id, std::span<const Sample> samples)>;
  virtual Status read(std::span<const SeriesId> ids, UnixMs from, UnixMs to,
                      const Sink& sink) const = 0;

  // Small state. put and erase are durable when they return. list gives (key, value) of keys with
  // this prefix, in order.
  virtual Status put(Table table, std::string_view key, std::string_view value) = 0;
  virtual Status erase(Table table, std::string_view key) = 0;
  virtual Result<std::optional<std::string>> get(Table table, std::string_view key) const = 0;
  virtual Result<std::vector<std::pair<std::string, std::string>>> list(
      Table table, std::string_view prefix) const = 0;

  // Moves the head into chunks now.
  virtual Status flush() = 0;
  virtual StoreStats stats() const = 0;
};

}  // namespace headroom::store
