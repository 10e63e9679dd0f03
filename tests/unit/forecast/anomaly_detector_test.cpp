// What holds for every series: causality, bounds, limits, and what is not known.
#include <bit>
#include <cmath>
#include <limits>
#include <vector>

#include "aggregator/forecast/anomaly/detector.h"
#include "tests/support/catch.h"
#include "tests/unit/forecast/made_series.h"

namespace headroom::forecast {
namespace {

constexpr UnixMs kStart = 1'700'006'400'000;  // a midnight
constexpr UnixMs kFiveMinutes = 300'000;

struct Timed {
  UnixMs time;
  double value;
};

std::vector<Timed> every(UnixMs step, const std::vector<double>& values) {
  std::vector<Timed> points;
  for (std::size_t i = 0; i < values.size(); ++i)
    points.push_back({kStart + static_cast<UnixMs>(i) * step, values[i]});
  return points;
}

std::vector<Verdict> judge(const std::vector<Timed>& points) {
  AnomalyDetector detector;
  std::vector<Verdict> verdicts;
  for (const Timed& point : points) verdicts.push_back(detector.observe(point.time, point.value));
  return verdicts;
}

bool same_bits(const Verdict& a, const Verdict& b) {
  return std::bit_cast<std::uint64_t>(a.score) == std::bit_cast<std::uint64_t>(b.score) &&
         std::bit_cast<std::uint64_t>(a.expected) == std::bit_cast<std::uint64_t>(b.expected) &&
         std::bit_cast<std::uint64_t>(a.threshold) == std::bit_cast<std::uint64_t>(b.threshold) &&
         a.anomaly == b.anomaly && a.part == b.part;
}

void check_sane(const Verdict& verdict) {
  REQUIRE(std::isfinite(verdict.expected));
  REQUIRE(verdict.score >= 0);
  REQUIRE(verdict.score <= 1);
  REQUIRE(std::isfinite(verdict.threshold));
  for (const double surprise : verdict.surprises) {
    REQUIRE(surprise >= 0);
    REQUIRE(surprise <= 12);
  }
  REQUIRE(verdict.anomaly == (verdict.part != AnomalyPart::kNone));
}

// Days of five minutes with a daily wave, a level shift, spikes, a gap and repeated times.
std::vector<Timed> eventful(std::size_t points, std::uint64_t seed) {
  std::vector<double> values = white_noise(points, seed);
  std::vector<Timed> all;
  UnixMs time = kStart;
  for (std::size_t i = 0; i < points; ++i) {
    double value = values[i] + 20 * wave(i, 288) + (i > points / 2 ? 15 : 0);
    if (i % 701 == 700) value += 60;
    if (i % 411 == 7) value = std::numeric_limits<double>::quiet_NaN();
    all.push_back({time, value});
    if (i % 97 != 5) time += i == points / 3 ? 100 * kFiveMinutes : kFiveMinutes;
  }
  return all;
}

}  // namespace

TEST_CASE("a prefix of a series gets the same bits as the whole, beside other series") {
  const std::vector<Timed> whole = eventful(6000, 21);
  const std::vector<Verdict> verdicts = judge(whole);
  for (const std::size_t length : {1u, 2u, 47u, 48u, 180u, 577u, 2900u, 4100u, 5999u}) {
    AnomalyDetector detector;
    AnomalyDetector other;
    for (std::size_t i = 0; i < length; ++i) {
      other.observe(whole[i].time, -3 * whole[i].value);
      const Verdict verdict = detector.observe(whole[i].time, whole[i].value);
      INFO("point " << i << " of " << length);
      REQUIRE(same_bits(verdict, verdicts[i]));
    }
  }
}

TEST_CASE("verdicts are finite and bounded on values and times of any kind") {
  const double most = std::numeric_limits<double>::max();
  const double none = std::numeric_limits<double>::quiet_NaN();
  const double infinite = std::numeric_limits<double>::infinity();
  const double tiny = std::numeric_limits<double>::denorm_min();
  const std::vector<std::vector<double>> patterns{{0},
                                                  {42},
                                                  {-1e300},
                                                  {most, -most},
                                                  {most},
                                                  {none},
                                                  {infinite, -infinite, 1},
                                                  {tiny, 0},
                                                  {0, 0, 0, 0, 0, 0, 0, 0, 0, 1e308},
                                                  {1, none, 1e308, 0, -1e308, 1e-308},
                                                  {1e15, 1e15 + 1}};
  for (const UnixMs step :
       {UnixMs{0}, UnixMs{1}, UnixMs{1000}, kFiveMinutes, UnixMs{7} * 86'400'000, -kFiveMinutes,
        std::numeric_limits<UnixMs>::max() / 3000}) {
    for (const auto& pattern : patterns) {
      AnomalyDetector detector;
      for (std::size_t i = 0; i < 1500; ++i) {
        INFO("step " << step << ", pattern of " << pattern[0] << ", point " << i);
        const double value = pattern[i * i % 7 * i % pattern.size()];
        check_sane(detector.observe(kStart + static_cast<UnixMs>(i) * step, value));
      }
    }
  }
  AnomalyDetector detector;
  check_sane(detector.observe(std::numeric_limits<UnixMs>::min(), 1));
  check_sane(detector.observe(std::numeric_limits<UnixMs>::max(), 2));
  check_sane(detector.observe(std::numeric_limits<UnixMs>::max(), none));
}

TEST_CASE("a constant or empty series raises no alarm, and expects itself") {
  const double value = GENERATE(0.0, 5.25, -1e12);
  for (const Verdict& verdict : judge(every(kFiveMinutes, std::vector<double>(5000, value)))) {
    REQUIRE_FALSE(verdict.anomaly);
    REQUIRE(verdict.expected == value);
    REQUIRE(verdict.score < 0.01);
  }
}

TEST_CASE("a value that is not known leaves no trace") {
  const std::vector<Timed> known = every(kFiveMinutes, office_load(3000, 3, 8));
  const std::vector<Verdict> verdicts = judge(known);
  AnomalyDetector detector;
  for (std::size_t i = 0; i < known.size(); ++i) {
    if (i % 5 == 2) {
      const Verdict unknown = detector.observe(known[i].time, i % 2 == 0 ? NAN : INFINITY);
      REQUIRE(unknown.score == 0);
      REQUIRE_FALSE(unknown.anomaly);
    }
    REQUIRE(same_bits(detector.observe(known[i].time, known[i].value), verdicts[i]));
  }
}

TEST_CASE("a time before the last one counts as the last one") {
  std::vector<Timed> points = eventful(3000, 4);
  std::vector<Timed> clamped = points;
  for (std::size_t i = 10; i < points.size(); i += 10) {
    clamped[i].time = clamped[i - 1].time;
    points[i].time = clamped[i - 1].time - 5000;
  }
  const auto backwards = judge(points);
  const auto level = judge(clamped);
  for (std::size_t i = 0; i < points.size(); ++i) REQUIRE(same_bits(backwards[i], level[i]));
}

TEST_CASE("a series and its multiple by a power of two get the same scores") {
  const double factor = GENERATE(1024.0, 0.03125, 1.157920892373162e77 /* 2^256 */);
  std::vector<Timed> points = eventful(4000, 13);
  const auto plain = judge(points);
  for (Timed& point : points) point.value *= factor;
  const auto scaled = judge(points);
  for (std::size_t i = 0; i < points.size(); ++i) {
    REQUIRE(scaled[i].score == plain[i].score);
    REQUIRE(scaled[i].expected == plain[i].expected * factor);
  }
}

TEST_CASE("no series takes more memory than the limit, however long and fast it is") {
  const UnixMs step = GENERATE(UnixMs{1000}, UnixMs{60'000}, kFiveMinutes);
  AnomalyDetector detector;
  const std::vector<double> noise = white_noise(4001, 2);
  for (std::size_t i = 0; i < 60'000; ++i) {
    detector.observe(kStart + static_cast<UnixMs>(i) * step, noise[i % noise.size()]);
    if (i % 1000 == 0) REQUIRE(detector.memory_bytes() <= AnomalyDetector::kMemoryBytesMost);
  }
  CHECK(detector.memory_bytes() > 128 * 1024);
  AnomalyDetector fresh;
  fresh.observe(kStart, 1);
  CHECK(fresh.memory_bytes() < 16 * 1024);
}

TEST_CASE("no alarm is raised before two days and a hundred points are known") {
  std::vector<double> values = white_noise(700, 5);
  for (const std::size_t spike : {50u, 575u}) values[spike] += 40;
  const auto verdicts = judge(every(kFiveMinutes, values));
  for (std::size_t i = 0; i < 576; ++i) CHECK_FALSE(verdicts[i].anomaly);
  CHECK(verdicts[575].score > 0.3);
  const auto slow =
      judge(every(86'400'000, std::vector<double>(values.begin(), values.begin() + 101)));
  for (std::size_t i = 0; i < 100; ++i) CHECK_FALSE(slow[i].anomaly);
}

TEST_CASE("a working week is expected once a week has passed") {
  std::vector<double> values;
  for (std::size_t hour = 0; hour < 24 * 35; ++hour) {
    const bool weekend = hour / 24 % 7 >= 5;
    values.push_back(weekend ? 10 : 50 + 30 * wave(hour, 24));
  }
  const auto verdicts = judge(every(3'600'000, values));
  for (std::size_t hour = 24 * 21; hour < values.size(); ++hour) {
    INFO("hour " << hour);
    CHECK(verdicts[hour].expected == Approx(values[hour]));
    CHECK_FALSE(verdicts[hour].anomaly);
  }
}

}  // namespace headroom::forecast
