// A load whose weekends differ, as a model that only sees daily changes has to learn it.
#pragma once

#include <cmath>
#include <string_view>
#include <vector>

#include "aggregator/forecast/registry.h"
#include "tests/support/catch.h"
#include "tests/unit/forecast/made_series.h"

namespace headroom::forecast {

// The model's error over a week ahead against that of repeating the last day.
inline double weekend_error(std::string_view model) {
  const auto load = office_load(12 * 168, 1, 9);
  std::vector<double> values;
  for (const double value : load) values.push_back(value / 256);
  const std::vector<std::size_t> periods{24, 168};
  std::vector<double> path(168);
  REQUIRE(find_model(model)->forecast({values, periods, 24}, {}, path));
  const auto clean = office_load(168, 0, 1);
  double error = 0;
  double naive = 0;
  for (std::size_t h = 0; h < 168; ++h) {
    error += std::abs(path[h] - clean[h] / 256);
    naive += std::abs(values[values.size() - 24 + h % 24] - clean[h] / 256);
  }
  return error / naive;
}

}  // namespace headroom::forecast
