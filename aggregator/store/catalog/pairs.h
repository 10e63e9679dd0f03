// The attributes that series have: each (key, value) once, by number, with the series that carry
// it.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "aggregator/store/catalog/dictionary.h"
#include "aggregator/store/store.h"

namespace headroom::store::catalog {

// Ascending series numbers as varint differences. Series of one host are defined together, so most
// differences take one byte.
class PostingList {
 public:
  std::uint32_t size() const { return count_; }
  void add(SeriesId id);  // greater than every one before
  void append_to(std::vector<SeriesId>& ids) const;
  // Keeps in `ids`, which ascend, what is here too.
  void intersect(std::vector<SeriesId>& ids) const;
  // Drops those of which `gone(id)` is true.
  template <typename Gone>
  void remove_if(Gone gone) {
    std::vector<SeriesId> ids;
    append_to(ids);
    *this = PostingList();
    for (const SeriesId id : ids) {
      if (!gone(id)) add(id);
    }
    bytes_.shrink_to_fit();
  }

 private:
  std::string bytes_;
  std::uint32_t count_ = 0;
  SeriesId last_ = 0;
};

using PairId = std::uint32_t;
// The key under which a series' metric is kept; no text has this number.
inline constexpr TextId kMetricKey = kNoId - 1;

struct Pair {
  TextId key = 0;
  TextId value = 0;
  PostingList series;
};

class PairTable {
 public:
  PairId find(TextId key, TextId value) const;  // kNoId where there is none
  PairId intern(TextId key, TextId value);
  std::size_t size() const { return pairs_.size(); }
  const Pair& operator[](PairId id) const { return pairs_[id]; }
  Pair& operator[](PairId id) { return pairs_[id]; }
  std::span<const PairId> with_key(TextId key) const;

 private:
  ChunkedArray<Pair, 8> pairs_;
  IdHash numbers_;
  std::unordered_map<TextId, std::vector<PairId>> by_key_;
};

}  // namespace headroom::store::catalog
