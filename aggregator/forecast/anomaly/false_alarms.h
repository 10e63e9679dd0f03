// From the number of false alarms that a person is ready to look at to the surprise from which on a
// point is an alarm.
//
// Surprises are sums of -log10 of tail probabilities, so their largest value in a stretch of a few
// hours has a tail that falls exponentially. How high and how steep that tail is was measured on
// twelve kinds of normal series (docs/forecasting/anomalies.md); from there every series learns its
// own from the largest surprises of its past, and the threshold is where the tail has fallen to
// what is wanted.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>

#include "common/base/clock.h"
#include "common/base/result.h"

namespace headroom::forecast {

// How many alarms may be false per series and day; alarms less than kAlarmMerge apart are one.
struct FalseAlarmRate {
  double per_day = 1.0 / 7;
};

inline constexpr std::chrono::milliseconds kAlarmMerge{6 * 3'600'000};
inline constexpr double kFalseAlarmsPerDayMost = 4;  // one per kAlarmMerge: all of the time
inline constexpr double kFalseAlarmsPerDayLeast = 1e-4;

// "1/7d": a number of alarms and, behind the slash, a duration. kInvalidArgument for other text,
// and for rates beyond the limits above.
Result<FalseAlarmRate> parse_false_alarms(std::string_view text);

class AlarmThreshold {
 public:
  // The past that it learns from, in blocks of kAlarmMerge (or a step, where that is longer).
  static constexpr std::size_t kBlocks = 224;
  // … from this age of the series on: while the parts' own past is short, they say too little.
  static constexpr std::chrono::milliseconds kSettled{15 * 86'400'000LL};

  explicit AlarmThreshold(FalseAlarmRate wanted) : wanted_(wanted) {}

  // Surprise (>= 0) of the point at `time`, which must not descend, and the mean time between
  // points. Returns the threshold that holds for this point, made from earlier blocks alone.
  double observe(UnixMs time, UnixMs step, double surprise);
  // The one that held for the last point; 0 before any.
  double now() const { return threshold_; }

 private:
  double from_past(UnixMs step) const;

  FalseAlarmRate wanted_;
  std::array<float, kBlocks> largest_{};  // a ring of the blocks' largest surprises
  std::size_t blocks_ = 0;                // ever closed
  UnixMs first_ = 0;
  UnixMs block_begin_ = 0;
  double block_largest_ = 0;
  bool started_ = false;
  double threshold_ = 0;
};

}  // namespace headroom::forecast
