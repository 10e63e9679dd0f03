#include "aggregator/forecast/anomaly/detector.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

namespace headroom::forecast {
namespace {

constexpr UnixMs kDay = 86'400'000;
constexpr double kHourMs = 3'600'000;

// A quarter, so that the difference of any two finite values is finite.
constexpr double kInside = 0.25;

// A record of n exchangeable values is as rare as 1 in n/2; one that lies a whole range beyond it
// counts for two thirds more.
constexpr double kLeastRecord = 0.05;  // of the range
constexpr double kRecordMost = 3;
constexpr double kBeyond = 2.0 / 3;

// No tail of some thousand values, one depending on the next, says more about a part.
constexpr double kPartMost = 6;
constexpr double kNoveltyWeight = 0.3;
constexpr double kSizeMost = 1e6;

constexpr std::size_t kShapeFirst = 32;  // points before the shape's scale is worth anything
constexpr std::size_t kShapeWarmUp = 48;

// What the parts are calibrated on reaches back two weeks at least: of faster series every n-th
// point is kept.
constexpr UnixMs kCalibration = 14 * kDay;

// A surprise within a day of another counts only where it is greater by this factor of what is left
// of that.
constexpr double kAgain = 1.5;
constexpr double kForgetHours = 24;
constexpr double kRemembered = 1;

constexpr double kScoreScale = 5;

double score_of(double surprise) { return -std::expm1(-surprise / kScoreScale); }

double surprise_of(const TailSurprise& past, double size) {
  return size < 0 ? 0 : std::min(kPartMost, past.of(size));
}

// What lies outside the range is unlike its phase too: the range is the plainer reason.
AnomalyPart reason(const std::array<double, kAnomalyParts>& surprises) {
  if (surprises[0] > 0) return AnomalyPart::kRange;
  const auto most = std::max_element(surprises.begin(), surprises.end());
  return static_cast<AnomalyPart>(1 + std::distance(surprises.begin(), most));
}

}  // namespace

std::string_view to_string(AnomalyPart part) {
  switch (part) {
    case AnomalyPart::kNone:
      return "none";
    case AnomalyPart::kRange:
      return "range";
    case AnomalyPart::kSamePhase:
      return "same_phase";
    case AnomalyPart::kShape:
      return "shape";
    case AnomalyPart::kShift:
      return "shift";
  }
  return "none";
}

Verdict AnomalyDetector::observe(UnixMs time, double value) {
  Verdict verdict;
  if (!std::isfinite(value)) {
    if (steps_.points() == 0) return verdict;
    phases_.look_from(std::max(steps_.now(), std::min(time, StepClock::kFarthest)), steps_.step());
    verdict.expected = expectation_.guess(phases_, level_).value_or(0) / kInside;
    verdict.threshold = score_of(threshold_.now());
    return verdict;
  }
  value *= kInside;
  time = steps_.advance(time);
  phases_.look_from(time, steps_.step());
  verdict.expected = expectation_.guess(phases_, level_).value_or(value) / kInside;

  const double range = range_surprise(value);
  const Sizes sizes = sizes_of(value);
  verdict.surprises = {range, surprise_of(same_phase_, sizes.same_phase),
                       surprise_of(shape_, sizes.shape), surprise_of(shift_, sizes.shift)};
  double surprise = 0;
  for (const double one : verdict.surprises) surprise += one;
  surprise = after_alarms(time, surprise);
  const double threshold = threshold_.observe(time, steps_.step(), surprise);
  verdict.score = score_of(surprise);
  verdict.threshold = score_of(threshold);
  const bool warm = steps_.age() >= kWarmUp && steps_.points() > kWarmUpPoints;
  verdict.anomaly = warm && surprise >= threshold;
  if (verdict.anomaly) verdict.part = reason(verdict.surprises);
  learn(time, value, sizes);
  return verdict;
}

double AnomalyDetector::range_surprise(double value) const {
  if (steps_.points() < 3) return 0;
  const double beyond = std::max({0.0, value - range_.most(), range_.least() - value});
  if (beyond == 0) return 0;
  const double share = range_.width() > 0 ? std::min(1.0, beyond / range_.width()) : 1.0;
  if (share <= kLeastRecord) return 0;
  const double past = static_cast<double>(steps_.points() - 1);
  const double record = std::min(kRecordMost, std::log10(past / 2 + 1));
  return record * (1 + kBeyond * share);
}

AnomalyDetector::Sizes AnomalyDetector::sizes_of(double value) {
  Sizes sizes;
  const double spread = spread_.value();
  if (const auto distance = phases_.distance(value)) {
    novelty_ += kNoveltyWeight * (std::min(kSizeMost, *distance / spread) - novelty_);
    sizes.same_phase = novelty_;
  }
  if (steps_.points() > kShapeFirst) {
    const auto distance = shapes_.observe(value, spread);
    if (distance && steps_.points() > kShapeWarmUp) sizes.shape = *distance;
  }
  if (const auto step = level_.observe(value)) sizes.shift = std::min(kSizeMost, *step / spread);
  return sizes;
}

double AnomalyDetector::after_alarms(UnixMs time, double surprise) {
  const double hours = static_cast<double>(time - last_surprise_time_) / kHourMs;
  const double left = last_surprise_ * std::max(0.0, 1 - hours / kForgetHours);
  if (surprise <= kAgain * left) return 0;
  if (surprise > kRemembered) {
    last_surprise_ = surprise;
    last_surprise_time_ = time;
  }
  return surprise;
}

void AnomalyDetector::learn(UnixMs time, double value, const Sizes& sizes) {
  expectation_.learn(value, steps_.step());
  phases_.learn(time, value);
  const UnixMs day = time >= 0 ? time / kDay : (time + 1) / kDay - 1;
  range_.learn(day, value);
  constexpr UnixMs kApart = kCalibration / static_cast<UnixMs>(TailSurprise::kMostPast);
  const auto every =
      static_cast<std::size_t>(std::max<UnixMs>(1, (kApart + steps_.step() / 2) / steps_.step()));
  if (++since_kept_ < every) return;
  since_kept_ = 0;
  spread_.learn(value);
  if (sizes.same_phase >= 0) same_phase_.learn(sizes.same_phase);
  if (sizes.shape >= 0) shape_.learn(sizes.shape);
  if (sizes.shift >= 0) shift_.learn(sizes.shift);
}

std::size_t AnomalyDetector::memory_bytes() const {
  return sizeof(*this) + spread_.memory_bytes() + range_.memory_bytes() + phases_.memory_bytes() +
         shapes_.memory_bytes() + level_.memory_bytes() + same_phase_.memory_bytes() +
         shape_.memory_bytes() + shift_.memory_bytes();
}

}  // namespace headroom::forecast
