// What the models may learn from at each moment of the history.
#pragma once

#include <chrono>
#include <cstddef>
#include <vector>

#include "aggregator/forecast/level_shift.h"
#include "aggregator/forecast/model.h"
#include "aggregator/forecast/prepare.h"

namespace headroom::forecast {

// A history made ready: cleaned, its seasons found, its last change of level known.
class Training {
 public:
  Training(Observed observed, std::chrono::milliseconds step);

  std::size_t size() const { return truth_.size(); }
  // As measured, in the scaled unit; NaN where unknown.
  const std::vector<double>& truth() const { return truth_; }
  const std::vector<std::size_t>& periods() const { return periods_; }
  std::size_t season() const { return season_; }
  const LevelShift& shift() const { return shift_; }
  std::size_t filled() const { return filled_; }
  std::size_t damped() const { return damped_; }

  // The series as of `end` values. Once the last change of level could be seen (known_from()), what
  // lies before it is forgotten; where too little of the new level is there to know its season
  // from, the newest part of the old one stays, lifted by the jump. Before that moment it is the
  // whole past, as a forecast made then would have had it.
  Series until(std::size_t end) const;

  // First end at which the last change of level is taken into account; 0 where there is none.
  std::size_t known_from() const { return known_from_; }

 private:
  void find_shift();

  std::vector<double> truth_;
  std::vector<double> cleaned_;
  std::vector<double> levelled_;  // cleaned_, the old level lifted; empty without a shift
  std::vector<std::size_t> periods_;
  std::size_t season_ = 0;
  LevelShift shift_;
  std::size_t known_from_ = 0;
  std::size_t filled_ = 0;
  std::size_t damped_ = 0;
};

}  // namespace headroom::forecast
