// The running distances against distances computed from their definition.
#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "aggregator/forecast/anomaly/shape.h"
#include "tests/support/catch.h"
#include "tests/unit/forecast/made_series.h"

namespace headroom::forecast {
namespace {

constexpr std::size_t kWindow = ShapeMemory::kWindow;

// The nearest of all stretches that end at least kWindow and at most kMostLags before t.
double nearest_by_definition(const std::vector<double>& values, std::size_t t) {
  double least = std::numeric_limits<double>::infinity();
  for (std::size_t lag = kWindow; lag <= std::min(t, ShapeMemory::kMostLags); ++lag) {
    if (t - lag + 1 < kWindow) break;
    double sum = 0;
    for (std::size_t k = 0; k < kWindow; ++k)
      sum += std::pow(values[t - k] - values[t - lag - k], 2);
    least = std::min(least, sum);
  }
  return std::sqrt(least / static_cast<double>(kWindow));
}

}  // namespace

TEST_CASE("a stretch's distance is that of the definition, whatever the units do on the way") {
  std::vector<double> values = autoregressive(9500, 0.9, 5);
  values[700] = 3000;  // far outside the units, and back
  ShapeMemory memory;
  for (std::size_t t = 0; t < values.size(); ++t) {
    // The spread wanders over three orders, so that the units are chosen anew many times.
    const double spread = std::pow(10, 1.5 * wave(t, 3000));
    const auto distance = memory.observe(values[t], spread);
    REQUIRE(distance.has_value() == (t + 1 >= 2 * kWindow));
    const bool holds_outlier = t >= 700 && t < 700 + kWindow;
    if (!distance || holds_outlier || t % 97 != 0) continue;
    INFO("point " << t);
    // What was rounded at the widest spread stays rounded.
    CHECK(*distance * spread == Approx(nearest_by_definition(values, t)).margin(0.05));
  }
}

TEST_CASE("an exact repetition has distance 0, even a hundred thousand values after a huge one") {
  ShapeMemory memory;
  double last = 1;
  for (std::size_t t = 0; t < 100'000; ++t) {
    const double value = t == 40 ? 1e300 : std::round(100 * wave(t, 50));
    last = memory.observe(value, 1.0).value_or(1);
    if (t > 5000) REQUIRE(last == 0);
  }
  // A flat stretch where the wave should be.
  for (int i = 0; i < 16; ++i) last = memory.observe(0, 1.0).value_or(0);
  CHECK(last > 30);
}

TEST_CASE("a distance has a limit, however far the values lie apart") {
  ShapeMemory memory;
  for (std::size_t t = 0; t < 200; ++t) {
    const double value = t % 3 == 0 ? 4e307 : -4e307;
    const auto distance = memory.observe(t < 100 ? 0.0 : value, 1e-300);
    if (distance) REQUIRE(std::isfinite(*distance));
  }
  CHECK(memory.memory_bytes() < 100 * 1024);
}

}  // namespace headroom::forecast
