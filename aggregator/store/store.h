// The store: what every agent measured, durable before it is acknowledged, and the small state of
// the other rooms.
//
// Samples come in as batches of a group: a set of series that one agent samples together, so that
// time is kept once for all of them. commit() makes a set of batches and their streams' cursors
// durable in one atomic, synced write; after a crash each batch is either there once, with the
// cursor behind it, or not at all. Committed batches stay in memory (the head) and in the journal
// until they are merged into chunks; chunks of a closed window are rolled up to one value a minute
// and one an hour, which are kept longer.
//
// Thread safety: every call may be made from any thread; commits are serialized, reads run beside
// them and see every batch whose commit() returned before the read began.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "aggregator/store/aggregate.h"
#include "aggregator/store/selector.h"
#include "aggregator/store/stats.h"
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

// What a layout became: a group, and which of its columns are stored. All of them, unless a limit
// on the number of series left some out; the caller passes only the kept columns to commit().
struct DefinedGroup {
  GroupId id = 0;
  std::vector<std::uint32_t> kept;  // indices into the layout, ascending
};

// Small state, by table and key; values are the owning room's own.
enum class Table { kState, kScalingEvents };

// One value per window and series: the windows are [from + k·step, from + (k+1)·step) up to `to`.
struct WindowQuery {
  UnixMs from = 0;
  UnixMs to = 0;
  std::int64_t step_ms = 0;  // > 0
  // The usual one of a series' kind where it is not set: average of a gauge, rate of a counter.
  std::optional<Aggregate> how;
  double quantile = 0.5;  // for kQuantile, in [0, 1]
};

// Asked between pieces of work; a read that is cancelled ends with kCancelled.
struct ReadControl {
  const std::atomic<bool>* cancelled = nullptr;
  unsigned threads = 0;  // 0: as many as the store was given
};

class Store {
 public:
  virtual ~Store() = default;

  // The group with exactly these series in this order, made if it is new; a host that was
  // decommissioned comes back. Series beyond the limits are left out and reported (cardinality()).
  // Durable when it returns. Errors: kLimitExceeded (none of the series can be kept), kUnavailable.
  virtual Result<DefinedGroup> define_group(std::span<const Series> series) = 0;

  // Atomic and durable when it returns. Each Append's first_sequence must follow its stream's
  // cursor, but for what is declared in lost_before: kInvalidArgument for one that does not, and
  // then nothing of the whole is stored. Errors: kUnavailable (nothing is stored, for want of disk
  // space or because the store is read-only; the same appends may be committed again later),
  // kInvalidArgument.
  virtual Status commit(std::span<const Append> appends) = 0;

  virtual Cursor cursor(const StreamKey& stream) const = 0;
  // Every stream with its cursor, by agent.
  virtual std::vector<std::pair<StreamKey, Cursor>> cursors() const = 0;

  // Series of decommissioned hosts are among them only where `since` is not later than the host's
  // end.
  virtual std::vector<SeriesInfo> select(const Selector& selector,
                                         UnixMs since = kForever) const = 0;
  static constexpr UnixMs kForever = INT64_MAX;

  // Calls `sink` once per series in the order of `ids`, on the caller's thread, with its raw
  // samples in [from, to), sorted by time, no time twice, missing values left out. The sink returns
  // false to stop. Errors: kCorruption naming the chunk, kCancelled; the series before it were
  // delivered.
  using Sink = std::function<bool(SeriesId id, std::span<const Sample> samples)>;
  virtual Status read(std::span<const SeriesId> ids, UnixMs from, UnixMs to, const Sink& sink,
                      const ReadControl& control = {}) const = 0;

  // The same with one sample per window, stamped with the window's start. Windows that are whole
  // minutes or hours are answered from the rollups where these are complete, the rest from raw
  // samples; where raw samples are no longer kept, from the finest tier that is.
  virtual Status read_windows(std::span<const SeriesId> ids, const WindowQuery& query,
                              const Sink& sink, const ReadControl& control = {}) const = 0;

  // The host is gone: its series no longer appear in select() for times after `at`, and do not
  // count towards limits; its history stays until its retention ends. Durable when it returns.
  // Errors: kNotFound (no series of that host), kUnavailable.
  virtual Status decommission(std::string_view host, UnixMs at) = 0;

  // Small state. put and erase are durable when they return. list gives (key, value) of keys with
  // this prefix, in order.
  virtual Status put(Table table, std::string_view key, std::string_view value) = 0;
  virtual Status erase(Table table, std::string_view key) = 0;
  virtual Result<std::optional<std::string>> get(Table table, std::string_view key) const = 0;
  virtual Result<std::vector<std::pair<std::string, std::string>>> list(
      Table table, std::string_view prefix) const = 0;

  // Moves the head into chunks now, and rolls up every window that is closed.
  virtual Status flush() = 0;
  // A consistent copy in the new folder `path`, made while everything goes on; opens like a store.
  // Errors: kAlreadyExists, kUnavailable, kUnsupported (an engine that has its own way).
  virtual Status backup(const std::string& path) = 0;
  // Reads everything back and checks it. `progress` is called now and then with shares of 1 and
  // returns false to cancel. Errors are in the report; kCancelled.
  using Progress = std::function<bool(double done)>;
  virtual Result<VerifyReport> verify(const Progress& progress) const = 0;

  virtual StoreStats stats() const = 0;
  virtual CardinalityReport cardinality() const = 0;
};

}  // namespace headroom::store
