// Sums of products of a series with its own past, for regressions on lags from many ends at once.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace headroom::forecast {

// For a series w and lags l_0 = 0 < l_1 < … < l_k, over the rows t = first … end - 1:
//   product(e, a, b) = Σ w[t - l_a] · w[t - l_b],   sum(e, a) = Σ w[t - l_a]   with end = ends[e].
// Every product with the same difference of lags is a window of one running sum, so that all of
// them cost O(n · distinct differences + k² · ends), however many rows and ends there are.
class LaggedSums {
 public:
  // `lags` ascending and without the 0, which is added; `first` >= lags.back(); `ends` ascending,
  // above `first` and at most w.size().
  LaggedSums(std::span<const double> w, std::span<const std::size_t> lags, std::size_t first,
             std::span<const std::size_t> ends);

  std::size_t columns() const { return columns_; }  // lags and the 0
  double product(std::size_t end, std::size_t a, std::size_t b) const {
    return products_[(end * columns_ + a) * columns_ + b];
  }
  double sum(std::size_t end, std::size_t a) const { return sums_[end * columns_ + a]; }

 private:
  std::size_t columns_;
  std::vector<double> products_;
  std::vector<double> sums_;
};

}  // namespace headroom::forecast
