// What the codec's benchmark encodes: files of series, or series of its own.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "common/base/result.h"

namespace headroom::bench {

struct DataSet {
  std::string name;
  std::vector<std::vector<double>> series;  // equally long
};

// Reads FILE.bin: "HRFLEET1", u32 hosts, metrics, interval in seconds and steps, i64 first time,
// u32 length of the names and the names, then for each step and host i64 time and the values as
// f64, all little-endian.
Result<DataSet> read_fleet(const std::string& path);

// Reads FILE.csv or FILE.csv.gz (through zcat): a line of names, the first being the time, then
// lines of numbers. With `derive`, columns whose names begin with "c:" become differences.
Result<DataSet> read_trace(const std::string& path, bool derive);

// Series as a fleet has them: constants, noise around a level, loads, counters, pages of memory.
DataSet make_series(std::uint64_t seed);

}  // namespace headroom::bench
