// Sets of series to forecast: manifest.csv beside SET.train.csv and SET.test.csv, plain or with
// .gz. The manifest has a row per series: dataset,series_id,freq_s,m,m2,horizon,…; the files
// series_id,unix_ts,value, where a blank value is not known.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "common/base/clock.h"
#include "common/base/result.h"

namespace headroom::bench {

struct SeriesToForecast {
  std::string id;
  std::chrono::milliseconds step{0};
  std::size_t season = 1;  // of the seasonal naive and of MASE
  UnixMs start = 0;
  std::vector<double> train;  // NaN where unknown
  std::vector<double> clean;  // as it was before damage(); what scales errors
  std::vector<double> test;
};

struct Dataset {
  std::string name;
  std::vector<SeriesToForecast> series;
};

// All sets of the folder, or those named, in the manifest's order.
Result<std::vector<Dataset>> read_datasets(const std::string& folder,
                                           const std::vector<std::string>& names);

// What the field does to data: 3 % of the points missing, two gaps of 1 to 4 % each, a spike of up
// to four times the range per 150 points, three outages of one to five points that read zero. The
// last value stays.
void damage(Dataset& dataset, std::uint64_t seed);

// Only the first `points` of each training part; what comes next is the truth. Shorter series go.
void cut(Dataset& dataset, std::size_t points, std::size_t horizon);

}  // namespace headroom::bench
