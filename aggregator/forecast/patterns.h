// What kind of demand a history is, in words that a person can check against its numbers.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "aggregator/forecast/forecast.h"

namespace headroom::forecast {

enum class PatternKind : std::uint8_t {
  kConstant,       // one value throughout
  kSteady,         // nine tenths of the values within a tenth of the median on either side
  kIntermittent,   // demand in fewer than three of four steps (Syntetos, Boylan & Croston 2005)
  kBatch,          // a season that is high for a fifth of its time or less
  kBursty,         // a twentieth of the time holds half of what exceeds the usual, at no set times
  kBusinessHours,  // higher from nine to five on Monday to Friday than otherwise
  kSeasonal,       // any season (seasonality.h)
  kGrowing,        // a significant trend (trend_significance.h)
  kShrinking,
};
// As machines read it: "business_hours".
const char* to_string(PatternKind kind);

struct Pattern {
  PatternKind kind = PatternKind::kSteady;
  // The number that decided, with the bound it was held against in the same unit.
  double evidence = 0;
  double bound = 0;
  std::string sentence;  // for a person, with the numbers
};

inline constexpr std::size_t kPatternPointsMin = 24;    // known values; fewer tell no pattern
inline constexpr std::size_t kPatternPoints = 200'000;  // newest points looked at

// All patterns that the history shows, the most telling first. `zone` is added to UTC to give the
// local time that hours and weekdays are told in. Empty for too few known values. O(n log n).
std::vector<Pattern> recognise_patterns(const History& history,
                                        std::chrono::minutes zone = std::chrono::minutes(0));

}  // namespace headroom::forecast
