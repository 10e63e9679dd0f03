// What the offline verbs read: CSV rows `series_id,unix_ts,value`, from a file or standard input,
// kept in the order of the input. cli/offline/grid.h makes evenly spaced histories of them.
//
// A first line that names its columns is a header: the second is called unix_ts, time or timestamp,
// or all three bear names that are usual for them. The rows of several series may be mixed. A
// time is Unix seconds (whole or with a fraction, kept to the millisecond) or RFC 3339. A value
// that is empty, NA, NaN or null is unknown. Fields may be quoted as in RFC 4180 but hold no line
// break; blanks around them do not count, nor do empty lines, a byte order mark and carriage
// returns.
#pragma once

#include <cstdint>
#include <iosfwd>
#include <span>
#include <string>
#include <vector>

#include "common/base/clock.h"
#include "common/base/result.h"

namespace headroom::cli {

inline constexpr std::size_t kInputRowsMost = 100'000'000;  // 2.8 GB in memory
inline constexpr std::size_t kInputSeriesMost = 1'000'000;
inline constexpr std::size_t kSeriesIdBytesMost = 512;
inline constexpr std::size_t kInputLineBytesMost = 4096;

struct SeriesRow {
  UnixMs time = 0;
  double value = 0;          // finite, or NaN where unknown
  std::uint32_t series = 0;  // index into SeriesFile::ids
  std::uint32_t line = 0;    // where it stands in the input, from 1
};

class SeriesFile {
 public:
  std::string name;              // as errors call it: the path, or "standard input"
  std::vector<std::string> ids;  // in the order of their first rows
  std::vector<SeriesRow> rows;   // in the order of the input; times as they stand there

  // Indices into rows of one series, in the order of the input. Valid after index_series().
  std::span<const std::uint32_t> rows_of(std::size_t series) const {
    return {order_.data() + begin_[series], begin_[series + 1] - begin_[series]};
  }
  // Once, after rows and ids were filled.
  void index_series();
  // An error at a line of the input: "demand.csv:17: what".
  Error at_line(std::size_t line, const std::string& what) const;

 private:
  std::vector<std::uint32_t> order_;
  std::vector<std::size_t> begin_;
};

// The same limits with other numbers are for tests.
struct SeriesFileLimits {
  std::size_t rows = kInputRowsMost;
  std::size_t series = kInputSeriesMost;
};

// Errors name file and line: kInvalidArgument for what is not a row (not three fields, no id or
// one that is not UTF-8, no time, no number, an infinite value, a time after the year 9999) and for
// an input without rows, kLimitExceeded beyond a limit.
Result<SeriesFile> parse_series(std::istream& in, std::string name, SeriesFileLimits limits = {});

// The same from a file, or from `standard` for "-". kNotFound or kUnavailable where it cannot be
// read.
Result<SeriesFile> read_series_file(const std::string& path, std::istream& standard,
                                    SeriesFileLimits limits = {});

}  // namespace headroom::cli
