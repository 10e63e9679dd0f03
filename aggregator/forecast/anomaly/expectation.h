// Which of a few simple guesses a series has followed best of late: the value a week ago, a day
// ago, the median of the same time on the last seven days, or its level. The one with the least
// mean error is what the next value is expected to be.
#pragma once

#include <array>
#include <cstddef>
#include <optional>

#include "common/base/clock.h"

namespace headroom::forecast {

class LevelMemory;
class PhaseMemory;

class Expectation {
 public:
  // Looks at the memories before the value of this time belongs to them; the phases must look from
  // this time. Nothing while there is no past at all.
  std::optional<double> guess(const PhaseMemory& phases, const LevelMemory& level);
  // What came of the last guesses. `step` is the mean time between values: errors are forgotten
  // over about a day.
  void learn(double value, UnixMs step);

 private:
  enum Guess : std::size_t { kWeekAgo, kMedianOfDays, kDayAgo, kLevel, kGuesses };

  std::array<std::optional<double>, kGuesses> guesses_;
  std::array<std::optional<double>, kGuesses> errors_;
};

}  // namespace headroom::forecast
