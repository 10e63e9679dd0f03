#include "aggregator/forecast/intervals.h"

#include <cmath>
#include <limits>
#include <vector>

#include "aggregator/forecast/phase_scale.h"
#include "aggregator/forecast/random_walk.h"
#include "tests/support/catch.h"
#include "tests/unit/forecast/made_series.h"

using namespace headroom::forecast;

namespace {

std::vector<std::vector<double>> noise_errors(std::size_t origins, std::size_t steps,
                                              std::uint64_t seed) {
  std::vector<std::vector<double>> errors;
  for (std::size_t o = 0; o < origins; ++o) errors.push_back(white_noise(steps, seed * 1000 + o));
  return errors;
}

std::vector<std::size_t> apart(std::size_t origins, std::size_t steps) {
  std::vector<std::size_t> at;
  for (std::size_t o = 0; o < origins; ++o) at.push_back(100 + o * steps);
  return at;
}

}  // namespace

TEST_CASE("normal quantiles are those of the tables") {
  // Python's statistics.NormalDist().inv_cdf.
  CHECK(normal_quantile(0.975) == Approx(1.9599639845400536).epsilon(1e-12));
  CHECK(normal_quantile(0.9) == Approx(1.2815515655446008).epsilon(1e-12));
  CHECK(normal_quantile(0.5) == Approx(0).margin(1e-12));
  CHECK(normal_quantile(0.0005) == Approx(-3.2905267314918945).epsilon(1e-12));
}

TEST_CASE("many independent normal errors give about the normal quantiles") {
  const Intervals intervals(noise_errors(12, 400, 1), apart(12, 400), {1.0}, 0);
  for (const double level : {0.5, 0.8, 0.95, 0.99}) {
    const ErrorBounds bounds = intervals.at(0, 100, intervals.unit(level));
    const double z = normal_quantile((1 + level) / 2);
    INFO("level " << level);
    CHECK(bounds.upper == Approx(kAhead * z).epsilon(0.15));
    CHECK(bounds.lower == Approx(-kAhead * z).epsilon(0.15));
  }
}

TEST_CASE("fresh errors fall inside at the level asked for, be the backtest ever so small") {
  for (const std::size_t origins : {3u, 6u, 12u}) {
    double inside = 0;
    const int seeds = 400;
    for (std::uint64_t seed = 1; seed <= seeds; ++seed) {
      const auto errors = noise_errors(origins, 4, seed);
      const Intervals intervals(errors, apart(origins, 4), {1.0}, 0);
      const ErrorBounds bounds = intervals.at(0, 2, intervals.unit(0.9));
      const double fresh = white_noise(1, seed + 900'000)[0];
      inside += fresh >= bounds.lower && fresh <= bounds.upper ? 1 : 0;
    }
    INFO("origins " << origins << ": " << inside / seeds);
    CHECK(inside / seeds > 0.86);
    CHECK(inside / seeds < 0.97);
  }
}

TEST_CASE("errors that are skewed give bounds that are") {
  auto errors = noise_errors(10, 200, 2);
  for (auto& path : errors) {
    for (double& error : path) error = error > 0 ? 5 * error : error;
  }
  const Intervals intervals(errors, apart(10, 200), {1.0}, 0);
  const ErrorBounds bounds = intervals.at(0, 50, intervals.unit(0.95));
  CHECK(bounds.upper > 3.5 * -bounds.lower);
}

TEST_CASE("bounds follow the phase of the season and never shrink with the horizon") {
  const std::vector<double> scales{0.5, 1.5};
  auto errors = noise_errors(40, 64, 3);
  for (auto& path : errors) {
    for (std::size_t h = 0; h < path.size(); ++h) {
      path[h] *= scales[h % 2] * std::sqrt(static_cast<double>(h + 1));  // origins are even
    }
  }
  const Intervals intervals(errors, apart(40, 64), scales, 0);
  const ErrorBounds unit = intervals.unit(0.9);
  CHECK(intervals.at(1, 10, unit).upper == Approx(3 * intervals.at(0, 10, unit).upper));
  double last = 0;
  for (std::size_t step = 1; step < 1000; ++step) {
    const double width = intervals.at(0, step, unit).upper;
    CHECK(width >= last);
    last = width;
  }
  // Errors that grow like the root of the step: eight times as wide at 64 times the step.
  CHECK(intervals.at(0, 64, unit).upper / intervals.at(0, 1, unit).upper ==
        Approx(8).epsilon(0.25));
}

TEST_CASE("unknown errors are skipped and a floor holds where all errors were zero") {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const Intervals intervals({{0, nan, 0}, {nan, 0, 0}}, std::vector<std::size_t>{5, 8}, {1.0},
                            0.25);
  const ErrorBounds bounds = intervals.at(0, 2, intervals.unit(0.95));
  CHECK(bounds.lower == -0.25);
  CHECK(bounds.upper == 0.25);
}

TEST_CASE("origins that err more than the others cost coverage where they are held out") {
  auto errors = noise_errors(6, 50, 4);
  const double before = Intervals(errors, apart(6, 50), {1.0}, 0).held_out_coverage(0.95);
  for (double& error : errors[5]) error += 40;
  const double after = Intervals(errors, apart(6, 50), {1.0}, 0).held_out_coverage(0.95);
  CHECK(before == Approx(0.95).margin(0.03));
  CHECK(after < 0.9);
}

TEST_CASE("restless phases have larger scales and the scales' mean is one") {
  std::vector<double> values = white_noise(30 * 24, 5);
  for (std::size_t i = 0; i < values.size(); ++i) values[i] *= i % 24 >= 9 && i % 24 < 17 ? 10 : 1;
  const auto scales = phase_scales(values, 24);
  REQUIRE(scales.size() == 24);
  double sum = 0;
  for (const double scale : scales) sum += scale;
  CHECK(sum == Approx(24));
  CHECK(scales[12] > 4 * scales[2]);
  CHECK(phase_scales(values, 0) == std::vector<double>{1.0});
}

TEST_CASE("without a backtest the bounds widen with the root of the step") {
  const std::vector<double> values{1, 2, std::numeric_limits<double>::quiet_NaN(), 1, 2};
  const RandomWalk walk(values, 0);
  // Mean step 1, hence a standard deviation of 1.2533.
  CHECK(walk.at(1, 0.95).upper == Approx(1.96 * 1.2533).epsilon(1e-4));
  CHECK(walk.at(9, 0.95).lower == Approx(-3 * 1.96 * 1.2533).epsilon(1e-4));
}
