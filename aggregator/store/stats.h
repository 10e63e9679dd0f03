// What a store tells about itself. Plain data.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "common/base/clock.h"

namespace headroom::store {

// One kind of data on disk: capacity_metrics (raw), capacity_metrics_1m, capacity_metrics_1h,
// journal, series, …
struct FamilyStats {
  std::string name;
  std::uint64_t bytes = 0;    // on disk, keys and indexes included
  std::uint64_t samples = 0;  // of the chunk families: values; of a rollup one per bucket
  std::uint64_t chunks = 0;
  std::uint64_t windows = 0;
  std::uint64_t runs = 0;  // files that a read of these windows may have to look into
  UnixMs oldest = 0;       // begin of the oldest window; 0 = none
};

struct StoreStats {
  std::uint64_t format = 0;
  std::uint64_t series = 0;
  std::uint64_t groups = 0;
  std::uint64_t streams = 0;
  std::uint64_t head_batches = 0;  // committed and not yet in chunks
  std::uint64_t head_samples = 0;
  std::uint64_t head_bytes = 0;
  std::uint64_t dirty_windows = 0;  // that are over, and whose raw chunks are not all rolled up yet
  std::uint64_t disk_bytes = 0;     // of all families, and the write-ahead log
  std::uint64_t wal_bytes = 0;      // of it, the write-ahead log
  std::uint64_t disk_free_bytes = 0;
  std::vector<FamilyStats> families;
  std::uint64_t commits = 0;
  std::uint64_t commit_failures = 0;
  std::uint64_t committed_bytes = 0;       // of encoded columns, since the start
  std::uint64_t written_bytes = 0;         // to disk, by whatever it took, since the start
  std::uint64_t batches_stored_twice = 0;  // found in the journal at the start: must be 0
  std::uint64_t recovered_batches = 0;     // from the journal, at the start
  std::uint64_t recovery_ms = 0;
  std::uint64_t samples_expired = 0;  // came too late for any tier, since the start
  std::uint64_t windows_dropped = 0;  // by retention, since the start
  UnixMs oldest = 0;                  // of all samples; 0 = none
  UnixMs newest = 0;
  // Empty: it takes everything. Else why it does not, and what to do about it.
  std::string cannot_write;
  bool read_only = false;  // damage was found: only a restart, after mending, takes it back
};

struct VerifyProblem {
  std::string where;  // family, window and group
  std::string what;
};

struct VerifyReport {
  std::uint64_t chunks = 0;
  std::uint64_t samples = 0;
  std::uint64_t bytes = 0;
  std::uint64_t journal_batches = 0;
  std::vector<VerifyProblem> problems;  // the first kVerifyProblems
  std::uint64_t problem_count = 0;
};
inline constexpr std::size_t kVerifyProblems = 100;

// Series that limits kept out.
struct CappedHost {
  std::string host;
  std::uint64_t series = 0;  // kept
  std::uint64_t capped = 0;  // left out in its current layouts
  std::string example;       // one that was left out
};

struct CardinalityReport {
  std::uint64_t series = 0;
  std::uint64_t series_max = 0;
  std::uint64_t series_per_host_max = 0;
  std::vector<CappedHost> capped;                              // by how many, most first
  std::vector<std::pair<std::string, UnixMs>> decommissioned;  // hosts, and since when
};

}  // namespace headroom::store
