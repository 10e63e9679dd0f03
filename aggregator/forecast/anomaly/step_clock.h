// The times of a series as the parts of a detector want them: never backwards, never so far away
// that a difference overflows, with the mean step of the last points.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>

#include "common/base/clock.h"

namespace headroom::forecast {

class StepClock {
 public:
  static constexpr std::size_t kSteps = 50;
  static constexpr UnixMs kFarthest = 9'000'000'000'000'000;  // about 285 000 years
  static constexpr UnixMs kFirstStep = 300'000;               // before there are two points

  // Takes the time of the next point; returns the one that counts.
  UnixMs advance(UnixMs time) {
    time = std::clamp(time, -kFarthest, kFarthest);
    if (points_ == 0) first_ = time;
    if (points_ > 0) time = std::max(time, now_);
    if (points_ > 0) {
      const std::size_t steps = std::min(points_, kSteps);
      const UnixMs before = times_[(points_ - steps) % kSteps];
      step_ = std::max<UnixMs>(1, (time - before) / static_cast<UnixMs>(steps));
    }
    times_[points_ % kSteps] = time;
    ++points_;
    now_ = time;
    return time;
  }

  std::size_t points() const { return points_; }  // with the newest
  UnixMs now() const { return now_; }
  UnixMs age() const { return now_ - first_; }
  UnixMs step() const { return step_; }

 private:
  std::array<UnixMs, kSteps> times_{};
  std::size_t points_ = 0;
  UnixMs first_ = 0;
  UnixMs now_ = 0;
  UnixMs step_ = kFirstStep;
};

}  // namespace headroom::forecast
