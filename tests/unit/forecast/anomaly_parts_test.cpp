// Every part finds its own kind of anomaly, and only where there is one.
#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

#include "aggregator/forecast/anomaly/detector.h"
#include "tests/support/catch.h"
#include "tests/unit/forecast/made_series.h"

namespace headroom::forecast {
namespace {

constexpr UnixMs kStart = 1'700'006'400'000;  // a midnight
constexpr UnixMs kFiveMinutes = 300'000;
constexpr std::size_t kDay = 288;
constexpr std::size_t kEvent = 17 * kDay;  // the midnight before what happens

struct Story {
  std::vector<Verdict> verdicts;

  std::size_t alarms(std::size_t first, std::size_t end) const {
    std::size_t count = 0;
    for (std::size_t i = first; i < end; ++i) count += verdicts[i].anomaly ? 1 : 0;
    return count;
  }
  // Of the first alarm in the stretch.
  AnomalyPart part(std::size_t first, std::size_t end) const {
    for (std::size_t i = first; i < end; ++i)
      if (verdicts[i].anomaly) return verdicts[i].part;
    return AnomalyPart::kNone;
  }
  double most(AnomalyPart part, std::size_t first, std::size_t end) const {
    double most = 0;
    for (std::size_t i = first; i < end; ++i)
      most = std::max(most, verdicts[i].surprises[static_cast<std::size_t>(part) - 1]);
    return most;
  }
};

Story tell(const std::vector<double>& values) {
  AnomalyDetector detector;
  Story story;
  for (std::size_t i = 0; i < values.size(); ++i)
    story.verdicts.push_back(
        detector.observe(kStart + static_cast<UnixMs>(i) * kFiveMinutes, values[i]));
  return story;
}

// Quiet nights, a busy noon.
std::vector<double> daily(std::size_t days, std::uint64_t seed) {
  std::vector<double> values = white_noise(days * kDay, seed);
  for (std::size_t i = 0; i < values.size(); ++i)
    values[i] = 50 + values[i] + 40 * std::max(0.0, wave(i % kDay + kDay * 3 / 4, kDay));
  return values;
}

// A wave of 50 steps beside the day's, so that every hour of the day has seen every value.
std::vector<double> waves(std::size_t days, std::uint64_t seed) {
  std::vector<double> values = white_noise(days * kDay, seed);
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = 0.3 * values[i] + 20 * wave(i, 50);
  return values;
}

}  // namespace

TEST_CASE("a busy half hour in a quiet night is found by its phase") {
  std::vector<double> values = daily(21, 31);
  const Story quiet = tell(values);
  for (std::size_t i = kEvent + 6; i < kEvent + 12; ++i) values[i] += 30;  // noon's values
  const Story story = tell(values);
  CHECK(story.part(kEvent, kEvent + 18) == AnomalyPart::kSamePhase);
  CHECK(quiet.alarms(kEvent, kEvent + 18) == 0);
  CHECK(quiet.most(AnomalyPart::kSamePhase, kEvent, kEvent + 18) < 3);
  CHECK(story.most(AnomalyPart::kRange, kEvent, kEvent + 18) == 0);
}

TEST_CASE("a day without its peak is found while the peak is missed") {
  std::vector<double> values = daily(21, 35);
  const Story usual = tell(values);
  const std::vector<double> noise = white_noise(kDay, 99);
  for (std::size_t i = 0; i < kDay; ++i) values[kEvent + i] = 50 + noise[i];
  const Story story = tell(values);
  CHECK(story.part(kEvent, kEvent + kDay) == AnomalyPart::kSamePhase);
  CHECK(story.alarms(kEvent, kEvent + kDay / 2) >= 1);
  CHECK(usual.alarms(kEvent, kEvent + kDay) == 0);
}

TEST_CASE("a flat middle of a wave without a season is found by its shape") {
  std::vector<double> values = waves(21, 33);
  const Story usual = tell(values);
  for (std::size_t i = kEvent; i < kEvent + 24; ++i) values[i] = 0.3 * values[i] / 20;
  const Story story = tell(values);
  CHECK(story.part(kEvent, kEvent + 30) == AnomalyPart::kShape);
  CHECK(usual.alarms(kEvent, kEvent + 30) == 0);
  CHECK(usual.most(AnomalyPart::kShape, kEvent, kEvent + 30) < 3);
  CHECK(story.most(AnomalyPart::kSamePhase, kEvent, kEvent + 30) < 2);
}

TEST_CASE("a record is found by the range at once, a record by a hair is not") {
  std::vector<double> values = daily(21, 34);
  values[kEvent + 144] = 130;
  const Story story = tell(values);
  CHECK(story.part(kEvent + 144, kEvent + 145) == AnomalyPart::kRange);
  values[kEvent + 144] = *std::max_element(values.begin(), values.begin() + kEvent) + 0.5;
  CHECK(tell(values).most(AnomalyPart::kRange, kEvent, kEvent + kDay) == 0);
}

TEST_CASE("a level that shifts inside the range is found by its shift, and then is the level") {
  std::vector<double> values = white_noise(45 * kDay, 35);
  const Story usual = tell(values);
  for (std::size_t i = kEvent; i < values.size(); ++i) values[i] += 2.6;
  const Story story = tell(values);
  CHECK(story.most(AnomalyPart::kShift, kEvent, kEvent + 72) > 4.5);
  CHECK(usual.most(AnomalyPart::kShift, kEvent, kEvent + 72) < 3);
  CHECK(story.alarms(kEvent, kEvent + 72) >= 1);
  CHECK(story.part(kEvent + 12, kEvent + 72) == AnomalyPart::kShift);
  CHECK(std::abs(story.verdicts[kEvent + kDay].expected - 2.6) < 0.5);
}

TEST_CASE(
    "demand that doubles for good is reported within hours and taken for normal within two days") {
  std::vector<double> values = daily(45, 36);
  for (std::size_t i = kEvent; i < values.size(); ++i) values[i] *= 2;
  const Story story = tell(values);
  CHECK(story.alarms(kEvent, kEvent + 36) >= 1);
  // What is left over four weeks is the wanted rate of false alarms.
  CHECK(story.alarms(kEvent + 2 * kDay, values.size()) <= 4);
  for (std::size_t i = kEvent + 8 * kDay; i < values.size(); ++i)
    CHECK(std::abs(story.verdicts[i].expected - values[i]) < 15);
}

TEST_CASE("an outage of hours is one story, not an alarm for each point") {
  std::vector<double> values = daily(21, 37);
  for (std::size_t i = kEvent + 120; i < kEvent + 168; ++i) values[i] = 0;
  const Story story = tell(values);
  CHECK(story.alarms(kEvent + 120, kEvent + 126) >= 1);
  CHECK(story.alarms(kEvent + 120, kEvent + 168) <= 6);
}

TEST_CASE("parts have names") {
  CHECK(to_string(AnomalyPart::kNone) == "none");
  CHECK(to_string(AnomalyPart::kRange) == "range");
  CHECK(to_string(AnomalyPart::kSamePhase) == "same_phase");
  CHECK(to_string(AnomalyPart::kShape) == "shape");
  CHECK(to_string(AnomalyPart::kShift) == "shift");
}

}  // namespace headroom::forecast
