// Which series a selector means.
#pragma once

#include <vector>

#include "aggregator/store/catalog/series_table.h"
#include "aggregator/store/selector.h"

namespace headroom::store::catalog {

struct Index {
  Dictionary texts;
  PairTable pairs;
  SeriesTable series;
};

// In order of their numbers, without those that carry one of the `hidden` attributes (sorted).
std::vector<SeriesId> search(const Index& index, const Selector& selector,
                             std::span<const PairId> hidden);

}  // namespace headroom::store::catalog
