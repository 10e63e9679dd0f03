// headroom anomalies: the verdicts of aggregator/forecast/anomaly on the series of a file.
#pragma once

#include <atomic>
#include <cstdint>
#include <string>
#include <vector>

#include "aggregator/forecast/anomaly/detector.h"
#include "cli/offline/series_file.h"
#include "cli/verb.h"
#include "common/base/result.h"

namespace headroom::cli {

struct AnomalyRun {
  std::string input;  // "-" is standard input
  forecast::FalseAlarmRate wanted;
  unsigned threads = 0;  // 0: all cores
};

// Times of a series may step back by so much: local times do where daylight saving ends, and clocks
// are set. What steps back further is not in order.
inline constexpr std::chrono::milliseconds kBackwardsMost{2 * 3'600'000};

struct RowVerdict {
  double expected = 0;
  float score = 0;
  forecast::AnomalyPart part = forecast::AnomalyPart::kNone;  // of an anomaly; else kNone
};

// One verdict per row of the file, in its order. An error names the line of a row that is not in
// order. `done` counts rows on the way, for whoever looks on.
Result<std::vector<RowVerdict>> judge_rows(const SeriesFile& file, const AnomalyRun& run,
                                           std::atomic<std::size_t>& done);

// Reads, judges and writes: CSV rows as they came in with expected,score,anomaly behind them; on a
// terminal, and as JSON, the anomalies alone.
Status anomalies_of_file(Session& session, const AnomalyRun& run);

}  // namespace headroom::cli
