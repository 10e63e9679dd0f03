// Seasonal profiles: what is usual at each phase of a day, and by how much each phase of a week
// departs from it.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace headroom::forecast {

// A sum of profiles, one per period. Phases count from values[0] of the series it was learnt from.
class Profile {
 public:
  // Learns from `values` (finite, without trend): for each period in turn, shortest first, the
  // exponentially weighted median by phase of what the shorter ones leave. Only periods with two
  // repetitions are learnt. A longer period's profile is shrunk towards zero by the share of its
  // variance that noise explains (empirical Bayes, Efron & Morris 1973), so two weeks hardly bend
  // the daily profile and two months do.
  Profile(std::span<const double> values, std::span<const std::size_t> periods);

  double at(std::size_t index) const;
  bool empty() const { return parts_.empty(); }

 private:
  struct Part {
    std::size_t period = 0;
    std::vector<double> by_phase;
  };
  std::vector<Part> parts_;
};

}  // namespace headroom::forecast
