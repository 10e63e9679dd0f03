#include "aggregator/store/catalog/group_table.h"

#include <algorithm>
#include <functional>

#include "aggregator/store/catalog/bytes.h"

namespace headroom::store::catalog {
namespace {

std::uint64_t hash_of(std::string_view bytes) {
  return mix_bits(std::hash<std::string_view>()(bytes));
}

}  // namespace

std::vector<SeriesId> GroupTable::members(GroupId id) const {
  if (!has(id)) return {};
  auto members = parse_members(groups_[id].bytes);
  HEADROOM_ASSERT(members.has_value());  // written or checked by ourselves
  return std::move(*members);
}

GroupId GroupTable::find(std::string_view bytes) const {
  return numbers_.find(hash_of(bytes), [&](GroupId id) { return groups_[id].bytes == bytes; });
}

GroupId GroupTable::add(std::string_view bytes, std::size_t columns) {
  const GroupId id = next();
  groups_.push_back({arena_.add(bytes), static_cast<std::uint32_t>(columns)});
  numbers_.insert(id, hash_of(bytes), [&](GroupId one) { return hash_of(groups_[one].bytes); });
  ++count_;
  return id;
}

void GroupTable::skip_to(GroupId next) {
  while (groups_.size() < next) groups_.push_back({});
}

void GroupTable::remove(GroupId id) {
  numbers_.erase(id, [&](GroupId one) { return hash_of(groups_[one].bytes); });
  groups_[id] = {};
  --count_;
}

void PlaceTable::add(SeriesId id, Place place) {
  while (first_.size() <= id) first_.push_back({});
  Node& first = first_[id];
  if (first.group == kNoId) {
    first = {place.group, place.column, kEnd};
    return;
  }
  more_.push_back({place.group, place.column, first.next});
  first.next = static_cast<std::uint32_t>(more_.size() - 1);
}

std::vector<Place> PlaceTable::of(SeriesId id) const {
  std::vector<Place> places;
  if (id >= first_.size() || first_[id].group == kNoId) return places;
  places.push_back({first_[id].group, first_[id].column});
  for (std::uint32_t at = first_[id].next; at != kEnd; at = more_[at].next)
    places.push_back({more_[at].group, more_[at].column});
  std::reverse(places.begin() + 1, places.end());
  return places;
}

void PlaceTable::clear(SeriesId id) {
  if (id < first_.size()) first_[id] = {};
}

}  // namespace headroom::store::catalog
