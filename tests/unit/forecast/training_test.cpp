#include "aggregator/forecast/training.h"

#include <cmath>
#include <limits>
#include <vector>

#include "tests/support/catch.h"
#include "tests/unit/forecast/made_series.h"

using namespace headroom::forecast;

namespace {

Training trained(const std::vector<double>& values) {
  return Training(*observe(values), {0, kHour});
}

// A daily wave that a deploy lifts by 100 after `before` days; in units of 256, as the scaling
// leaves it.
std::vector<double> deployed(std::size_t before, std::size_t after) {
  std::vector<double> values = white_noise((before + after) * 24, 1);
  for (std::size_t i = 0; i < values.size(); ++i)
    values[i] += 40 + 20 * wave(i, 24) + (i < before * 24 ? 0 : 100);
  return values;
}

}  // namespace

TEST_CASE("models learn only from the new level once there is enough of it") {
  const Training training = trained(deployed(30, 10));
  REQUIRE(training.shift().at == 30 * 24);
  CHECK(training.until(training.size()).values.size() == 10 * 24);
  CHECK(training.until(training.size()).values.front() * 256 == Approx(140).margin(5));
}

TEST_CASE("right after a change the newest part of the old level stays, lifted by the jump") {
  const Training training = trained(deployed(30, 3));
  REQUIRE(training.shift().at == 30 * 24);
  const Series series = training.until(training.size());
  REQUIRE(series.values.size() == training.periods().back() * 3);
  for (const double value : series.values) CHECK(value * 256 == Approx(140).margin(30));
}

TEST_CASE("before a change could be seen the past is what it was") {
  const Training training = trained(deployed(30, 10));
  CHECK(training.known_from() == 33 * 24);
  const Series series = training.until(32 * 24);
  CHECK(series.values.size() == 32 * 24);
  CHECK(series.values.front() * 256 == Approx(40).margin(5));
}

TEST_CASE("the truth keeps its gaps and spikes while the models see neither") {
  auto values = deployed(20, 0);
  values[100] = std::numeric_limits<double>::quiet_NaN();
  values[200] = 200;
  const Training training = trained(values);
  CHECK(std::isnan(training.truth()[100]));
  CHECK(training.truth()[200] * 256 == 200);
  CHECK(training.filled() == 1);
  CHECK(training.damped() == 1);
  const Series series = training.until(training.size());
  CHECK(series.values[100] * 256 == Approx(40 + 20 * wave(100, 24)).margin(6));
  CHECK(series.values[200] * 256 < 100);
}
