// Which series and groups there are: numbers for names. Held in memory whole, and written down by
// the store in the form of serialize() (docs/formats/store.md).
//
// Thread safety: any number of readers beside one writer.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <shared_mutex>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "aggregator/store/store.h"

namespace headroom::store {

std::string serialize(const Series& series);
Result<Series> parse_series(std::string_view bytes);
std::string serialize_members(std::span<const SeriesId> members);
Result<std::vector<SeriesId>> parse_members(std::string_view bytes);

// Where a series' values are: this column of this group.
struct Place {
  GroupId group = 0;
  std::uint32_t column = 0;
};

class Catalog {
 public:
  // What define() added, to be written down.
  struct Additions {
    GroupId group = 0;
    bool new_group = false;
    std::vector<SeriesId> members;
    std::vector<std::pair<SeriesId, std::string>> series;  // new ones, serialized
  };

  // What defining this group would add; numbers are not taken until apply(), and no other plan may
  // come in between.
  Additions plan(std::span<const Series> series) const;
  void apply(const Additions& additions, std::span<const Series> series);

  // What was written down before. Numbers must come in order.
  Status restore_series(SeriesId id, std::string_view bytes);
  Status restore_group(GroupId id, std::string_view bytes);

  std::vector<SeriesInfo> select(const Selector& selector) const;
  std::vector<Place> places(SeriesId id) const;
  std::vector<SeriesId> members(GroupId group) const;
  std::size_t columns(GroupId group) const;
  std::size_t series_count() const;
  std::size_t group_count() const;

 private:
  void add_series(std::shared_ptr<const Series> series, std::string key);
  void add_group(std::vector<SeriesId> members);

  mutable std::shared_mutex mutex_;
  // All below are guarded by mutex_.
  std::vector<std::shared_ptr<const Series>> series_;  // by number
  std::vector<std::vector<Place>> places_;             // by number of the series
  std::unordered_map<std::string, SeriesId> numbers_;  // serialized series → number
  std::unordered_map<std::string, std::vector<SeriesId>>
      by_metric_;                                           // narrows most selections at once
  std::vector<std::vector<SeriesId>> groups_;               // by number
  std::unordered_map<std::string, GroupId> group_numbers_;  // serialized members → number
};

}  // namespace headroom::store
