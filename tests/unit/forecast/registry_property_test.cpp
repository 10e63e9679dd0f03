// What holds for every model of the registry, whatever it is fed.
#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "aggregator/forecast/registry.h"
#include "tests/support/catch.h"
#include "tests/unit/forecast/made_series.h"

using namespace headroom::forecast;

namespace {

struct Nasty {
  std::string what;
  std::vector<double> values;
  std::vector<std::size_t> periods;
  std::size_t season = 0;

  Series series() const { return {.values = values, .periods = periods, .season = season}; }
};

// As the models get them: at most 1 in size.
std::vector<double> scaled(std::vector<double> values) {
  double most = 0;
  for (const double value : values) most = std::max(most, std::abs(value));
  if (most > 0) {
    for (double& value : values) value = std::ldexp(value, -std::ilogb(most) - 1);
  }
  return values;
}

template <typename Rule>
std::vector<double> made(std::size_t n, Rule rule) {
  std::vector<double> values(n);
  for (std::size_t i = 0; i < n; ++i) values[i] = rule(i);
  return scaled(values);
}

std::vector<Nasty> nasty_series() {
  std::vector<Nasty> all{
      {"one point", {0.7}, {}, 0},
      {"one zero", {0.0}, {}, 0},
      {"two points", {0.5, -0.25}, {}, 0},
      {"three points", {0.1, 0.2, 0.9}, {}, 0},
      {"three points with a longer season", {0.1, 0.2, 0.9}, {24}, 24},
      {"a constant", std::vector<double>(100, 0.625), {}, 0},
      {"a seasonal constant", std::vector<double>(100, 0.625), {24}, 24},
      {"zeros", std::vector<double>(200, 0.0), {24}, 24},
      {"negative constant", std::vector<double>(60, -0.5), {7}, 7},
      {"the smallest numbers", std::vector<double>(60, std::numeric_limits<double>::min()), {}, 0},
      {"a season as long as the history", scaled(white_noise(48, 3)), {48}, 48},
      {"less than a season", scaled(white_noise(30, 4)), {168}, 168},
      {"a little over two seasons", scaled(office_load(340, 5, 5)), {24, 168}, 24},
      {"white noise", scaled(white_noise(400, 6)), {}, 0},
      {"a random walk", scaled(random_walk(700, 7)), {24}, 24},
      {"a period of two", made(50, [](std::size_t i) { return i % 2 == 0 ? 1.0 : -1.0; }), {2}, 2},
      {"exponential growth",
       made(300, [](std::size_t i) { return std::exp(0.1 * static_cast<double>(i)); }),
       {12},
       12},
      {"a perfect line", made(150, [](std::size_t i) { return static_cast<double>(i); }), {}, 0},
      {"a pure season", made(240, [](std::size_t i) { return wave(i, 24); }), {24}, 24},
      {"one spike in zeros", made(300, [](std::size_t i) { return i == 150 ? 1.0 : 0.0; }), {}, 0},
      {"a spike at the end", made(300, [](std::size_t i) { return i == 299 ? 1.0 : 1e-9; }), {}, 0},
      {"a step", made(300, [](std::size_t i) { return i < 290 ? 1e-6 : 1.0; }), {24}, 24},
      {"mostly zeros", made(500, [](std::size_t i) { return i % 17 == 3 ? 1.0 : 0.0; }), {}, 0},
      {"zeros at the end", made(500, [](std::size_t i) { return i < 400 ? 1.0 : 0.0; }), {24}, 24},
      {"hours of half a year", scaled(office_load(4400, 8, 9)), {24, 168}, 24},
  };
  return all;
}

void check(const Model& model, const Nasty& nasty, std::size_t steps) {
  INFO(model.name() << " on " << nasty.what << ", " << steps << " steps");
  std::vector<double> path(steps, std::numeric_limits<double>::quiet_NaN());
  const bool carried = model.forecast(nasty.series(), {}, path);
  if (carried) {
    CHECK(std::all_of(path.begin(), path.end(), [](double v) { return std::isfinite(v); }));
  }
  std::vector<double> again(steps, std::numeric_limits<double>::quiet_NaN());
  CHECK(model.forecast(nasty.series(), {}, again) == carried);
  const auto same = [](double a, double b) {
    return std::bit_cast<std::uint64_t>(a) == std::bit_cast<std::uint64_t>(b);
  };
  if (carried) CHECK(std::equal(path.begin(), path.end(), again.begin(), same));
}

}  // namespace

TEST_CASE("whatever a model is fed, its values are finite and the same bits the next time") {
  for (const Nasty& nasty : nasty_series()) {
    for (const Model* model : models()) {
      for (const std::size_t steps : {std::size_t{1}, std::size_t{50}}) check(*model, nasty, steps);
    }
  }
}

TEST_CASE("every model reaches the longest horizon from a long history, and says if it cannot") {
  const Nasty longest{"three years of hours", scaled(office_load(26'280, 8, 11)), {24, 168}, 24};
  const Nasty brief{"ten points", scaled(random_walk(10, 12)), {}, 0};
  for (const Model* model : models()) {
    check(*model, longest, 200);
    check(*model, brief, kMaxHorizon);
  }
}

TEST_CASE("every model carries a constant on as it is or leaves it alone") {
  for (const double value : {0.0, 0.625, -0.5}) {
    const std::vector<double> values(120, value);
    const std::vector<std::size_t> periods{12};
    for (const Model* model : models()) {
      for (const std::size_t season : {std::size_t{0}, std::size_t{12}}) {
        INFO(model->name() << " on " << value << " with season " << season);
        const std::span<const std::size_t> known(periods.data(), season > 0 ? 1 : 0);
        std::vector<double> path(30);
        if (!model->forecast({.values = values, .periods = known, .season = season}, {}, path)) {
          continue;
        }
        for (const double forecast : path) CHECK(forecast == Approx(value).margin(1e-3));
      }
    }
  }
}

TEST_CASE(
    "every parameter of every model may stand at its ends without a value that is no number") {
  const std::vector<double> values = scaled(office_load(24 * 10, 5, 13));
  const std::vector<std::size_t> periods{24};
  const Series series{.values = values, .periods = periods, .season = 24};
  for (const Model* model : models()) {
    const auto parameters = model->parameters();
    for (std::size_t i = 0; i < parameters.size(); ++i) {
      CHECK(parameters[i].least <= parameters[i].fallback);
      CHECK(parameters[i].fallback <= parameters[i].most);
      for (const double end : {parameters[i].least, parameters[i].most}) {
        INFO(model->name() << " with " << parameters[i].name << " = " << end);
        std::vector<double> settings;
        for (const Parameter& parameter : parameters) settings.push_back(parameter.fallback);
        settings[i] = end;
        std::vector<double> path(30);
        if (!model->forecast(series, settings, path)) continue;
        CHECK(std::all_of(path.begin(), path.end(), [](double v) { return std::isfinite(v); }));
      }
    }
  }
}

TEST_CASE("every model says what it is and what it costs, and a longer path never costs less") {
  for (const Model* model : models()) {
    INFO(model->name());
    CHECK_FALSE(model->about().empty());
    for (const std::size_t points : {1, 100, 2000, 2'000'000}) {
      for (const std::size_t season : {0, 24, 288}) {
        Task task{.points = points, .steps = 1, .season = season, .longest_period = 7 * season};
        const double brief = model->cost_us(task);
        task.steps = kMaxHorizon;
        CHECK(brief >= 0);
        CHECK(std::isfinite(brief));
        CHECK(model->cost_us(task) >= brief);
      }
    }
  }
}
