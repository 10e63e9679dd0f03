// Fuzzes the reader of the offline verbs' input with libFuzzer: an input is a CSV file.
//   CXX=clang++-19 cmake --preset debug -B build/fuzz -DHEADROOM_FUZZ=ON
//   cmake --build build/fuzz --target series_file_fuzz
//   build/fuzz/bin/series_file_fuzz -max_len=4096
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <sstream>
#include <string>

#include "cli/offline/grid.h"
#include "cli/offline/series_file.h"
#include "common/base/result.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace headroom;
  using namespace headroom::cli;
  std::istringstream in(std::string(reinterpret_cast<const char*>(data), size));
  const auto file = parse_series(in, "input");
  if (!file) {
    HEADROOM_ASSERT(!file.error().message.empty());
    return 0;
  }
  HEADROOM_ASSERT(!file->rows.empty() && !file->ids.empty());
  std::size_t rows = 0;
  for (std::size_t i = 0; i < file->ids.size(); ++i) {
    HEADROOM_ASSERT(!file->ids[i].empty() && file->ids[i].size() <= kSeriesIdBytesMost);
    rows += file->rows_of(i).size();
    const auto grid = to_grid(*file, i, {}, lone_step_of(*file));
    if (!grid) continue;
    HEADROOM_ASSERT(grid->step.count() > 0 && grid->values.size() <= kGridSlotsMost);
    HEADROOM_ASSERT(!grid->values.empty() && grid->time_of(0) == grid->start);
    for (const double value : grid->values) HEADROOM_ASSERT(!std::isinf(value));
  }
  HEADROOM_ASSERT(rows == file->rows.size());
  return 0;
}
