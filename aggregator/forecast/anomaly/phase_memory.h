// What a series was at the same time of day on each of the last seven days. It covers days and
// weeks without having to detect either; a series without seasons is compared with values of
// the last week.
#pragma once

#include <array>
#include <cstddef>
#include <deque>
#include <optional>

#include "common/base/clock.h"

namespace headroom::forecast {

class PhaseMemory {
 public:
  static constexpr std::size_t kDays = 7;
  // A week of minutes, and the half hour before it. What comes faster shares an entry, which keeps
  // its range.
  static constexpr std::size_t kMostEntries = 10'112;
  static constexpr UnixMs kLeastApart = 59'000;

  // Times must not descend.
  void learn(UnixMs time, double value);

  // Moves to `time`, which is what distance() and at() speak of, `step` being the mean time between
  // values; times must not descend.
  void look_from(UnixMs time, UnixMs step);
  // Distance of the value from the nearest one within half an hour (or a step) of the same time on
  // any of the days; nothing where no day has such.
  std::optional<double> distance(double value) const;
  // The value at the same time `days` (1 … kDays) ago; nothing where there was none.
  std::optional<double> at(std::size_t days) const;

  std::size_t memory_bytes() const { return entries_.size() * sizeof(Entry); }

 private:
  struct Entry {
    UnixMs time;
    double least;
    double most;
  };

  std::deque<Entry> entries_;
  std::size_t forgotten_ = 0;  // entries that went; number i lies at i - forgotten_
  UnixMs now_ = 0;
  UnixMs step_ = kLeastApart;
  std::size_t reach_ = 1;  // entries to either side
  // For each day: one past the number of the last entry that is not later than the same time then.
  std::array<std::size_t, kDays> cursors_{};
};

}  // namespace headroom::forecast
