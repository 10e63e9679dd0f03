// The Numenta Anomaly Benchmark's score, standard profile (Lavin & Ahmad 2015, "Evaluating
// real-time anomaly detection algorithms"): a detector that never fires has 0, one that fires at
// the left edge of every labelled window and nowhere else has 100. One threshold is chosen for all
// files, the one that scores best.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace headroom::bench {

struct LabelledSeries {
  std::string name;
  std::vector<std::string> stamps;  // as they stand in the file
  std::vector<std::int64_t> times;  // milliseconds
  std::vector<double> values;
  // First and last index of each window, ascending.
  std::vector<std::pair<std::size_t, std::size_t>> windows;

  // The first points are for learning and are not scored.
  std::size_t probation() const;
  bool inside(std::size_t point) const;
};

struct NabScore {
  double score = 0;
  double threshold = 0;
  std::size_t windows = 0;
};

// scores[i] are those of series[i], one per point, in [0, 1].
NabScore nab_score(const std::vector<LabelledSeries>& series,
                   const std::vector<std::vector<double>>& scores);

}  // namespace headroom::bench
