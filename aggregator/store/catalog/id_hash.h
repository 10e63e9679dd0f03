// A hash table of numbers whose keys are kept elsewhere: five bytes a slot, whatever the key. Open
// addressing with linear probing; a byte of the hash stands beside each number, so that a key is
// looked at only where it very likely is the one.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace headroom::store::catalog {

inline constexpr std::uint32_t kNoId = UINT32_MAX;

// Spreads the bits of a small key over all 64 (the finalizer of MurmurHash3, Appleby 2011).
constexpr std::uint64_t mix_bits(std::uint64_t bits) {
  bits = (bits ^ (bits >> 33)) * 0xff51afd7ed558ccdULL;
  bits = (bits ^ (bits >> 33)) * 0xc4ceb9fe1a85ec53ULL;
  return bits ^ (bits >> 33);
}

class IdHash {
 public:
  // The number whose key `equal(number)` accepts, or kNoId.
  template <typename Equal>
  std::uint32_t find(std::uint64_t hash, Equal equal) const {
    if (ids_.empty()) return kNoId;
    for (std::size_t at = hash & mask(); ids_[at] != kNoId; at = (at + 1) & mask()) {
      if (tags_[at] == tag(hash) && equal(ids_[at])) return ids_[at];
    }
    return kNoId;
  }

  // A number that is not in it yet. `hash_of(number)` tells the hashes of those that are.
  template <typename HashOf>
  void insert(std::uint32_t id, std::uint64_t hash, HashOf hash_of) {
    if ((size_ + 1) * 5 > ids_.size() * 4) grow(hash_of);
    put(id, hash);
    ++size_;
  }

  template <typename HashOf>
  void erase(std::uint32_t id, HashOf hash_of) {
    std::size_t hole = hash_of(id) & mask();
    while (ids_[hole] != id) {
      if (ids_[hole] == kNoId) return;
      hole = (hole + 1) & mask();
    }
    // What was pushed past the hole moves back into it, so that every probe still ends at a free
    // slot and not before.
    for (std::size_t at = (hole + 1) & mask(); ids_[at] != kNoId; at = (at + 1) & mask()) {
      const std::size_t home = hash_of(ids_[at]) & mask();
      if (((at - home) & mask()) < ((at - hole) & mask())) continue;
      ids_[hole] = ids_[at];
      tags_[hole] = tags_[at];
      hole = at;
    }
    ids_[hole] = kNoId;
    --size_;
  }

 private:
  static constexpr std::size_t kFirstSlots = 64;

  std::size_t mask() const { return ids_.size() - 1; }
  static std::uint8_t tag(std::uint64_t hash) { return static_cast<std::uint8_t>(hash >> 56); }

  void put(std::uint32_t id, std::uint64_t hash) {
    std::size_t at = hash & mask();
    while (ids_[at] != kNoId) at = (at + 1) & mask();
    ids_[at] = id;
    tags_[at] = tag(hash);
  }

  template <typename HashOf>
  void grow(HashOf hash_of) {
    const std::size_t slots = ids_.empty() ? kFirstSlots : ids_.size() * 2;
    std::vector<std::uint32_t> before(slots, kNoId);
    before.swap(ids_);
    tags_.assign(slots, 0);
    tags_.shrink_to_fit();
    for (const std::uint32_t id : before) {
      if (id != kNoId) put(id, hash_of(id));
    }
  }

  std::vector<std::uint32_t> ids_;  // a power of two of slots
  std::vector<std::uint8_t> tags_;
  std::size_t size_ = 0;
};

}  // namespace headroom::store::catalog
