#include "aggregator/store/catalog/dictionary.h"

#include <cstring>
#include <functional>

namespace headroom::store::catalog {
namespace {

constexpr std::size_t kChunkBytes = 64u << 10;

std::uint64_t hash_of(std::string_view text) {
  return mix_bits(std::hash<std::string_view>()(text));
}

}  // namespace

std::string_view ByteArena::add(std::string_view bytes) {
  if (bytes.empty()) return {};
  char* place = free_;
  if (bytes.size() > kChunkBytes / 8) {
    // A chunk of its own, so that what is left of the current one is not given up.
    chunks_.push_back(std::make_unique_for_overwrite<char[]>(bytes.size()));
    place = chunks_.back().get();
  } else {
    if (bytes.size() > left_) {
      chunks_.push_back(std::make_unique_for_overwrite<char[]>(kChunkBytes));
      place = free_ = chunks_.back().get();
      left_ = kChunkBytes;
    }
    free_ += bytes.size();
    left_ -= bytes.size();
  }
  std::memcpy(place, bytes.data(), bytes.size());
  return {place, bytes.size()};
}

TextId Dictionary::find(std::string_view text) const {
  return numbers_.find(hash_of(text), [&](TextId id) { return texts_[id] == text; });
}

TextId Dictionary::intern(std::string_view text) {
  if (const TextId known = find(text); known != kNoId) return known;
  const auto id = static_cast<TextId>(texts_.size());
  texts_.push_back(arena_.add(text));
  numbers_.insert(id, hash_of(text), [&](TextId one) { return hash_of(texts_[one]); });
  return id;
}

}  // namespace headroom::store::catalog
