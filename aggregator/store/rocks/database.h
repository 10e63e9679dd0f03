// RocksDB behind the wall of this room: opening with our options and column families, and statuses
// as Errors.
//
// Thread safety: every call from any thread.
#pragma once

#include <array>
#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include <rocksdb/db.h>

#include "aggregator/store/rocks/rocks_store.h"
#include "aggregator/store/tier.h"

namespace headroom::store::rocks {

enum class Family {
  kSeries,
  kCursors,
  kJournal,
  kRaw,
  kMinute,
  kHour,
  kWindows,
  kScalingEvents,
  kState,
  kMeta
};
inline constexpr std::array<const char*, 10> kFamilyNames{"series",
                                                          "cursors",
                                                          "journal",
                                                          "capacity_metrics",
                                                          "capacity_metrics_1m",
                                                          "capacity_metrics_1h",
                                                          "windows",
                                                          "scaling_events",
                                                          "state",
                                                          "meta"};

constexpr Family family_of(Tier tier) {
  return tier == Tier::kRaw      ? Family::kRaw
         : tier == Tier::kMinute ? Family::kMinute
                                 : Family::kHour;
}

class Database {
 public:
  // A store that is damaged is opened for reading alone, as far as it can be.
  static Result<std::unique_ptr<Database>> open(const Options& options);
  ~Database();
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;

  rocksdb::DB& db() const { return *db_; }
  rocksdb::ColumnFamilyHandle* family(Family which) const {
    return families_[static_cast<std::size_t>(which) + 1];
  }
  const std::string& path() const { return path_; }
  rocksdb::Options file_options(Family which) const;

  // Why nothing can be written any more; empty: it can. Set by damage that is found, and stays.
  std::string damage() const;
  void set_damage(const std::string& what) const;

  // Errors: kUnavailable, also where the store is damaged.
  Status write(rocksdb::WriteBatch& batch, bool sync);
  // Nothing where the key is not there. What is found damaged makes the store read-only.
  Result<std::optional<std::string>> get(Family which, std::string_view key) const;
  // The same without a copy; false where the key is not there.
  Result<bool> get(Family which, std::string_view key, rocksdb::PinnableSlice& value) const;
  std::unique_ptr<rocksdb::Iterator> iterate(Family which, bool keep_in_cache = true) const;
  // What an iterator ended with.
  Status ended(const rocksdb::Iterator& iterator, const std::string& what) const;

  // Takes finished files in; they are moved. Durable when it returns.
  Status ingest(Family which, const std::vector<std::string>& files);
  // Drops the files that lie wholly in [from, to).
  Status drop_files(Family which, const std::string& from, const std::string& to);
  // Makes room in the write-ahead log: all that is in memory goes to files. With `journal_too`,
  // what was deleted from the journal leaves the disk.
  Status settle(bool journal_too);
  Status checkpoint(const std::string& path);

  std::uint64_t file_bytes(Family which) const;
  std::uint64_t wal_bytes() const;
  std::uint64_t written_bytes() const;  // by RocksDB and by ingested files, since it was opened

 private:
  Database() = default;

  std::string path_;
  std::unique_ptr<rocksdb::DB> db_;
  std::vector<rocksdb::ColumnFamilyHandle*> families_;  // the default one first
  std::shared_ptr<rocksdb::Statistics> statistics_;
  std::atomic<std::uint64_t> ingested_bytes_ = 0;
  mutable std::mutex damage_mutex_;
  mutable std::string damage_;  // guarded by damage_mutex_
};

inline rocksdb::Slice slice(std::string_view text) { return {text.data(), text.size()}; }
inline std::string_view view(const rocksdb::Slice& slice) { return {slice.data(), slice.size()}; }

Error error_of(const rocksdb::Status& status, const std::string& what);

}  // namespace headroom::store::rocks
