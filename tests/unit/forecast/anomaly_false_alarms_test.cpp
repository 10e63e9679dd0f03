// As many false alarms as were asked for.
#include <cmath>
#include <string>

#include "aggregator/forecast/anomaly/detector.h"
#include "aggregator/forecast/anomaly/false_alarms.h"
#include "bench/normal_series.h"
#include "tests/support/catch.h"

namespace headroom::forecast {
namespace {

constexpr UnixMs kMonday = 1'700'438'400'000;  // 2023-11-20

// Alarms per week after the first, those less than six hours apart being one.
double alarms_per_week(const bench::NormalKind& kind, std::uint64_t seed, std::size_t weeks,
                       std::chrono::seconds step, FalseAlarmRate wanted) {
  constexpr std::chrono::seconds kWeek = std::chrono::hours(7 * 24);
  const auto per_week = static_cast<std::size_t>(kWeek / step);
  const auto values = bench::normal_series(kind, seed, weeks * per_week, step);
  AnomalyDetector detector(wanted);
  UnixMs last = 0;
  double alarms = 0;
  for (std::size_t i = 0; i < values.size(); ++i) {
    const UnixMs time = kMonday + static_cast<UnixMs>(i) * step.count() * 1000;
    if (!detector.observe(time, values[i]).anomaly) continue;
    if (i >= per_week && time - last >= kAlarmMerge.count()) alarms += 1;
    last = time;
  }
  return alarms / static_cast<double>(weeks - 1);
}

}  // namespace

TEST_CASE("a wanted rate is read as alarms per time") {
  CHECK(parse_false_alarms("1/7d")->per_day == Approx(1.0 / 7));
  CHECK(parse_false_alarms("0.5/1d")->per_day == 0.5);
  CHECK(parse_false_alarms("2/12h")->per_day == 4);
  CHECK(parse_false_alarms("2/5y")->per_day == Approx(2.0 / 1825));
}

TEST_CASE("a rate that cannot be meant is refused, and says why") {
  for (const char* text : {"", "7d", "1/", "/7d", "x/7d", "-1/7d", "0/7d", "1/0", "1/7", "1/7d/2",
                           "nan/7d", "1e9/1d", "5/1d", "1/500y"}) {
    const auto rate = parse_false_alarms(text);
    INFO(text);
    REQUIRE_FALSE(rate.has_value());
    CHECK(rate.error().message.find(text) != std::string::npos);
  }
}

TEST_CASE("a new series has the threshold of the curve") {
  // Five minutes: 72 points in a block, of which 0.45 * 72 / (72 + 28) reach 2; wanted is 1 in 28.
  AlarmThreshold threshold({1.0 / 7});
  CHECK(threshold.observe(kMonday, 300'000, 0) == Approx(2 + 1.15 * std::log(0.324 * 28)));
  // Four times the alarms: ln 4 scales lower.
  AlarmThreshold looser({4.0 / 7});
  CHECK(looser.observe(kMonday, 300'000, 0) == Approx(2 + 1.15 * std::log(0.324 * 7)));
}

TEST_CASE(
    "a series learns its threshold from its own blocks, once it is old enough and they are over") {
  AlarmThreshold calm({1.0 / 7});
  AlarmThreshold wild({1.0 / 7});
  const double first = calm.observe(kMonday, 300'000, 0);
  bool kept = true;
  bool higher = true;
  for (UnixMs i = 0; i < 72 * 400; ++i) {
    const UnixMs time = kMonday + i * 300'000;
    const double now = wild.observe(time, 300'000, i % 72 == 50 ? 5.5 : 0);
    // The block that begins after 15 days is the first that counts, from its end on.
    if (i < 72 * 61) kept = kept && now == first;
    if (i >= 72 * 61) higher = higher && now > first;
    calm.observe(time, 300'000, 0.5);
  }
  CHECK(kept);
  CHECK(higher);
  // All 224 blocks reach 5.5: (224 + 18.144) / 280 of the blocks exceed 2 by (784 + 13.8) / 236.
  CHECK(wild.now() == Approx(2 + 797.8 / 236 * std::log(242.144 / 280 * 28)).epsilon(1e-3));
  // None does: 18.144 / 280 of the blocks, by 1.15.
  CHECK(calm.now() == Approx(2 + 1.15 * std::log(18.144 / 280 * 28)).epsilon(1e-3));
}

TEST_CASE("normal series of twelve kinds raise about as many alarms as are wanted") {
  struct Case {
    std::chrono::seconds step;
    std::size_t weeks;
    double per_week;
  };
  const auto wanted =
      GENERATE(Case{std::chrono::seconds(300), 8, 1}, Case{std::chrono::seconds(300), 8, 4},
               Case{std::chrono::hours(1), 40, 1});
  double sum = 0;
  for (const bench::NormalKind& kind : bench::kNormalKinds) {
    const double found =
        alarms_per_week(kind, 41, wanted.weeks, wanted.step, {wanted.per_week / 7});
    INFO(kind.name << ": " << found << " a week, wanted " << wanted.per_week);
    CHECK(found <= 3 * wanted.per_week);
    sum += found;
  }
  const double mean = sum / static_cast<double>(std::size(bench::kNormalKinds));
  INFO("mean " << mean << " a week, wanted " << wanted.per_week);
  CHECK(mean >= 0.6 * wanted.per_week);
  CHECK(mean <= 1.6 * wanted.per_week);
}

}  // namespace headroom::forecast
