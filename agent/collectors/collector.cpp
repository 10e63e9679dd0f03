#include "agent/collectors/collector.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "common/base/limits.h"

namespace headroom::agent {
namespace {

std::size_t hash_of(const Series& series) {
  std::size_t hash = static_cast<std::size_t>(series.kind);
  const auto add = [&hash](std::string_view text) {
    hash = hash * 31 + std::hash<std::string_view>{}(text);
  };
  add(series.metric);
  add(series.unit);
  for (const Attribute& one : series.attributes) {
    add(one.key);
    add(one.value);
  }
  return hash;
}

}  // namespace

SampleSheet::Index::iterator SampleSheet::find(std::size_t hash, const Series& series) {
  auto [at, end] = index_.equal_range(hash);
  while (at != end && series_[at->second] != series) ++at;
  return at == end ? index_.end() : at;
}

Slot SampleSheet::add_series(Series series) {
  normalize(series.attributes);
  // An invalid series would have the aggregator refuse the whole batch, so it stops here.
  if (!validate(series)) {
    ++refused_;
    return kNoSlot;
  }
  const std::size_t hash = hash_of(series);
  if (const auto same = find(hash, series); same != index_.end()) {
    ++owners_[same->second];
    return same->second;
  }
  if (series_.size() - free_.size() >= limits::kLayoutSeries) {
    ++refused_;
    return kNoSlot;
  }
  ++layout_version_;
  if (free_.empty()) {
    series_.push_back(std::move(series));
    values_.push_back(missing_value());
    owners_.push_back(1);
    const auto slot = static_cast<Slot>(series_.size() - 1);
    index_.emplace(hash, slot);
    return slot;
  }
  const Slot slot = free_.back();
  free_.pop_back();
  index_.emplace(hash, slot);
  series_[slot] = std::move(series);
  values_[slot] = missing_value();
  owners_[slot] = 1;
  return slot;
}

void SampleSheet::retire(Slot slot) {
  if (slot >= series_.size() || series_[slot].metric.empty()) return;
  if (--owners_[slot] > 0) return;
  index_.erase(find(hash_of(series_[slot]), series_[slot]));
  series_[slot] = Series{};
  values_[slot] = missing_value();
  free_.push_back(slot);
  ++layout_version_;
}

void SampleSheet::retire_all() {
  for (std::size_t slot = 0; slot < series_.size(); ++slot) {
    if (series_[slot].metric.empty()) continue;
    owners_[slot] = 1;
    retire(static_cast<Slot>(slot));
  }
}

void SampleSheet::clear_values() { std::fill(values_.begin(), values_.end(), missing_value()); }

ResourceSlots::ResourceSlots(SampleSheet& sheet, Resource resource, const Attributes& more) {
  const auto add = [&](std::string_view metric) {
    Attributes attributes = more;
    attributes.push_back({std::string(kResourceAttribute), std::string(to_string(resource))});
    return sheet.add_series(
        {std::string(metric), std::string(unit_of(resource)), Kind::kGauge, std::move(attributes)});
  };
  demand_ = add(kDemandMetric);
  capacity_ = add(kCapacityMetric);
}

void ResourceSlots::retire(SampleSheet& sheet) {
  sheet.retire(std::exchange(demand_, SampleSheet::kNoSlot));
  sheet.retire(std::exchange(capacity_, SampleSheet::kNoSlot));
}

void ResourceSlots::set(SampleSheet& sheet, double demand, double capacity) const {
  if (std::isfinite(demand)) sheet.set(demand_, demand);
  if (std::isfinite(capacity) && capacity > 0) sheet.set(capacity_, capacity);
}

}  // namespace headroom::agent
