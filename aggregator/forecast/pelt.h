// The best partition of a series into segments.
#pragma once

#include <algorithm>
#include <cstddef>
#include <limits>
#include <vector>

namespace headroom::forecast {

// PELT (Killick, Fearnhead & Eckley 2012): the begins of all segments but the first, ascending, of
// the partition of [0, n) with the least sum of `cost(begin, end)` over its segments plus `penalty`
// for each but the first; exactly, as optimal partitioning finds it, where splitting a segment
// never raises its cost. No segment is shorter than `shortest` >= 1 values. O(n) costs where
// changes come regularly, O(n²) where there are none.
template <typename Cost>
std::vector<std::size_t> pelt(const Cost& cost, std::size_t n, double penalty,
                              std::size_t shortest) {
  constexpr std::size_t kNever = std::numeric_limits<std::size_t>::max();
  struct Candidate {
    std::size_t begin;          // of the last segment
    std::size_t gone = kNever;  // the end from which on another begin is always as good
  };
  std::vector<double> best(n + 1, std::numeric_limits<double>::infinity());
  std::vector<std::size_t> begins(n + 1, 0);
  std::vector<double> totals;
  best[0] = -penalty;
  std::vector<Candidate> candidates{{0}};
  for (std::size_t end = shortest; end <= n; ++end) {
    if (end >= 2 * shortest) candidates.push_back({end - shortest});
    totals.clear();
    for (const Candidate& candidate : candidates) {
      totals.push_back(best[candidate.begin] + cost(candidate.begin, end));
      if (totals.back() + penalty < best[end]) {
        best[end] = totals.back() + penalty;
        begins[end] = candidate.begin;
      }
    }
    // Beginning at `end` is as good as beginning there for all ends to come, but only from
    // `shortest` values on may one begin there.
    for (std::size_t c = 0; c < candidates.size(); ++c) {
      if (totals[c] > best[end]) candidates[c].gone = std::min(candidates[c].gone, end + shortest);
    }
    std::erase_if(candidates,
                  [&](const Candidate& candidate) { return candidate.gone <= end + 1; });
  }
  std::vector<std::size_t> changes;
  for (std::size_t end = n; end > 0 && begins[end] > 0; end = begins[end]) {
    changes.push_back(begins[end]);
  }
  std::reverse(changes.begin(), changes.end());
  return changes;
}

}  // namespace headroom::forecast
