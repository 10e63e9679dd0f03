// Streaming anomaly detection: how unlike its own past the newest value of a series is, from that
// past alone. Four parts look at different things, each says how rarely its quantity has been as
// large (tail.h), and their surprises add up, as in Fisher's method of combining tests:
//   range       a value outside everything seen in 128 days, by more than a twentieth of its width
//   same phase  values far from all that was seen at this time of day on the last seven days
//   shape       a stretch of 16 values unlike every stretch among the last 4000
//   shift       the median of the last 36 values has left that of the 144 before
// After an alarm only a greater surprise is one again; what the last one needs falls to nothing
// within a day. docs/forecasting/anomalies.md says what each part is worth.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "aggregator/forecast/anomaly/expectation.h"
#include "aggregator/forecast/anomaly/false_alarms.h"
#include "aggregator/forecast/anomaly/level.h"
#include "aggregator/forecast/anomaly/phase_memory.h"
#include "aggregator/forecast/anomaly/shape.h"
#include "aggregator/forecast/anomaly/spread.h"
#include "aggregator/forecast/anomaly/step_clock.h"
#include "aggregator/forecast/anomaly/tail.h"
#include "common/base/clock.h"

namespace headroom::forecast {

enum class AnomalyPart : std::uint8_t { kNone, kRange, kSamePhase, kShape, kShift };
inline constexpr std::size_t kAnomalyParts = 4;

// "none", "range", "same_phase", "shape", "shift".
std::string_view to_string(AnomalyPart part);

struct Verdict {
  double score = 0;     // in [0, 1): 1 - exp(-surprise / 5); 0 where the value is not known
  double expected = 0;  // the value itself where it is the first; 0 before any
  bool anomaly = false;
  AnomalyPart part =
      AnomalyPart::kNone;  // which part is the most surprised, where it is an anomaly
  // What each part says, in decimal orders of rarity: [part - 1].
  std::array<double, kAnomalyParts> surprises{};
  double threshold = 0;  // the score from which on this point would have been an anomaly
};

// One series. Strictly causal: a verdict rests on this and earlier points only, so a prefix of a
// series gets the same bits as the whole. One owner at a time; no clock, no thread.
//
// A value that is NaN or infinite is unknown: it gets a verdict of score 0 and leaves no trace. A
// time not after the last one counts as the last one: repeated times are points like others, and
// the order of observe() is what counts. Multiplying all values by a power of two changes nothing
// but the expected values.
class AnomalyDetector {
 public:
  // Alarms need this much past: the second day teaches what differs from the first by chance.
  static constexpr UnixMs kWarmUp = 2 * 86'400'000;
  static constexpr std::size_t kWarmUpPoints = 100;
  // Whatever the length of the series; one with a value every five minutes takes two thirds, a
  // short one a few hundred bytes a point.
  static constexpr std::size_t kMemoryBytesMost = 512 * 1024;

  explicit AnomalyDetector(FalseAlarmRate wanted = {}) : threshold_(wanted) {}

  Verdict observe(UnixMs time, double value);

  std::size_t memory_bytes() const;

 private:
  // How large the quantities of the parts that are calibrated on their past are now; below 0:
  // silent.
  struct Sizes {
    double same_phase = -1;
    double shape = -1;
    double shift = -1;
  };
  Sizes sizes_of(double value);
  double range_surprise(double value) const;
  double after_alarms(UnixMs time, double surprise);
  void learn(UnixMs time, double value, const Sizes& sizes);

  StepClock steps_;
  Spread spread_;
  Range range_;
  PhaseMemory phases_;
  ShapeMemory shapes_;
  LevelMemory level_;
  Expectation expectation_;
  TailSurprise same_phase_;
  TailSurprise shape_;
  TailSurprise shift_;
  AlarmThreshold threshold_;
  double novelty_ = 0;  // smoothed distance from the same phase, in spreads
  std::size_t since_kept_ = 0;
  double last_surprise_ = 0;
  UnixMs last_surprise_time_ = 0;
};

}  // namespace headroom::forecast
