// RocksDB behind the wall of this room: opening with our options and column families, and statuses
// as Errors.
#pragma once

#include <array>
#include <memory>
#include <string>

#include <rocksdb/db.h>

#include "aggregator/store/rocks/rocks_store.h"

namespace headroom::store::rocks {

enum class Family { kSeries, kCursors, kJournal, kChunks, kScalingEvents, kState, kMeta };
inline constexpr std::array<const char*, 7> kFamilyNames{
    "series", "cursors", "journal", "capacity_metrics", "scaling_events", "state", "meta"};

// Whole keys and values of one family, as RocksDB's own types.
class Database {
 public:
  static Result<std::unique_ptr<Database>> open(const Options& options);
  ~Database();
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;

  rocksdb::DB& db() { return *db_; }
  rocksdb::ColumnFamilyHandle* family(Family which) const {
    return families_[static_cast<std::size_t>(which) + 1];
  }

  Status write(rocksdb::WriteBatch& batch, bool sync);
  // Nothing where the key is not there.
  Result<std::optional<std::string>> get(Family which, std::string_view key) const;
  std::unique_ptr<rocksdb::Iterator> iterate(Family which) const;
  std::uint64_t disk_bytes() const;

 private:
  Database() = default;

  std::unique_ptr<rocksdb::DB> db_;

  std::vector<rocksdb::ColumnFamilyHandle*> families_;  // the default one first
};

inline rocksdb::Slice slice(std::string_view text) { return {text.data(), text.size()}; }
inline std::string_view view(const rocksdb::Slice& slice) { return {slice.data(), slice.size()}; }

Error error_of(const rocksdb::Status& status, const std::string& what);

}  // namespace headroom::store::rocks
