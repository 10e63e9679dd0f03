// The store on an embedded RocksDB. One process per folder: a second one is refused.
//
// A commit writes one journal entry in one synced WriteBatch. A flush turns the whole head into
// runs, files that are written once, and then says in one synced WriteBatch that these runs count
// and the journal up to there does not: a batch is always in exactly one of the two. A window that
// is closed is rolled up, and its runs merged into one; it expires by dropping its files.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>

#include "aggregator/store/catalog.h"
#include "aggregator/store/rocks/disk_watch.h"
#include "aggregator/store/store.h"

namespace rocksdb {
class Env;
}

namespace headroom::store::rocks {

inline constexpr std::uint64_t kStoreFormat = 2;

struct Options {
  std::string path;
  std::size_t head_bytes = 48u << 20;                   // flush when the head holds so much
  std::chrono::milliseconds flush_interval{7'200'000};  // and at least so often
  std::size_t cache_bytes = 32u << 20;                  // of blocks read from disk
  std::chrono::milliseconds retention_raw = std::chrono::hours(7 * 24);
  std::chrono::milliseconds retention_minute = std::chrono::hours(90 * 24);
  std::chrono::milliseconds retention_hour = std::chrono::hours(1825 * 24);
  std::uint64_t max_bytes =
      0;  // of all chunks; beyond it the oldest windows go, raw ones first. 0: any
  std::uint64_t reserve_bytes = 256u << 20;  // so much of the disk stays free
  CatalogLimits limits;
  unsigned threads = 0;                        // of one query; 0: one per core
  bool background = true;                      // false: only flush() moves the head (tests)
  const Clock* clock = nullptr;                // the system's
  rocksdb::Env* env = nullptr;                 // the system's
  std::function<DiskSpace()> disk_space = {};  // of the disk that holds `path`
};

// Errors: kAlreadyExists where another process has the folder open, kUnsupported for a store of
// another format version, kCorruption, kPermissionDenied, kUnavailable; each message says what to
// do. A store that is damaged opens for reading where it can (StoreStats::read_only).
Result<std::unique_ptr<Store>> open(Options options);

}  // namespace headroom::store::rocks
