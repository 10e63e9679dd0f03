#include "aggregator/store/catalog.h"

#include <algorithm>
#include <mutex>
#include <unordered_map>
#include <unordered_set>

#include "common/model/resource.h"

namespace headroom::store {

using catalog::kNoId;
using catalog::PairId;
using catalog::SeriesWords;
using catalog::TextId;

// One layout on its way to a plan. Under the catalog's lock.
class Catalog::Planning {
 public:
  Planning(const Catalog& all, std::size_t size) : all_(all), counted_(all.hosts_.counted()) {
    plan_.members.reserve(size);
    plan_.group.kept.reserve(size);
  }

  void add(const Series& series, std::uint32_t column) {
    Tally& host = tally_of(attribute(series.attributes, kHostAttribute));
    if (all_.find_words(series, words_)) {
      if (const SeriesId known = all_.index_.series.find(words_); known != kNoId) {
        if (known_.insert(known).second) keep(host, known, column);
        return;
      }
    }
    std::string bytes = serialize(series);
    if (!new_.insert(bytes).second) return;
    const bool host_full = !host.name.empty() && host.series >= all_.limits_.series_per_host_max;
    const std::uint64_t next = std::uint64_t{all_.index_.series.next()} + plan_.series.size();
    if (host_full || counted_ >= all_.limits_.series_max || next >= kNoId) {
      if (host.left_out.series++ == 0) host.left_out.example = to_string(series);
      host.left_out_by_host = host_full;
      return;
    }
    ++counted_;
    ++host.series;
    plan_.series.push_back({static_cast<SeriesId>(next), column, std::move(bytes)});
    keep(host, static_cast<SeriesId>(next), column);
  }

  Result<Plan> finish() {
    if (plan_.members.empty()) return fail(refusal());
    const std::string bytes = serialize_members(plan_.members);
    const GroupId found = all_.groups_.find(bytes);
    plan_.new_group = found == kNoId;
    plan_.group.id = plan_.new_group ? all_.groups_.next() : found;
    return std::move(plan_);
  }

  void note(catalog::LeftOut& left_out) {
    for (auto& [name, host] : tallies_) left_out.note(host.name, std::move(host.left_out));
  }

 private:
  struct Tally {
    std::string name;
    std::size_t series = 0;  // that it will have
    bool decommissioned = false;
    catalog::LeftOut::Entry left_out;
    bool left_out_by_host = false;  // by its own limit, else by that of the whole
  };

  Tally& tally_of(std::string_view name) {
    const auto [place, is_new] = tallies_.try_emplace(std::string(name));
    Tally& host = place->second;
    if (!is_new) return host;
    host.name = name;
    const PairId pair = name.empty() ? kNoId : all_.find_host(name);
    if (const auto* known = pair == kNoId ? nullptr : all_.hosts_.find(pair)) {
      host.series = known->series;
      host.decommissioned = !known->alive();
      // It comes back with all it had, whatever the limits say: that was kept once.
      if (host.decommissioned) counted_ += known->series;
    }
    return host;
  }

  void keep(Tally& host, SeriesId id, std::uint32_t column) {
    plan_.members.push_back(id);
    plan_.group.kept.push_back(column);
    if (!host.decommissioned) return;
    host.decommissioned = false;
    plan_.back_again.push_back(host.name);
  }

  Error refusal() const {
    const auto full = std::find_if(tallies_.begin(), tallies_.end(),
                                   [](const auto& one) { return one.second.left_out.series > 0; });
    if (full == tallies_.end())
      return {ErrorCode::kInvalidArgument, "a group must have at least one series"};
    const Tally& host = full->second;
    if (host.left_out_by_host) {
      return {ErrorCode::kLimitExceeded,
              "host " + host.name + " has " + std::to_string(host.series) +
                  " series and may have " + std::to_string(all_.limits_.series_per_host_max) +
                  ", so none of " + host.left_out.example +
                  " and its like is stored; raise store.series_per_host_max, or stop what makes "
                  "so many"};
    }
    return {ErrorCode::kLimitExceeded,
            "the store has " + std::to_string(counted_) + " series and may have " +
                std::to_string(all_.limits_.series_max) + ", so none of " + host.left_out.example +
                " and its like is stored; raise store.series_max, or decommission hosts that are "
                "gone"};
  }

