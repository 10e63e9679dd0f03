#include "aggregator/store/catalog.h"

#include <algorithm>
#include <mutex>

namespace headroom::store {

std::string serialize(const Series& series) {
  std::string bytes;
  codec::put_text(bytes, series.metric);
  codec::put_text(bytes, series.unit);
  codec::put_u8(bytes, static_cast<std::uint8_t>(series.kind));
  codec::put_varint(bytes, series.attributes.size());
  for (const Attribute& one : series.attributes) {
    codec::put_text(bytes, one.key);
    codec::put_text(bytes, one.value);
  }
  return bytes;
}

Result<Series> parse_series(std::string_view bytes) {
  codec::Reader reader(codec::as_bytes(bytes));
  Series series;
  series.metric = reader.text();
  series.unit = reader.text();
  const std::uint8_t kind = reader.u8();
  const std::uint64_t attributes = reader.varint();
  for (std::uint64_t i = 0; i < attributes && reader.ok(); ++i) {
    std::string key(reader.text());
    std::string value(reader.text());
    series.attributes.push_back({std::move(key), std::move(value)});
  }
  if (!reader.ok() || reader.left() != 0 || kind > 1) {
    return fail(ErrorCode::kCorruption, "the catalog holds a series that cannot be read");
  }
  series.kind = static_cast<Kind>(kind);
  return series;
}

std::string serialize_members(std::span<const SeriesId> members) {
  std::string bytes;
  codec::put_varint(bytes, members.size());
  std::int64_t before = -1;
  for (const SeriesId id : members) {
    codec::put_varint(bytes, codec::zigzag(static_cast<std::int64_t>(id) - before));
    before = id;
  }
  return bytes;
}

Result<std::vector<SeriesId>> parse_members(std::string_view bytes) {
  codec::Reader reader(codec::as_bytes(bytes));
  const std::uint64_t count = reader.varint();
  std::vector<SeriesId> members;
  std::int64_t before = -1;
  for (std::uint64_t i = 0; i < count && reader.ok(); ++i) {
    before += reader.svarint();
    members.push_back(static_cast<SeriesId>(before));
  }
  if (!reader.ok() || reader.left() != 0) {
    return fail(ErrorCode::kCorruption, "the catalog holds a group that cannot be read");
  }
  return members;
}

Catalog::Additions Catalog::plan(std::span<const Series> series) const {
  const std::shared_lock lock(mutex_);
  Additions additions;
  additions.members.reserve(series.size());
  std::unordered_map<std::string, SeriesId> added;
  for (const Series& one : series) {
    std::string key = serialize(one);
    if (const auto found = numbers_.find(key); found != numbers_.end()) {
      additions.members.push_back(found->second);
      continue;
    }
    const auto next = static_cast<SeriesId>(series_.size() + added.size());
    const auto [place, is_new] = added.emplace(key, next);
    additions.members.push_back(place->second);
    if (is_new) additions.series.emplace_back(next, std::move(key));
  }
  const auto found = group_numbers_.find(serialize_members(additions.members));
  additions.new_group = found == group_numbers_.end();
  additions.group = additions.new_group ? static_cast<GroupId>(groups_.size()) : found->second;
  return additions;
}

void Catalog::apply(const Additions& additions, std::span<const Series> series) {
  const std::unique_lock lock(mutex_);
  for (std::size_t i = 0; i < series.size(); ++i) {
    if (additions.members[i] != series_.size()) continue;  // known, or added a moment ago
    add_series(std::make_shared<const Series>(series[i]), serialize(series[i]));
  }
  if (additions.new_group) add_group(additions.members);
}

void Catalog::add_series(std::shared_ptr<const Series> series, std::string key) {
  const auto id = static_cast<SeriesId>(series_.size());
  numbers_.emplace(std::move(key), id);
  by_metric_[series->metric].push_back(id);
  series_.push_back(std::move(series));
  places_.emplace_back();
}

void Catalog::add_group(std::vector<SeriesId> members) {
  const auto group = static_cast<GroupId>(groups_.size());
  for (std::size_t column = 0; column < members.size(); ++column) {
    places_[members[column]].push_back({group, static_cast<std::uint32_t>(column)});
  }
  group_numbers_.emplace(serialize_members(members), group);
  groups_.push_back(std::move(members));
}

Status Catalog::restore_series(SeriesId id, std::string_view bytes) {
  auto series = parse_series(bytes);
  if (!series) return fail(series.error());
  const std::unique_lock lock(mutex_);
  if (id != series_.size())
    return fail(ErrorCode::kCorruption,
                "the catalog lacks series " + std::to_string(series_.size()));
  add_series(std::make_shared<const Series>(std::move(*series)), std::string(bytes));
  return {};
}

Status Catalog::restore_group(GroupId id, std::string_view bytes) {
  auto members = parse_members(bytes);
  if (!members) return fail(members.error());
  const std::unique_lock lock(mutex_);
  if (id != groups_.size())
    return fail(ErrorCode::kCorruption,
                "the catalog lacks group " + std::to_string(groups_.size()));
  if (std::any_of(members->begin(), members->end(),
                  [&](SeriesId member) { return member >= series_.size(); })) {
    return fail(ErrorCode::kCorruption,
                "group " + std::to_string(id) + " names a series that the catalog lacks");
  }
  add_group(std::move(*members));
  return {};
}

std::vector<SeriesInfo> Catalog::select(const Selector& selector) const {
  const std::shared_lock lock(mutex_);
  std::vector<SeriesInfo> selected;
  const auto consider = [&](SeriesId id) {
    if (selector.matches(*series_[id])) selected.push_back({id, series_[id]});
  };
  const auto name =
      std::find_if(selector.matchers.begin(), selector.matchers.end(), [](const Matcher& matcher) {
        return matcher.key == kNameKey && matcher.op == Matcher::Op::kEqual;
      });
  if (name == selector.matchers.end()) {
    for (SeriesId id = 0; id < series_.size(); ++id) consider(id);
  } else if (const auto found = by_metric_.find(name->value); found != by_metric_.end()) {
    for (const SeriesId id : found->second) consider(id);
  }
  return selected;
}

std::vector<Place> Catalog::places(SeriesId id) const {
  const std::shared_lock lock(mutex_);
  return id < places_.size() ? places_[id] : std::vector<Place>();
}

std::vector<SeriesId> Catalog::members(GroupId group) const {
  const std::shared_lock lock(mutex_);
  return group < groups_.size() ? groups_[group] : std::vector<SeriesId>();
}

std::size_t Catalog::columns(GroupId group) const {
  const std::shared_lock lock(mutex_);
  return group < groups_.size() ? groups_[group].size() : 0;
}

std::size_t Catalog::series_count() const {
  const std::shared_lock lock(mutex_);
  return series_.size();
}

std::size_t Catalog::group_count() const {
  const std::shared_lock lock(mutex_);
  return groups_.size();
}

}  // namespace headroom::store
