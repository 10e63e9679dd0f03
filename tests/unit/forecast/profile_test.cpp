#include "aggregator/forecast/profile.h"

#include <vector>

#include "aggregator/forecast/ar_decay.h"
#include "tests/support/catch.h"
#include "tests/unit/forecast/made_series.h"

using namespace headroom::forecast;

TEST_CASE("a pure season is its own profile whatever phase the history starts with") {
  const std::vector<double> shape{4, -1, -3, 0, 0};
  std::vector<double> values;
  for (std::size_t i = 2; i < 33; ++i) values.push_back(7 + shape[i % 5]);
  const std::vector<std::size_t> periods{5};
  const Profile profile(values, periods);
  for (std::size_t i = 0; i < 50; ++i)
    CHECK(profile.at(i) == Approx(shape[(i + 2) % 5]).margin(1e-12));
}

TEST_CASE("one wild day leaves the profile as it is") {
  std::vector<double> values;
  for (std::size_t i = 0; i < 10 * 24; ++i)
    values.push_back(wave(i, 24) + (i / 24 == 8 && i % 24 == 5 ? 100 : 0));
  const std::vector<std::size_t> day{24};
  const Profile profile(values, day);
  for (std::size_t i = 0; i < 24; ++i) CHECK(profile.at(i) == Approx(wave(i, 24)).margin(1e-9));
}

TEST_CASE("a clear weekly pattern is learnt beside the daily one") {
  const auto values = office_load(8 * 168, 0, 1);
  const std::vector<std::size_t> periods{24, 168};
  const Profile profile(values, periods);
  // Differences within the week are the profile's, its level is not.
  for (std::size_t i = 0; i < 168; ++i) {
    CHECK(profile.at(i) - profile.at(30) == Approx(values[i] - values[30]).margin(1e-9));
  }
}

TEST_CASE("two weeks of noise hardly bend the daily profile") {
  std::vector<double> values = white_noise(2 * 168, 2);
  for (std::size_t i = 0; i < values.size(); ++i) values[i] += 10 * wave(i, 24);
  const std::vector<std::size_t> day{24};
  const std::vector<std::size_t> both{24, 168};
  const Profile daily(values, day);
  const Profile weekly(values, both);
  double bent = 0;
  for (std::size_t i = 0; i < 168; ++i) bent += std::abs(weekly.at(i) - daily.at(i)) / 168;
  CHECK(bent < 0.2);
}

TEST_CASE("a period without two repetitions is not learnt") {
  const std::vector<double> values = white_noise(40, 3);
  const std::vector<std::size_t> day{24};
  CHECK(Profile(values, day).empty());
  CHECK(Profile(values, day).at(7) == 0);
}

TEST_CASE("the decay of an autoregressive process seen through noise is found") {
  // AR(1) with phi 0.8 and variance 1 / (1 - 0.64) = 2.778, plus noise of variance 1.852: share
  // 0.6.
  const auto state = autoregressive(20'000, 0.8, 4);
  const auto noise = white_noise(20'000, 5);
  std::vector<double> seen(state.size());
  for (std::size_t i = 0; i < seen.size(); ++i) seen[i] = state[i] + std::sqrt(1.852) * noise[i];
  const ArDecay fit = fit_ar_decay(seen);
  CHECK(fit.phi == Approx(0.8).margin(0.04));
  CHECK(fit.share == Approx(0.6).margin(0.06));
  CHECK(fit.at(3) == Approx(fit.state * fit.phi * fit.phi * fit.phi));
}

TEST_CASE("the state follows the Kalman filter of the fitted process") {
  const auto seen = autoregressive(500, 0.7, 6);
  const ArDecay fit = fit_ar_decay(seen);
  // The filter once more, its gain by iterating the Riccati recursion to its fixed point instead of
  // in closed form.
  const double q = fit.share * (1 - fit.phi * fit.phi);
  double p = 1;
  for (int i = 0; i < 5000; ++i) p = fit.phi * fit.phi * p * (1 - p / (p + 1 - fit.share)) + q;
  double state = 0;
  for (const double value : seen)
    state = fit.phi * state + p / (p + 1 - fit.share) * (value - fit.phi * state);
  CHECK(fit.state == Approx(state).margin(1e-9));
}

TEST_CASE("white noise and too few points leave nothing to decay") {
  CHECK(std::abs(fit_ar_decay(white_noise(5000, 7)).at(1)) < 0.2);
  CHECK(fit_ar_decay(std::vector<double>{1, 2, 3}).at(1) == 0);
  CHECK(fit_ar_decay(std::vector<double>(100, 0.0)).at(1) == 0);
}
