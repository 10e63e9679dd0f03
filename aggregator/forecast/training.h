// What the models may learn from at each moment of the history.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "aggregator/forecast/forecast.h"
#include "aggregator/forecast/level_shift.h"
#include "aggregator/forecast/model.h"
#include "aggregator/forecast/prepare.h"
#include "aggregator/forecast/season.h"

namespace headroom::forecast {

// When the values were measured, and what a calendar says of them.
struct Times {
  UnixMs start = 0;  // of the first observed value
  std::chrono::milliseconds step{0};
  const Calendar* calendar = nullptr;
  std::size_t ahead = 0;  // steps after the last value that will be asked for
};

// A history made ready: cleaned, its seasons found, its last change of level known, the days on
// which its calendar departs from the usual week set aside.
class Training {
 public:
  Training(Observed observed, const Times& times);

  std::size_t size() const { return truth_.size(); }
  // As measured, in the scaled unit; NaN where unknown.
  const std::vector<double>& truth() const { return truth_; }
  // The same without values so wild that they are taken for errors: what models are judged by. One
  // of them would outweigh all that they can do.
  const std::vector<double>& judged_truth() const { return judged_; }
  const std::vector<std::size_t>& periods() const { return periods_; }
  std::size_t season() const { return season_; }
  const LevelShift& shift() const { return shift_; }
  std::size_t filled() const { return filled_; }
  std::size_t damped() const { return damped_; }
  std::size_t outages() const { return outages_; }  // zeros taken as unknown
  // Per slot of history and horizon: 1 where the calendar departs from its usual week (holidays,
  // early closes) or the clock has been changed within the season before. Empty without a calendar.
  const std::vector<std::uint8_t>& irregular() const { return irregular_; }

  // The series as of `end` values. Once the last change of level could be seen (known_from()), what
  // lies before it is forgotten; where too little of the new level is there to know its season
  // from, the newest part of the old one stays, lifted by the jump. Before that moment it is the
  // whole past, as a forecast made then would have had it.
  Series until(std::size_t end) const;

  // First end at which the last change of level is taken into account; 0 where there is none.
  std::size_t known_from() const { return known_from_; }

 private:
  // Sets the seasons, fills gaps and damps spikes.
  void clean(const std::vector<Season>& seasons);
  void find_irregular(const Calendar& calendar, std::size_t ahead);
  bool irregular_by_clock(std::size_t at, std::size_t day) const;
  void find_shift();

  UnixMs start_ = 0;
  std::chrono::milliseconds step_{0};
  std::vector<double> truth_;
  std::vector<double> judged_;
  std::vector<double> cleaned_;         // without irregular days
  std::vector<double> with_irregular_;  // cleaned, with them; empty without a calendar
  // The same with the old level lifted; empty without a shift.
  std::vector<double> levelled_;
  std::vector<double> levelled_with_irregular_;
  std::vector<Slot> slots_;
  std::vector<std::uint8_t> irregular_;
  std::vector<std::size_t> periods_;
  std::size_t season_ = 0;
  LevelShift shift_;
  std::size_t known_from_ = 0;
  std::size_t filled_ = 0;
  std::size_t damped_ = 0;
  std::size_t outages_ = 0;
};

}  // namespace headroom::forecast
