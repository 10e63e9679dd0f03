// The highest value of a horizon against closed forms, and how often its interval holds the truth.
#include "aggregator/forecast/peak.h"

#include <algorithm>
#include <cmath>
#include <tuple>

#include "aggregator/forecast/forecast.h"
#include "aggregator/forecast/robust.h"
#include "tests/support/catch.h"
#include "tests/unit/forecast/made_series.h"

namespace headroom::forecast {
namespace {

struct Shares {
  double inside = 0;  // of the 80 % interval
  double below_p90 = 0;
  double below_p99 = 0;
  double in_time = 0;
};

// Of many series, how often the maximum of what followed was where the forecast said.
template <typename Make>
Shares shares_of(Make make, std::size_t horizon) {
  constexpr std::size_t kSeries = 120;
  constexpr std::size_t kPoints = 24 * 35;
  Shares shares;
  for (std::uint64_t seed = 1; seed <= kSeries; ++seed) {
    const std::vector<double> all = make(kPoints + horizon, 5000 + seed);
    const std::vector<double> past(all.begin(), all.begin() + kPoints);
    const History history = hourly(past);
    const auto made = forecast(history, {.horizon = horizon, .levels = {0.8}});
    REQUIRE(made);
    const auto top = std::max_element(all.begin() + kPoints, all.end());
    const UnixMs at = history.start + (top - all.begin()) * kHour.count();
    const Peak& peak = made->peak;
    const auto count = [](bool held) { return held ? 1.0 / kSeries : 0.0; };
    shares.inside += count(*top >= peak.intervals[0].lower && *top <= peak.intervals[0].upper);
    shares.below_p90 += count(*top <= peak.p90);
    shares.below_p99 += count(*top <= peak.p99);
    shares.in_time += count(at >= peak.earliest && at <= peak.latest);
  }
  return shares;
}

}  // namespace

TEST_CASE("the maximum of independent normal errors is that of the normal distribution") {
  // Of n standard normal values the maximum is below z with probability F(z)^n: for n = 24 its
  // median is 1.904 and its P90 2.621, for n = 168 2.642 and 3.226 (R 4.2: qnorm(p^(1/n))).
  std::vector<std::vector<double>> errors;
  for (std::uint64_t origin = 0; origin < 30; ++origin) {
    errors.push_back(white_noise(200, 7 + origin));
  }
  for (const auto& [steps, median, p90] :
       {std::tuple<std::size_t, double, double>{24, 1.904, 2.621}, {168, 2.642, 3.226}}) {
    const std::vector<double> path(steps, 0.0);
    const std::vector<double> sizes(steps, 1.0);
    const PeakDraws draws = draw_peaks({path, sizes, errors, 1});
    REQUIRE(draws.values.size() == kPeakDraws);
    CHECK(quantile_sorted(draws.values, 0.5) == Approx(median).margin(0.2));
    CHECK(quantile_sorted(draws.values, 0.9) == Approx(p90).margin(0.45));
  }
}

TEST_CASE("a shared error moves the maximum as one") {
  // Two steps, the second 1 higher: the second is always the maximum, and the median is its own.
  const std::vector<double> path{3, 4};
  const std::vector<double> sizes{1, 1};
  const PeakDraws draws = draw_peaks({path, sizes, {}, 1});
  CHECK(draws.steps.front() == 1);
  CHECK(quantile_sorted(draws.values, 0.5) == Approx(4).margin(0.2));
  // The normal distribution's quantile 0.9 is 1.2816.
  CHECK(quantile_sorted(draws.values, 0.9) == Approx(5.2816).margin(0.25));
}

TEST_CASE("without any error the maximum is that of the path") {
  std::vector<double> path(1000, 1.0);
  path[700] = 5;
  const std::vector<double> sizes(1000, 0.0);
  const PeakDraws draws = draw_peaks({path, sizes, {}, 24});
  CHECK(draws.values.front() == 5);
  CHECK(draws.values.back() == 5);
  CHECK(draws.steps.front() == 700);
}

TEST_CASE("the peak's interval holds the maximum as often as it says") {
  const auto daily = [](std::size_t n, std::uint64_t seed) {
    std::vector<double> values = autoregressive(n, 0.9, seed);
    for (std::size_t i = 0; i < n; ++i) values[i] = 50 + 3 * values[i] + 10 * wave(i, 24);
    return values;
  };
  const auto bursty = [](std::size_t n, std::uint64_t seed) {
    std::vector<double> values = white_noise(n, seed);
    for (double& value : values) value = std::exp(value);
    return values;
  };
  const auto office = [](std::size_t n, std::uint64_t seed) { return office_load(n, 5, seed); };
  for (const std::size_t horizon : {std::size_t{24}, std::size_t{168}}) {
    for (int kind = 0; kind < 4; ++kind) {
      const Shares shares = kind == 0   ? shares_of(daily, horizon)
                            : kind == 1 ? shares_of(bursty, horizon)
                            : kind == 3 ? shares_of(office, horizon)
                                        : shares_of(random_walk, horizon);
      INFO("kind " << kind << ", horizon " << horizon << ": inside " << shares.inside
                   << ", below P90 " << shares.below_p90 << ", below P99 " << shares.below_p99
                   << ", in time " << shares.in_time);
      // Of 120 series a share of 0.9 is 0.81 or less in one of a thousand, one of 0.99 is 0.95.
      // Five weeks of a random walk hold two independent weeks to learn a week from, and of bursts
      // few.
      CHECK(shares.below_p90 >= 0.8);
      CHECK(shares.below_p99 >= (kind == 2 && horizon == 168 ? 0.9 : 0.95));
      // Of a load whose weekdays are alike the maximum is expected too high, which is the safe
      // side.
      if (kind != 3) CHECK(shares.inside >= 0.6);
      CHECK(shares.in_time >= 0.69);
    }
  }
}

TEST_CASE("the peak keeps to bounds, to order and to itself") {
  const std::vector<double> values = office_load(24 * 28, 8, 5);
  const Request request{
      .horizon = 48, .levels = {0.5, 0.8, 0.95}, .lower_bound = 0, .upper_bound = 130};
  const auto made = forecast(hourly(values), request);
  const auto again = forecast(hourly(values), request);
  REQUIRE(made);
  const Peak& peak = made->peak;
  CHECK(peak.p99 <= 130);
  CHECK(peak.value <= peak.p90);
  CHECK(peak.p90 <= peak.p99);
  REQUIRE(peak.intervals.size() == 3);
  for (std::size_t i = 0; i < 3; ++i) {
    CHECK(peak.intervals[i].lower <= peak.value);
    CHECK(peak.intervals[i].upper >= peak.value);
    if (i > 0) CHECK(peak.intervals[i].upper >= peak.intervals[i - 1].upper);
  }
  CHECK(peak.earliest <= peak.time);
  CHECK(peak.time <= peak.latest);
  CHECK(peak.value == again->peak.value);
  CHECK(peak.p99 == again->peak.p99);
}

TEST_CASE("the peak of a constant is the constant") {
  const std::vector<double> values(100, 7.0);
  const auto made = forecast(hourly(values), {.horizon = 5});
  REQUIRE(made);
  CHECK(made->peak.value == 7);
  CHECK(made->peak.p99 == 7);
  CHECK(made->peak.earliest == made->points.front().time);
  CHECK(made->peak.latest == made->points.back().time);
}

}  // namespace headroom::forecast
