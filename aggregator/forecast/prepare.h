// Cleaning: what comes from the field has holes, infinities and stray spikes; models get none of
// them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "common/base/result.h"

namespace headroom::forecast {

// Points that a forecast looks at, the newest ones; older ones are left out. 23 days of seconds, 19
// years of five minutes… far more than any season needs, and it bounds memory at about 100 MB.
inline constexpr std::size_t kUsedHistory = 2'000'000;

// The part of a history between its first and its last known value, divided by a power of two so
// that the largest value lies in [0.5, 1): sums cannot overflow, and the mantissas stay what they
// were.
struct Observed {
  std::vector<double> values;        // NaN where unknown until fill_gaps() ran
  std::vector<std::uint8_t> known;   // 1 where measured, 0 where not; the same length
  int exponent = 0;                  // original value = values[i] × 2^exponent
  std::size_t trailing_unknown = 0;  // slots of the history after the last known value
  std::size_t unused = 0;            // older points beyond kUsedHistory
  std::size_t infinite = 0;          // infinities, taken as unknown
  bool constant = false;             // all known values are equal
};

// Error: kInvalidArgument where no value is finite.
Result<Observed> observe(std::span<const double> values);

// Fills every unknown value, and returns how many there were. The value comes from the same phase
// of the nearest known seasons before and after, the nearer one weighing more; where no season is
// known, from a straight line. `periods` in steps; the longest is tried first. The first and the
// last value must be known.
std::size_t fill_gaps(std::span<double> values, std::span<const std::size_t> periods);

// Damps isolated spikes in place, and returns how many. A spike lies further than kSpikeSpreads
// spreads from the median of its seven neighbours in time and, where there is a season, also from
// its neighbours at the same phase in up to three seasons on either side: a peak that comes every
// day is none (Hampel's identifier, Davies & Gather 1993, with the season as second witness). It is
// moved to the edge of that band, and one beyond three bands, which is an error and no demand, to
// the median. In a history that would lose more than kSpikeShare of its points so, which is bursty
// by nature, the band is doubled until it does not, four times at most. `period` is 0 where there
// is no season.
// `wild`, if given, gets the indexes of those that were moved to the median.
std::size_t damp_spikes(std::span<double> values, std::size_t period,
                        std::vector<std::size_t>* wild = nullptr);

// Makes zeros unknown that no demand was behind: a collector that was down, a counter that was
// reset. Returns how many. Only in series of values >= 0 that are usually far from 0 (the lowest
// twentieth of what is not 0 above a fifth of its median) and hardly ever 0 (kOutageShare); and
// only runs of at most kOutagePoints that are over: a service that is at 0 now, or was for long,
// was switched off.
std::size_t drop_outages(std::span<double> values);

inline constexpr double kOutageShare = 0.03;
inline constexpr std::size_t kOutagePoints = 24;
inline constexpr double kSpikeSpreads = 6;
inline constexpr double kSpikeShare = 0.02;

}  // namespace headroom::forecast
