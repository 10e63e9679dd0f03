// Every stream with its cursor, and the numbers that the journal calls streams by
// (docs/formats/store.md).
//
// Not thread-safe.
#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "aggregator/store/store.h"

namespace headroom::store {

// An agent starts a new stream with each new spool. Beyond so many of one agent, those that have
// been silent for longest are added up in one, whose identity is all zeros.
inline constexpr std::size_t kStreamsPerAgent = 16;

class Streams {
 public:
  struct Entry {
    std::uint32_t number = 0;
    Cursor cursor;
    UnixMs moved = 0;  // when the cursor last was
  };

  const Entry* find(const StreamKey& key) const;
  const std::map<StreamKey, Entry>& all() const { return entries_; }
  // The number that the next new stream gets.
  std::uint32_t next_number() const { return next_; }

  // Makes the stream, or moves its cursor.
  void set(const StreamKey& key, const Entry& entry);
  // By its number; nullptr: there is none.
  const StreamKey* key_of(std::uint32_t number) const;

  // Adds up the streams that are too many, but for those in `keep`. What it changed: keys to
  // delete, and keys whose entries are to be written.
  struct Folded {
    std::vector<StreamKey> gone;
    std::vector<StreamKey> changed;
  };
  Folded fold_old(const std::set<StreamKey>& keep);

  Status restore(std::string_view key, std::string_view value);

 private:
  std::map<StreamKey, Entry> entries_;
  std::map<std::uint32_t, StreamKey> keys_;  // by number
  std::uint32_t next_ = 1;
};

std::string serialize(const Streams::Entry& entry);

}  // namespace headroom::store
