// Every series as a few words in one arena: four bytes each for its metric, its unit and kind, and
// each attribute.
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "aggregator/store/catalog/chunked_array.h"
#include "aggregator/store/catalog/pairs.h"

namespace headroom::store::catalog {

inline constexpr std::size_t kSeriesAttributesMax = 255;

// The words of one series: the metric's pair; unit, number of attributes and kind; the attributes'
// pairs, sorted by key.
struct SeriesWords {
  std::span<const std::uint32_t> words;

  PairId metric() const { return words[0]; }
  TextId unit() const { return words[1] >> 9; }
  Kind kind() const { return static_cast<Kind>(words[1] & 1); }
  std::span<const PairId> attributes() const { return words.subspan(2); }

  static std::uint32_t second(TextId unit, std::size_t attributes, Kind kind) {
    return unit << 9 | static_cast<std::uint32_t>(attributes) << 1 |
           static_cast<std::uint32_t>(kind);
  }
};

class SeriesTable {
 public:
  SeriesId next() const { return static_cast<SeriesId>(places_.size()); }
  std::size_t count() const { return count_; }
  bool has(SeriesId id) const { return id < places_.size() && places_[id] != kGone; }
  SeriesWords operator[](SeriesId id) const;                  // of one that it has
  SeriesId find(std::span<const std::uint32_t> words) const;  // kNoId where there is none

  SeriesId add(std::span<const std::uint32_t> words);  // gets the next number
  void skip_to(SeriesId next);                         // numbers below it are not given any more
  void remove(SeriesId id);

 private:
  static constexpr unsigned kChunkBits = 14;  // of words
  static constexpr std::uint32_t kGone = UINT32_MAX;

  std::vector<std::unique_ptr<std::uint32_t[]>> chunks_;
  std::size_t used_ = std::size_t{1} << kChunkBits;  // of the last chunk
  ChunkedArray<std::uint32_t> places_;               // by number: chunk and word in it
  IdHash numbers_;
  std::size_t count_ = 0;
};

}  // namespace headroom::store::catalog