  const Catalog& all_;
  Plan plan_;
  std::size_t counted_;  // series of the whole, as they will be
  std::unordered_map<std::string, Tally> tallies_;
  std::unordered_set<SeriesId> known_;
  std::unordered_set<std::string> new_;
  std::vector<std::uint32_t> words_;
};

Catalog::Catalog(CatalogLimits limits)
    : limits_(limits), host_key_(index_.texts.intern(kHostAttribute)) {}

Result<Catalog::Plan> Catalog::plan(std::span<const Series> series) {
  Planning planning(*this, series.size());
  Result<Plan> plan;
  {
    const std::shared_lock lock(mutex_);
    for (std::size_t i = 0; i < series.size(); ++i)
      planning.add(series[i], static_cast<std::uint32_t>(i));
    plan = planning.finish();
  }
  const std::unique_lock lock(mutex_);
  planning.note(left_out_);
  return plan;
}

void Catalog::apply(const Plan& plan, std::span<const Series> series) {
  const std::unique_lock lock(mutex_);
  for (const std::string& host : plan.back_again) hosts_.set_end(find_host(host), Store::kForever);
  for (const Plan::NewSeries& one : plan.series) {
    HEADROOM_ASSERT(one.id == index_.series.next());
    add_series(series[one.column]);
  }
  if (!plan.new_group) return;
  HEADROOM_ASSERT(plan.group.id == groups_.next());
  add_group(serialize_members(plan.members), plan.members);
}

bool Catalog::find_words(const Series& series, std::vector<std::uint32_t>& words) const {
  words.clear();
  const auto pair_of = [&](TextId key, std::string_view text) {
    const TextId value = key == kNoId ? kNoId : index_.texts.find(text);
    return value == kNoId ? kNoId : index_.pairs.find(key, value);
  };
  words.push_back(pair_of(catalog::kMetricKey, series.metric));
  const TextId unit = index_.texts.find(series.unit);
  if (words.front() == kNoId || unit == kNoId) return false;
  words.push_back(SeriesWords::second(unit, series.attributes.size(), series.kind));
  for (const Attribute& one : series.attributes) {
    words.push_back(pair_of(index_.texts.find(one.key), one.value));
    if (words.back() == kNoId) return false;
  }
  return true;
}

void Catalog::add_series(const Series& series) {
  HEADROOM_ASSERT(series.attributes.size() <= catalog::kSeriesAttributesMax);
  std::vector<std::uint32_t> words;
  words.reserve(2 + series.attributes.size());
  words.push_back(index_.pairs.intern(catalog::kMetricKey, index_.texts.intern(series.metric)));
  words.push_back(
      SeriesWords::second(index_.texts.intern(series.unit), series.attributes.size(), series.kind));
  for (const Attribute& one : series.attributes) {
    const TextId key = index_.texts.intern(one.key);
    words.push_back(index_.pairs.intern(key, index_.texts.intern(one.value)));
  }
  const SeriesId id = index_.series.add(words);
  const SeriesWords added{words};
  index_.pairs[added.metric()].series.add(id);
  for (const PairId pair : added.attributes()) index_.pairs[pair].series.add(id);
  hosts_.add_series(host_of(added));
}

void Catalog::add_group(std::string_view bytes, std::span<const SeriesId> members) {
  const GroupId group = groups_.add(bytes, members.size());
  for (std::size_t column = 0; column < members.size(); ++column) {
    if (index_.series.has(members[column]))
      places_.add(members[column], {group, static_cast<std::uint32_t>(column)});
  }
}

PairId Catalog::host_of(const SeriesWords& words) const {
  const auto attributes = words.attributes();
  const auto found = std::find_if(attributes.begin(), attributes.end(),
                                  [&](PairId pair) { return index_.pairs[pair].key == host_key_; });
  // An empty name is as none, as everywhere.
  if (found == attributes.end() || index_.texts[index_.pairs[*found].value].empty()) return kNoId;
  return *found;
}

PairId Catalog::find_host(std::string_view host) const {
  const TextId value = index_.texts.find(host);
  return value == kNoId ? kNoId : index_.pairs.find(host_key_, value);
}

bool Catalog::has_host(std::string_view host) const {
  const std::shared_lock lock(mutex_);
  const PairId pair = find_host(host);
  const auto* known = pair == kNoId ? nullptr : hosts_.find(pair);
  return known != nullptr && known->series > 0;
}

void Catalog::decommission(std::string_view host, UnixMs at) {
  const std::unique_lock lock(mutex_);
  const PairId pair = find_host(host);
  HEADROOM_ASSERT(pair != kNoId);
  hosts_.set_end(pair, at);
  left_out_.clear(std::string(host));
}

Catalog::Removal Catalog::plan_removal(UnixMs before) const {
  const std::shared_lock lock(mutex_);
  Removal removal;
  std::vector<GroupId> touched;
  for (const PairId host : hosts_.ended_before(before)) {
    removal.hosts.emplace_back(index_.texts[index_.pairs[host].value]);
    index_.pairs[host].series.append_to(removal.series);
  }
  std::sort(removal.series.begin(), removal.series.end());
  for (const SeriesId id : removal.series) {
    for (const Place& place : places_.of(id)) touched.push_back(place.group);
  }
  std::sort(touched.begin(), touched.end());
  touched.erase(std::unique(touched.begin(), touched.end()), touched.end());
  for (const GroupId group : touched) {
    const std::vector<SeriesId> members = groups_.members(group);
    const bool empty = std::all_of(members.begin(), members.end(), [&](SeriesId id) {
      return !index_.series.has(id) ||
             std::binary_search(removal.series.begin(), removal.series.end(), id);
    });
    if (empty) removal.groups.push_back(group);
  }
  removal.numbers = numbers();
  removal.numbers.removed_series += static_cast<std::uint32_t>(removal.series.size());
  removal.numbers.removed_groups += static_cast<std::uint32_t>(removal.groups.size());
  return removal;
}

void Catalog::apply(const Removal& removal) {
  const std::unique_lock lock(mutex_);
  const auto gone = [&](SeriesId id) {
    return std::binary_search(removal.series.begin(), removal.series.end(), id);
  };
  std::unordered_set<PairId> thinner;
  for (const SeriesId id : removal.series) {
    const SeriesWords words = index_.series[id];
    thinner.insert(words.metric());
    thinner.insert(words.attributes().begin(), words.attributes().end());
    hosts_.remove_series(host_of(words));
    index_.series.remove(id);
    places_.clear(id);
  }
  for (const PairId pair : thinner) index_.pairs[pair].series.remove_if(gone);
  for (const GroupId group : removal.groups) groups_.remove(group);
  for (const std::string& host : removal.hosts) {
    const PairId pair = find_host(host);
    hosts_.set_end(pair, Store::kForever);
    hosts_.forget(pair);
  }
}

CatalogNumbers Catalog::numbers() const {
  CatalogNumbers numbers;
  numbers.next_series = index_.series.next();
  numbers.next_group = groups_.next();
  numbers.removed_series = numbers.next_series - static_cast<std::uint32_t>(index_.series.count());
  numbers.removed_groups = numbers.next_group - static_cast<std::uint32_t>(groups_.count());
  return numbers;
}

Status Catalog::restore_numbers(std::string_view bytes) {
  const auto numbers = parse_numbers(bytes);
  if (!numbers) return fail(numbers.error());
  const std::unique_lock lock(mutex_);
  restored_ = *numbers;
  return {};
}

Status Catalog::restore_series(SeriesId id, std::string_view bytes) {
  const auto series = parse_series(bytes);
  if (!series) return fail(series.error());
  const std::unique_lock lock(mutex_);
  std::vector<std::uint32_t> words;
  const bool known = find_words(*series, words) && index_.series.find(words) != kNoId;
  if (id < index_.series.next() || id == kNoId || known ||
      series->attributes.size() > catalog::kSeriesAttributesMax) {
    return fail(ErrorCode::kCorruption,
                "the catalog has series " + std::to_string(id) + " out of order or twice");
  }
  index_.series.skip_to(id);
  add_series(*series);
  return {};
}

Status Catalog::restore_group(GroupId id, std::string_view bytes) {
  const auto members = parse_members(bytes);
  if (!members) return fail(members.error());
  const std::unique_lock lock(mutex_);
  if (id < groups_.next() || id == kNoId || members->empty() || groups_.find(bytes) != kNoId) {
    return fail(ErrorCode::kCorruption,
                "the catalog has group " + std::to_string(id) + " out of order, twice or empty");
  }
  const SeriesId end = std::max(index_.series.next(), restored_.next_series);
  if (std::any_of(members->begin(), members->end(),
                  [&](SeriesId member) { return member >= end; })) {
    return fail(ErrorCode::kCorruption,
                "group " + std::to_string(id) + " names a series that the catalog lacks");
  }
  groups_.skip_to(id);
  add_group(bytes, *members);
  return {};
}

Status Catalog::restore_tombstone(std::string_view host, std::string_view bytes) {
  const auto at = parse_tombstone(bytes);
  if (!at) return fail(at.error());
  const std::unique_lock lock(mutex_);
  hosts_.set_end(index_.pairs.intern(host_key_, index_.texts.intern(host)), *at);
  return {};
}

Status Catalog::finish_restore() {
  const std::unique_lock lock(mutex_);
  index_.series.skip_to(restored_.next_series);
  groups_.skip_to(restored_.next_group);
  // What is not there was taken back, or is lost.
  const CatalogNumbers now = numbers();
  const auto compare = [](const char* what, std::uint32_t missing,
                          std::uint32_t removed) -> Status {
    if (missing == removed) return {};
    return fail(ErrorCode::kCorruption, "the catalog lacks " + std::to_string(missing) + ' ' +
                                            what + " and should lack " + std::to_string(removed) +
                                            "; restore the folder from a backup");
  };
  if (auto same = compare("series", now.removed_series, restored_.removed_series); !same)
    return same;
  return compare("groups", now.removed_groups, restored_.removed_groups);
}

std::vector<SeriesInfo> Catalog::select(const Selector& selector, UnixMs since) const {
  const std::shared_lock lock(mutex_);
  const std::vector<SeriesId> ids = search(index_, selector, hosts_.ended_before(since));
  std::vector<SeriesInfo> selected;
  selected.reserve(ids.size());
  for (const SeriesId id : ids)
    selected.push_back({id, std::make_shared<const Series>(materialize(id))});
  return selected;
}

Series Catalog::materialize(SeriesId id) const {
  const SeriesWords words = index_.series[id];
  const auto value_of = [&](PairId pair) {
    return std::string(index_.texts[index_.pairs[pair].value]);
  };
  Series series;
  series.metric = value_of(words.metric());
  series.unit = index_.texts[words.unit()];
  series.kind = words.kind();
  series.attributes.reserve(words.attributes().size());
  for (const PairId pair : words.attributes())
    series.attributes.push_back(
        {std::string(index_.texts[index_.pairs[pair].key]), value_of(pair)});
  return series;
}

std::vector<Series> Catalog::group_series(GroupId group) const {
  std::vector<Series> all;
  const std::shared_lock lock(mutex_);
  for (const SeriesId id : groups_.members(group)) all.push_back(materialize(id));
  return all;
}

Kind Catalog::kind(SeriesId id) const {
  const std::shared_lock lock(mutex_);
  return index_.series[id].kind();
}

std::vector<Place> Catalog::places(SeriesId id) const {
  const std::shared_lock lock(mutex_);
  return places_.of(id);
}

std::vector<SeriesId> Catalog::members(GroupId group) const {
  const std::shared_lock lock(mutex_);
  return groups_.members(group);
}

std::size_t Catalog::columns(GroupId group) const {
  const std::shared_lock lock(mutex_);
  return groups_.columns(group);
}

std::size_t Catalog::series_count() const {
  const std::shared_lock lock(mutex_);
  return index_.series.count();
}

std::size_t Catalog::group_count() const {
  const std::shared_lock lock(mutex_);
  return groups_.count();
}

CardinalityReport Catalog::report() const {
  const std::shared_lock lock(mutex_);
  CardinalityReport report;
  report.series = hosts_.counted();
  report.series_max = limits_.series_max;
  report.series_per_host_max = limits_.series_per_host_max;
  for (const auto& [name, left_out] : left_out_.by_host()) {
    const PairId pair = name.empty() ? kNoId : find_host(name);
    const auto* host = pair == kNoId ? nullptr : hosts_.find(pair);
    report.capped.push_back(
        {name, host == nullptr ? 0 : host->series, left_out.series, left_out.example});
  }
  std::stable_sort(report.capped.begin(), report.capped.end(),
                   [](const CappedHost& a, const CappedHost& b) { return a.capped > b.capped; });
  for (const auto& [host, end] : hosts_.decommissioned())
    report.decommissioned.emplace_back(index_.texts[index_.pairs[host].value], end);
  std::sort(report.decommissioned.begin(), report.decommissioned.end());
  return report;
}

}  // namespace headroom::store
