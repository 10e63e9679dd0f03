#include <chrono>
#include <cmath>
#include <vector>

#include "aggregator/forecast/registry.h"
#include "tests/support/catch.h"
#include "tests/unit/forecast/made_series.h"

using namespace headroom::forecast;

namespace {

std::vector<double> prophet(const Series& series, std::size_t steps) {
  std::vector<double> path(steps);
  REQUIRE(find_model("prophet")->forecast(series, {}, path));
  return path;
}

}  // namespace

TEST_CASE("Prophet follows the slope after the last bend, whatever bursts say") {
  std::vector<double> values;
  const auto truth = [](std::size_t i) {
    const double x = static_cast<double>(i);
    return 0.2 + 0.0002 * x + 0.0005 * std::max(x - 504, 0.0) + 0.05 * wave(i, 24);
  };
  for (std::size_t i = 0; i < 1008; ++i) values.push_back(truth(i));
  for (std::size_t i = 0; i < values.size(); i += 37) values[i] += 0.3;
  const std::vector<std::size_t> periods{24};
  const auto path = prophet({values, periods, 24}, 48);
  for (std::size_t h = 0; h < path.size(); ++h) {
    CAPTURE(h);
    CHECK(path[h] == Approx(truth(values.size() + h)).margin(0.012));
  }
}

TEST_CASE("Prophet knows the week and learns from every few points of a very long history") {
  const auto load = office_load(200 * 168, 2, 5);
  std::vector<double> values;
  for (const double value : load) values.push_back(value / 256);
  const std::vector<std::size_t> periods{24, 168};
  const auto path = prophet({values, periods, 24}, 168);
  const auto clean = office_load(168, 0, 5);
  double error = 0;
  for (std::size_t h = 0; h < 168; ++h) error += std::abs(path[h] - clean[h] / 256);
  CHECK(error / 168 < 0.01);
}

TEST_CASE("Prophet forecasts a closed day in the middle of the week from the calendar") {
  constexpr std::size_t kDays = 61;
  std::vector<double> values;
  std::vector<Slot> slots;
  for (std::size_t i = 0; i < kDays * 24; ++i) {
    const std::size_t day = i / 24;
    const std::size_t hour = i % 24;
    // Closed on weekends and on every 12th day; the day after the history's end is such a one.
    const bool closed = day % 7 >= 5 || day % 12 == 0;
    const bool open = !closed && hour >= 9 && hour < 17;
    slots.push_back({.day = static_cast<std::int32_t>(day),
                     .minute = static_cast<std::int16_t>(hour * 60),
                     .type = closed ? DayType::kClosed : DayType::kFull,
                     .open = open});
    values.push_back(open ? 0.8 : 0.1);
  }
  values.resize((kDays - 1) * 24);
  const std::vector<std::size_t> periods{24, 168};
  Series series{values, periods, 24, 1'700'000'000'000, std::chrono::hours(1)};
  const auto without = prophet(series, 24);
  series.slots = slots;
  const auto with = prophet(series, 24);
  CHECK(without[12] > 0.5);
  for (std::size_t h = 0; h < 24; ++h) CHECK(with[h] == Approx(0.1).margin(0.05));
}

TEST_CASE("Prophet stays out of races that it cannot run") {
  std::vector<double> path(3);
  CHECK_FALSE(find_model("prophet")->forecast({std::vector<double>(9, 1.0), {}, 0}, {}, path));
  CHECK(prophet({std::vector<double>(30, 1.0), {}, 0}, 3)[2] == Approx(1).margin(1e-3));
}
