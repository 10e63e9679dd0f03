#include "aggregator/forecast/patterns.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "tests/support/catch.h"
#include "tests/unit/forecast/made_series.h"

using namespace headroom;
using namespace headroom::forecast;

namespace {

using Values = std::vector<double>;
constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
constexpr UnixMs kMonday = 1'704'067'200'000;  // 2024-01-01, 00:00 UTC

std::vector<Pattern> patterns(const Values& values, std::chrono::milliseconds step = kHour,
                              std::chrono::minutes zone = std::chrono::minutes(0)) {
  return recognise_patterns({values, kMonday, step}, zone);
}

const Pattern* find(const std::vector<Pattern>& all, PatternKind kind) {
  const auto it =
      std::find_if(all.begin(), all.end(), [&](const Pattern& p) { return p.kind == kind; });
  return it == all.end() ? nullptr : &*it;
}

bool shows(const Values& values, PatternKind kind, std::chrono::milliseconds step = kHour) {
  const auto all = patterns(values, step);
  for (const Pattern& pattern : all) {
    CHECK(std::isfinite(pattern.evidence));
    CHECK(pattern.sentence.find("nan") == std::string::npos);
    CHECK(pattern.sentence.back() == '.');
  }
  return find(all, kind) != nullptr;
}

// Busy from nine to five, most at 10 and 15, 40 % at weekends.
Values office(std::size_t hours, std::uint64_t seed) {
  Values values = white_noise(hours, seed);
  for (std::size_t i = 0; i < hours; ++i) {
    const std::size_t hour = i % 24;
    double level = 50;
    if (hour >= 9 && hour < 17) level = 100;
    if (hour == 10 || hour == 15) level = 140;
    if (i / 24 % 7 >= 5) level = 26;
    values[i] = level + 3 * values[i];
  }
  return values;
}

Values damaged(Values values, std::uint64_t seed) {
  Random random(seed);
  for (double& value : values) {
    const double dice = std::uniform_real_distribution<>()(random);
    if (dice < 0.03) value = kNaN;
    if (dice > 0.997) value *= 20;
  }
  return values;
}

}  // namespace

TEST_CASE("business hours are told with their peaks and their weekends") {
  for (std::uint64_t seed = 1; seed <= 10; ++seed) {
    for (const bool harm : {false, true}) {
      Values values = office(42 * 24, seed);
      if (harm) values = damaged(values, seed);
      const auto all = patterns(values);
      const Pattern* found = find(all, PatternKind::kBusinessHours);
      INFO("seed " << seed << (harm ? ", damaged" : ""));
      REQUIRE(found != nullptr);
      CHECK(found->sentence.find("peaks 10–11 and 15–16 on weekdays") != std::string::npos);
      CHECK(found->sentence.find("weekends at 37 %") != std::string::npos);
      CHECK(find(all, PatternKind::kSeasonal) != nullptr);
      CHECK(find(all, PatternKind::kBursty) == nullptr);
      CHECK(find(all, PatternKind::kGrowing) == nullptr);
    }
  }
}

TEST_CASE("hours are told in local time") {
  Values values = office(42 * 24, 3);
  // The clock of those people is two hours ahead of UTC: the same demand comes two hours earlier.
  std::rotate(values.begin(), values.begin() + 2, values.end());
  const auto all = patterns(values, kHour, std::chrono::hours(2));
  REQUIRE(find(all, PatternKind::kBusinessHours) != nullptr);
  CHECK(find(all, PatternKind::kBusinessHours)->sentence.find("10–11 and 15–16") !=
        std::string::npos);
}

TEST_CASE("short regular jobs are a batch and no bursts") {
  for (std::uint64_t seed = 1; seed <= 10; ++seed) {
    Values values = white_noise(4 * 288, seed);
    for (std::size_t i = 0; i < values.size(); ++i) values[i] += i % 18 < 2 ? 40 : 5;
    const auto all = patterns(values, std::chrono::minutes(5));
    const Pattern* found = find(all, PatternKind::kBatch);
    REQUIRE(found != nullptr);
    CHECK(found->sentence == "Batch: every 90 minutes it is high for 10 minutes.");
    CHECK(find(all, PatternKind::kBursty) == nullptr);
    CHECK(shows(damaged(values, seed), PatternKind::kBatch, std::chrono::minutes(5)));
  }
}

