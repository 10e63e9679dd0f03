#include <cmath>
#include <set>
#include <string>
#include <vector>

#include "aggregator/forecast/registry.h"
#include "tests/support/catch.h"
#include "tests/unit/forecast/made_series.h"

using namespace headroom::forecast;

namespace {

std::vector<double> forecast_by(const std::string& name, const std::vector<double>& values,
                                const std::vector<std::size_t>& periods, std::size_t season,
                                std::size_t steps) {
  const Model* model = find_model(name);
  REQUIRE(model != nullptr);
  std::vector<double> path(steps);
  REQUIRE(model->forecast({values, periods, season}, {}, path));
  return path;
}

}  // namespace

TEST_CASE("every model has a name of its own and is found by it") {
  std::set<std::string> names;
  for (const Model* model : models()) {
    names.insert(std::string(model->name()));
    CHECK(find_model(model->name()) == model);
  }
  CHECK(names.size() == models().size());
  CHECK(find_model("oracle") == nullptr);
}

TEST_CASE("naive repeats the last value and seasonal naive the last season") {
  const std::vector<double> values{9, 9, 9, 1, 2, 3};
  CHECK(forecast_by("naive", values, {}, 0, 2) == std::vector<double>{3, 3});
  CHECK(forecast_by("seasonal_naive", values, {3}, 3, 5) == std::vector<double>{1, 2, 3, 1, 2});
  std::vector<double> path(1);
  CHECK_FALSE(find_model("seasonal_naive")->forecast({values, {}, 0}, {}, path));
}

TEST_CASE("the drift-free level is the median of the recent past") {
  std::vector<double> values(1000, 5.0);
  for (std::size_t i = 700; i < values.size(); ++i) values[i] = i % 3 == 0 ? 100 : 2;
  CHECK(forecast_by("drift_free_level", values, {}, 0, 1) == std::vector<double>{2});
}

TEST_CASE("the smoothed level lies near the mean of noise and near the end of a random walk") {
  auto noise = white_noise(3000, 1);
  CHECK(std::abs(forecast_by("smoothed_level", noise, {}, 0, 1)[0]) < 0.3);
  const auto walk = random_walk(3000, 2);
  CHECK(forecast_by("smoothed_level", walk, {}, 0, 1)[0] == Approx(walk.back()).margin(2));
}

TEST_CASE("a season on a straight trend is continued exactly") {
  std::vector<double> values;
  const auto truth = [](std::size_t i) {
    return 0.5 + 0.0003 * static_cast<double>(i) + 0.2 * wave(i, 24);
  };
  for (std::size_t i = 0; i < 20 * 24 + 7; ++i) values.push_back(truth(i));
  const auto path = forecast_by("seasonal_profile", values, {24}, 24, 48);
  for (std::size_t h = 0; h < path.size(); ++h)
    CHECK(path[h] == Approx(truth(values.size() + h)).margin(1e-9));
}

TEST_CASE("a trend is damped when the horizon outgrows the history") {
  std::vector<double> values;
  for (std::size_t i = 0; i < 400; ++i) values.push_back(0.001 * static_cast<double>(i));
  const auto path = forecast_by("seasonal_profile", values, {}, 0, 100'000);
  CHECK(path[99] == Approx(0.499).margin(1e-6));
  // At most half of the history's length of trend is added.
  CHECK(path.back() == Approx(0.399 + 0.2).margin(1e-6));
}

TEST_CASE("the week is known where there are weeks to learn from") {
  const auto values = office_load(10 * 168, 0, 1);
  std::vector<double> scaled;
  for (const double value : values) scaled.push_back(value / 256);
  const auto path = forecast_by("seasonal_profile", scaled, {24, 168}, 24, 168);
  for (std::size_t h = 0; h < 168; ++h) CHECK(path[h] == Approx(scaled[h]).margin(1e-9));
}

TEST_CASE("today's deviation fades at the pace that deviations have") {
  const auto values = autoregressive(2000, 0.9, 8);
  std::vector<double> scaled;
  for (const double value : values) scaled.push_back(value / 16);
  const auto path = forecast_by("seasonal_profile", scaled, {}, 0, 200);
  const double level = path.back();
  CHECK((path[10] - level) / (path[0] - level) == Approx(std::pow(0.9, 10)).margin(0.1));
}
