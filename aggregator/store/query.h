// Questions across series: one value per window of a group of series, and the highest or lowest of
// them. They work on any Store.
//
// Thread safety: plain functions.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "aggregator/store/store.h"

namespace headroom::store {

// How the values that the series of a group have in one window become one.
enum class Across { kSum, kAvg, kMin, kMax, kCount, kQuantile };

std::optional<Across> parse_across(std::string_view name);
std::string_view to_string(Across across);

// Values that a question may hold at once: windows of all rows that it keeps, and for a quantile
// the values of the largest group.
inline constexpr std::size_t kAcrossValues = 2'000'000;
inline constexpr std::size_t kAcrossBy = 8;  // attributes to group by

struct AcrossQuery {
  WindowQuery windows;
  // Attributes that series of a group share; one that a series lacks is the empty text. Series of
  // another metric, unit or kind never share a group.
  std::vector<std::string> by;
  std::optional<Across> across;  // not set: each series is a row of its own
  double across_quantile = 0.5;  // for kQuantile, in [0, 1]; linear between ranks, R's type 7
  // Only so many rows, those with the highest or with the lowest mean over their windows, in that
  // order; 0 = all rows, by their attributes. At most one of the two is set.
  std::size_t top = 0;
  std::size_t bottom = 0;
};

// What a question gives for one group, or for one series.
struct AcrossRow {
  Series series;                // metric, unit and kind; attributes those of `by`, or all
  std::size_t members = 0;      // series of the group, with values or without
  double mean = 0;              // of the samples
  std::vector<Sample> samples;  // not empty; a window without a value in any series is left out
};

// A series counts in the windows in which it has a value that is a number. Sums are compensated, so
// neither their order nor their length costs digits. Series are read group by group; of a question
// with `top` or `bottom` no more than twice as many rows are held. Errors: kInvalidArgument (also
// for rows of different units that are to be ranked), kLimitExceeded, kCancelled, and those of
// Store::read_windows.
Result<std::vector<AcrossRow>> query_across(const Store& store, std::span<const SeriesInfo> series,
                                            const AcrossQuery& query,
                                            const ReadControl& control = {});

}  // namespace headroom::store