TEST_CASE("bursts at random moments are bursty, noise and walks are not") {
  int walks = 0;
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    Values values = white_noise(1000, seed);
    Random random(seed);
    for (double& value : values) {
      value = 10 + 0.3 * value;
      if (std::uniform_real_distribution<>()(random) < 0.03) value += 30;
    }
    CHECK(shows(values, PatternKind::kBursty));
    Values noise = white_noise(1000, seed);
    CHECK_FALSE(shows(noise, PatternKind::kBursty));
    walks += shows(random_walk(1000, seed), PatternKind::kBursty) ? 1 : 0;
  }
  CHECK(walks <= 1);
}

TEST_CASE("demand that is mostly absent is intermittent") {
  Values values(500, 0.0);
  Random random(4);
  for (double& value : values) {
    if (std::uniform_real_distribution<>()(random) < 0.2) value = 5;
  }
  const auto all = patterns(values);
  const Pattern* found = find(all, PatternKind::kIntermittent);
  REQUIRE(found != nullptr);
  CHECK(found->evidence == Approx(5).margin(0.8));
  CHECK(found->evidence >= found->bound);
}

TEST_CASE("what hardly moves is steady, and what moves one way grows or shrinks") {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    Values values = white_noise(600, seed);
    for (double& value : values) value = 100 + value;
    CHECK(shows(values, PatternKind::kSteady));
    CHECK_FALSE(shows(values, PatternKind::kGrowing));
    Values up = values;
    Values down = values;
    for (std::size_t i = 0; i < values.size(); ++i) {
      up[i] += 0.1 * static_cast<double>(i);
      down[i] -= 0.1 * static_cast<double>(i);
    }
    CHECK(shows(up, PatternKind::kGrowing));
    CHECK_FALSE(shows(up, PatternKind::kShrinking));
    CHECK(shows(damaged(down, seed), PatternKind::kShrinking));
    CHECK_FALSE(shows(up, PatternKind::kSteady));
  }
}

TEST_CASE("histories without pattern, and hardly histories at all, are told as what they are") {
  CHECK(patterns({}).empty());
  CHECK(patterns({1}).empty());
  CHECK(patterns(Values(500, kNaN)).empty());
  const auto constant = patterns(Values(500, 7.0));
  REQUIRE(constant.size() == 1);
  CHECK(constant[0].kind == PatternKind::kConstant);
  CHECK(constant[0].sentence == "It is always 7.");
  const auto zero = patterns(Values(500, 0.0));
  REQUIRE(zero.size() == 1);
  CHECK(zero[0].sentence == "It is always 0.");
  CHECK(recognise_patterns({Values(100, 1.0), 0, std::chrono::milliseconds(0)}).empty());
  CHECK(std::string(to_string(PatternKind::kBusinessHours)) == "business_hours");
}

TEST_CASE("the largest numbers there are have patterns with numbers that are finite") {
  headroom::Random random(11);
  std::uniform_real_distribution<double> uniform(-1, 1);
  Values noise;
  Values jump;
  for (int i = 0; i < 500; ++i) {
    noise.push_back(1e308 * uniform(random));
    jump.push_back((i < 250 ? -1.5e308 : 1.5e308) + 1e306 * uniform(random));
  }
  for (const Values& values : {noise, jump}) {
    for (const Pattern& pattern : patterns(values)) {
      INFO(pattern.sentence);
      CHECK(std::isfinite(pattern.evidence));
      CHECK(pattern.sentence.find("nan") == std::string::npos);
      CHECK(pattern.sentence.find("inf") == std::string::npos);
    }
  }
}
