// The store on an embedded RocksDB. One process per folder: a second one is refused.
//
// Column families: series (catalog), cursors, journal (committed batches not in chunks yet),
// capacity_metrics (chunks), scaling_events, state, meta (format version, journal's low-water
// mark). A commit writes the journal and the cursors in one synced WriteBatch. A flush writes the
// chunks of the whole head and deletes its journal in one WriteBatch, so a batch is always in
// exactly one of the two.
#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "aggregator/store/catalog.h"
#include "aggregator/store/store.h"

namespace headroom::store::rocks {

inline constexpr std::uint64_t kStoreFormat = 1;

struct Options {
  std::string path;
  std::size_t head_bytes = 64u << 20;                 // flush when the head holds so much
  std::chrono::milliseconds flush_interval{600'000};  // and at least so often
  std::size_t cache_bytes = 64u << 20;                // block cache
  CatalogLimits limits = {};
  bool background_flush = true;  // false: only flush() moves the head (tests)
};

// Errors: kAlreadyExists where another process has the folder open, kUnsupported for a store of
// another format version, kCorruption, kPermissionDenied, kUnavailable; each message says what to
// do.
Result<std::unique_ptr<Store>> open(Options options);

}  // namespace headroom::store::rocks
