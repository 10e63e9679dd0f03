// Folds what was read of one series — raw samples where there are any, buckets of a rollup
// elsewhere — into one value per window.
//
// Not thread-safe.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "aggregator/store/aggregate.h"
#include "aggregator/store/rollup.h"
#include "aggregator/store/store.h"

namespace headroom::store {

// A bucket of a rollup and, where the series has one, its sketch.
struct SketchedBucket {
  Bucket bucket;
  UnixMs length = 0;
  std::string sketch;
};

// What was read of one series; each ascends in time, and what one of them covers the other does
// not.
struct Evidence {
  std::vector<Sample> samples;
  std::vector<SketchedBucket> buckets;
};

// As aggregate(), with buckets counting as the samples that they were made of. A bucket belongs to
// the window in which it starts. Of buckets, kLast of a gauge is their average; a rate takes a
// bucket's samples to lie evenly from its begin on; and a quantile comes from the sketches where
// the buckets have them (within kSketchAccuracy), else each bucket counts as that many samples of
// its average.
std::vector<Sample> fold(const Evidence& evidence, const WindowQuery& query, Kind kind);

}  // namespace headroom::store
