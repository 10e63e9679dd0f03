// The catalog's entries as they are written down (docs/formats/store.md).
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "aggregator/store/store.h"

namespace headroom::store {

std::string serialize(const Series& series);
Result<Series> parse_series(std::string_view bytes);
std::string serialize_members(std::span<const SeriesId> members);
Result<std::vector<SeriesId>> parse_members(std::string_view bytes);

// The numbers that are given next, and how many below them were given and taken back.
struct CatalogNumbers {
  SeriesId next_series = 0;
  GroupId next_group = 0;
  std::uint32_t removed_series = 0;
  std::uint32_t removed_groups = 0;
  friend bool operator==(const CatalogNumbers&, const CatalogNumbers&) = default;
};
std::string serialize(const CatalogNumbers& numbers);
Result<CatalogNumbers> parse_numbers(std::string_view bytes);

// Since when a host is decommissioned.
std::string serialize_tombstone(UnixMs at);
Result<UnixMs> parse_tombstone(std::string_view bytes);

}  // namespace headroom::store
