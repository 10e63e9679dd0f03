// The groups: lists of series by number, each kept in its serialized form, which takes about a byte
// per column where the series were defined together.
#pragma once

#include <string_view>
#include <vector>

#include "aggregator/store/catalog/dictionary.h"
#include "aggregator/store/store.h"

namespace headroom::store::catalog {

class GroupTable {
 public:
  GroupId next() const { return static_cast<GroupId>(groups_.size()); }
  std::size_t count() const { return count_; }
  bool has(GroupId id) const { return id < groups_.size() && !groups_[id].bytes.empty(); }
  std::size_t columns(GroupId id) const { return has(id) ? groups_[id].columns : 0; }
  std::vector<SeriesId> members(GroupId id) const;
  GroupId find(std::string_view bytes) const;  // kNoId where there is none

  GroupId add(std::string_view bytes, std::size_t columns);  // gets the next number
  void skip_to(GroupId next);  // numbers below it are not given any more
  void remove(GroupId id);

 private:
  struct Group {
    std::string_view bytes;  // empty: there is none of this number
    std::uint32_t columns = 0;
  };
  ByteArena arena_;
  ChunkedArray<Group, 8> groups_;
  IdHash numbers_;
  std::size_t count_ = 0;
};

// Where a series' values are: this column of this group.
struct Place {
  GroupId group = 0;
  std::uint32_t column = 0;
};

// The places of every series: the first one beside its number, the others, which few have, in
// chains.
class PlaceTable {
 public:
  void add(SeriesId id, Place place);
  std::vector<Place> of(SeriesId id) const;  // in the order they were added
  void clear(SeriesId id);

 private:
  static constexpr std::uint32_t kEnd = UINT32_MAX;
  struct Node {
    GroupId group = kNoId;  // kNoId: no place at all
    std::uint32_t column = 0;
    std::uint32_t next = kEnd;
  };
  ChunkedArray<Node> first_;  // by number of the series
  ChunkedArray<Node> more_;   // the newest one of a series first
};

}  // namespace headroom::store::catalog
