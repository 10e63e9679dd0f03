// A catalog with what a store writes down for it.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "aggregator/store/catalog.h"
#include "tests/support/catch.h"

namespace headroom::test {

inline store::Catalog::Plan define(store::Catalog& catalog, const std::vector<Series>& layout) {
  auto plan = catalog.plan(layout);
  if (!plan) FAIL(plan.error().message);
  catalog.apply(*plan, layout);
  return std::move(*plan);
}

struct CatalogDisk {
  std::map<store::SeriesId, std::string> series;
  std::map<store::GroupId, std::string> groups;
  std::map<std::string, std::string> ends;
  std::string numbers;

  store::Catalog::Plan define(store::Catalog& catalog, const std::vector<Series>& layout) {
    auto plan = test::define(catalog, layout);
    for (const auto& one : plan.series) series[one.id] = one.bytes;
    if (plan.new_group) groups[plan.group.id] = store::serialize_members(plan.members);
    for (const std::string& host : plan.back_again) ends.erase(host);
    return plan;
  }

  void decommission(store::Catalog& catalog, const std::string& host, UnixMs at) {
    ends[host] = store::serialize_tombstone(at);
    catalog.decommission(host, at);
  }

  void remove(store::Catalog& catalog, const store::Catalog::Removal& removal) {
    for (const store::SeriesId id : removal.series) series.erase(id);
    for (const store::GroupId id : removal.groups) groups.erase(id);
    for (const std::string& host : removal.hosts) ends.erase(host);
    numbers = store::serialize(removal.numbers);
    catalog.apply(removal);
  }

  Status restore(store::Catalog& catalog) const {
    if (!numbers.empty()) {
      if (auto done = catalog.restore_numbers(numbers); !done) return done;
    }
    for (const auto& [id, bytes] : series) {
      if (auto done = catalog.restore_series(id, bytes); !done) return done;
    }
    for (const auto& [id, bytes] : groups) {
      if (auto done = catalog.restore_group(id, bytes); !done) return done;
    }
    for (const auto& [host, bytes] : ends) {
      if (auto done = catalog.restore_tombstone(host, bytes); !done) return done;
    }
    return catalog.finish_restore();
  }
};

}  // namespace headroom::test
