#include "aggregator/store/rollup.h"

#include <algorithm>
#include <cmath>
#include <random>

#include "aggregator/store/fold.h"
#include "aggregator/store/sketch.h"
#include "tests/support/catch.h"
#include "tests/support/seed.h"

using namespace headroom;
using namespace headroom::store;
using headroom::test::test_seed;

TEST_CASE("a gauge's minute keeps its least, greatest, sum and number of samples") {
  const std::vector<UnixMs> times{60'000, 70'000, 80'000, 119'999, 120'000, 180'000};
  const std::vector<double> values{0.1, 0.7, 0.2, missing_value(), 5, std::nan("")};
  std::vector<Bucket> buckets;
  roll_up(times, values, kMinuteMs, false, 1, buckets);
  // 0.1 + 0.7 + 0.2 is 0.9999999999999999 in doubles; as tenths it is exactly 1.
  CHECK(buckets == std::vector<Bucket>{{60'000, 0.1, 0.7, 1.0, 3}, {120'000, 5, 5, 5, 1}});
}

TEST_CASE(
    "a counter's minute keeps first, last and what resets took, so that its increase is exact") {
  // 10 → 40 (30), reset to 5 (5), → 25 (20): increase 55; last − first = 15, a reset took 40.
  const std::vector<UnixMs> times{60'000, 70'000, 80'000, 90'000};
  const std::vector<double> values{10, 40, 5, 25};
  std::vector<Bucket> buckets;
  roll_up(times, values, kMinuteMs, true, 0, buckets);
  REQUIRE(buckets.size() == 1);
  CHECK(buckets[0] == Bucket{60'000, 10, 25, 40, 4});
  CHECK(buckets[0].high - buckets[0].low + buckets[0].total == 55);
}

TEST_CASE("buckets one after the other count as one, through a reset between them") {
  Bucket gauge{0, 1, 3, 6, 3};
  gauge.append({60'000, 0, 2, 2, 2}, false);
  CHECK(gauge == Bucket{0, 0, 3, 8, 5});
  Bucket counter{0, 10, 40, 0, 3};
  counter.append({60'000, 5, 25, 0, 2}, true);  // from 40 to 5: a reset
  CHECK(counter == Bucket{0, 10, 25, 40, 5});
  Bucket nothing{60'000, 0, 0, 0, 0};
  nothing.append({60'000, 1, 2, 3, 2}, false);
  CHECK(nothing == Bucket{60'000, 1, 2, 3, 2});
}

TEST_CASE("windows of buckets are those of the samples that they were made of") {
  const auto seed = test_seed();
  INFO("seed " << seed);
  std::mt19937_64 random(seed);
  for (const Kind kind : {Kind::kGauge, Kind::kCounter}) {
    std::vector<UnixMs> times;
    std::vector<double> values;
    double at = 0;
    for (UnixMs time = 0; time < 4 * kHourMs; time += 10'000) {
      if (random() % 10 == 0) continue;
      at = kind == Kind::kGauge  ? static_cast<double>(random() % 10'000) / 100
           : random() % 200 == 0 ? 0
                                 : at + static_cast<double>(random() % 50);
      times.push_back(time);
      values.push_back(at);
    }
    std::vector<Sample> samples;
    for (std::size_t i = 0; i < times.size(); ++i) samples.push_back({times[i], values[i]});
    std::vector<Bucket> buckets;
    roll_up(times, values, kMinuteMs, kind == Kind::kCounter, 2, buckets);
    Evidence evidence;
    for (const Bucket& bucket : buckets) evidence.buckets.push_back({bucket, kMinuteMs, {}});
    const auto hows = kind == Kind::kGauge
                          ? std::vector{Aggregate::kAvg, Aggregate::kMin, Aggregate::kMax,
                                        Aggregate::kSum, Aggregate::kCount}
                          : std::vector{Aggregate::kIncrease, Aggregate::kCount, Aggregate::kLast};
    for (const Aggregate how : hows) {
      const WindowQuery query{kHourMs, 4 * kHourMs, 600'000, how, 0.5};
      const auto of_samples = fold({samples, {}}, query, kind);
      const auto of_buckets = fold(evidence, query, kind);
      INFO(to_string(how));
      REQUIRE(of_samples.size() == 18);
      REQUIRE(of_buckets.size() == of_samples.size());
      for (std::size_t i = 0; i < of_samples.size(); ++i) {
        CHECK(of_buckets[i].time == of_samples[i].time);
        CHECK(of_buckets[i].value == Approx(of_samples[i].value).epsilon(1e-12));
      }
    }
  }
}

TEST_CASE("a rate of buckets is the increase over their time") {
  // One sample each 10 s that grows by 5: half a unit per second, whatever it is asked of.
  std::vector<UnixMs> times;
  std::vector<double> values;
  for (UnixMs time = 0; time < kHourMs; time += 10'000) {
    times.push_back(time);
    values.push_back(static_cast<double>(time) / 2000);
  }
  std::vector<Bucket> buckets;
  roll_up(times, values, kMinuteMs, true, 0, buckets);
  Evidence evidence;
  for (const Bucket& bucket : buckets) evidence.buckets.push_back({bucket, kMinuteMs, {}});
  for (const Sample& window :
       fold(evidence, {0, kHourMs, 300'000, Aggregate::kRate, 0.5}, Kind::kCounter))
    CHECK(window.value == Approx(0.5));
}

TEST_CASE("a quantile of samples is that of R's type 7") {
  // R: quantile(c(1, 2, 4, 8, 16), c(.1, .5, .9)) → 1.4, 4, 12.8
  const std::vector<Sample> samples{{0, 16}, {1, 2}, {2, 8}, {3, 1}, {4, 4}};
  CHECK(aggregate(samples, 0, 10, Aggregate::kQuantile, 0.1)[0].value == Approx(1.4));
  CHECK(aggregate(samples, 0, 10, Aggregate::kQuantile, 0.5)[0].value == Approx(4));
  CHECK(aggregate(samples, 0, 10, Aggregate::kQuantile, 0.9)[0].value == Approx(12.8));
  CHECK(aggregate(samples, 0, 10, Aggregate::kQuantile, 1)[0].value == 16);
}

TEST_CASE("a sketch's quantiles are within its accuracy, also after merging and writing down") {
  const auto seed = test_seed();
  INFO("seed " << seed);
  std::mt19937_64 random(seed);
  std::lognormal_distribution<double> latency(0, 2);
  std::vector<double> values;
  Sketch all;
  for (int part = 0; part < 24; ++part) {
    Sketch hour;
    for (int i = 0; i < 500; ++i) {
      values.push_back(part % 5 == 0 ? -latency(random) : latency(random));
      if (i % 50 == 0) values.back() = 0;
      hour.add(values.back());
    }
    const auto read = Sketch::parse(hour.serialize());
    REQUIRE(read.has_value());
    all.merge(*read);
  }
  std::sort(values.begin(), values.end());
  REQUIRE(all.count() == values.size());
  for (const double q : {0.0, 0.01, 0.05, 0.25, 0.5, 0.9, 0.99, 0.999, 1.0}) {
    const double exact =
        values[static_cast<std::size_t>(q * static_cast<double>(values.size() - 1))];
    INFO("q " << q << " exact " << exact);
    CHECK(std::abs(all.quantile(q) - exact) <= kSketchAccuracy * std::abs(exact) + 1e-9);
  }
}

TEST_CASE("a sketch of changed bytes is refused or read") {
  const auto seed = test_seed();
  INFO("seed " << seed);
  std::mt19937_64 random(seed);
  Sketch sketch;
  for (int i = 1; i < 100; ++i) sketch.add(i);
  const std::string good = sketch.serialize();
  std::size_t refused = 0;
  for (int round = 0; round < 5000; ++round) {
    std::string changed = good;
    changed[random() % changed.size()] = static_cast<char>(random());
    if (random() % 3 == 0) changed.resize(random() % changed.size());
    if (!Sketch::parse(changed)) ++refused;
  }
  CHECK(refused > 100);
}

TEST_CASE("a sketch that spans too much folds what is nearest to zero and keeps the top exact") {
  Sketch sketch;
  for (int power = -300; power < 300; ++power) sketch.add(std::pow(10, power / 2.0));
  CHECK(sketch.quantile(1) == Approx(std::pow(10, 149.5)).epsilon(kSketchAccuracy));
  CHECK(sketch.serialize().size() < 4 * kSketchBuckets);
}
