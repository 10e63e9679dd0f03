#include "aggregator/store/catalog/series_table.h"

#include <algorithm>

#include "common/base/result.h"

namespace headroom::store::catalog {
namespace {

std::uint64_t hash_of(std::span<const std::uint32_t> words) {
  std::uint64_t hash = words.size();
  for (const std::uint32_t word : words) hash = mix_bits(hash ^ word);
  return hash;
}

}  // namespace

SeriesWords SeriesTable::operator[](SeriesId id) const {
  const std::uint32_t place = places_[id];
  const std::uint32_t* at = chunks_[place >> kChunkBits].get() + (place & ((1u << kChunkBits) - 1));
  return {{at, 2 + (at[1] >> 1 & 0xff)}};
}

SeriesId SeriesTable::find(std::span<const std::uint32_t> words) const {
  return numbers_.find(hash_of(words), [&](SeriesId id) {
    const auto other = (*this)[id].words;
    return std::equal(words.begin(), words.end(), other.begin(), other.end());
  });
}

SeriesId SeriesTable::add(std::span<const std::uint32_t> words) {
  constexpr std::size_t kChunk = std::size_t{1} << kChunkBits;
  if (used_ + words.size() > kChunk) {
    chunks_.push_back(std::make_unique_for_overwrite<std::uint32_t[]>(kChunk));
    HEADROOM_ASSERT(chunks_.size() < UINT32_MAX >> kChunkBits);
    used_ = 0;
  }
  std::copy(words.begin(), words.end(), chunks_.back().get() + used_);
  const SeriesId id = next();
  places_.push_back(static_cast<std::uint32_t>((chunks_.size() - 1) << kChunkBits | used_));
  used_ += words.size();
  numbers_.insert(id, hash_of(words), [&](SeriesId one) { return hash_of((*this)[one].words); });
  ++count_;
  return id;
}

void SeriesTable::skip_to(SeriesId next) {
  while (places_.size() < next) places_.push_back(kGone);
}

void SeriesTable::remove(SeriesId id) {
  numbers_.erase(id, [&](SeriesId one) { return hash_of((*this)[one].words); });
  places_[id] = kGone;
  --count_;
}

}  // namespace headroom::store::catalog
