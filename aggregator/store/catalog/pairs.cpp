#include "aggregator/store/catalog/pairs.h"

#include "common/codec/bytes.h"

namespace headroom::store::catalog {
namespace {

// Reads a list from its front. The bytes are our own, so no bound is checked but the end.
class Walk {
 public:
  explicit Walk(std::string_view bytes) : at_(bytes.data()), end_(at_ + bytes.size()) {}

  bool done() const { return at_ == end_; }
  SeriesId next() {
    std::uint32_t difference = 0;
    for (unsigned shift = 0;; shift += 7) {
      const auto byte = static_cast<std::uint8_t>(*at_++);
      difference |= static_cast<std::uint32_t>(byte & 0x7f) << shift;
      if ((byte & 0x80) == 0) return last_ += difference;
    }
  }

 private:
  const char* at_;
  const char* end_;
  SeriesId last_ = 0;
};

std::uint64_t hash_of(TextId key, TextId value) {
  return mix_bits(static_cast<std::uint64_t>(key) << 32 | value);
}

}  // namespace

void PostingList::add(SeriesId id) {
  codec::put_varint(bytes_, id - last_);
  last_ = id;
  ++count_;
}

void PostingList::append_to(std::vector<SeriesId>& ids) const {
  ids.reserve(ids.size() + count_);
  for (Walk walk(bytes_); !walk.done();) ids.push_back(walk.next());
}

void PostingList::intersect(std::vector<SeriesId>& ids) const {
  std::size_t kept = 0;
  auto wanted = ids.begin();
  for (Walk walk(bytes_); !walk.done() && wanted != ids.end();) {
    const SeriesId here = walk.next();
    while (wanted != ids.end() && *wanted < here) ++wanted;
    if (wanted != ids.end() && *wanted == here) ids[kept++] = *wanted++;
  }
  ids.resize(kept);
}

PairId PairTable::find(TextId key, TextId value) const {
  return numbers_.find(hash_of(key, value), [&](PairId id) {
    return pairs_[id].key == key && pairs_[id].value == value;
  });
}

PairId PairTable::intern(TextId key, TextId value) {
  if (const PairId known = find(key, value); known != kNoId) return known;
  const auto id = static_cast<PairId>(pairs_.size());
  pairs_.push_back({key, value, {}});
  numbers_.insert(id, hash_of(key, value),
                  [&](PairId one) { return hash_of(pairs_[one].key, pairs_[one].value); });
  by_key_[key].push_back(id);
  return id;
}

std::span<const PairId> PairTable::with_key(TextId key) const {
  const auto found = by_key_.find(key);
  return found == by_key_.end() ? std::span<const PairId>() : found->second;
}

}  // namespace headroom::store::catalog
