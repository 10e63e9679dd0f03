#include "aggregator/forecast/lagged_sums.h"

#include <algorithm>

#include "common/base/result.h"

namespace headroom::forecast {
namespace {

struct Pair {
  std::size_t difference = 0;  // of the two lags
  std::size_t a = 0;           // the column of the shorter lag
  std::size_t b = 0;
};

}  // namespace

LaggedSums::LaggedSums(std::span<const double> w, std::span<const std::size_t> lags,
                       std::size_t first, std::span<const std::size_t> ends)
    : columns_(lags.size() + 1) {
  HEADROOM_ASSERT(!lags.empty() && lags.front() > 0 && first >= lags.back());
  HEADROOM_ASSERT(!ends.empty());
  for (const std::size_t end : ends) HEADROOM_ASSERT(end > first && end <= w.size());
  std::vector<std::size_t> all{0};
  all.insert(all.end(), lags.begin(), lags.end());
  products_.resize(ends.size() * columns_ * columns_);
  sums_.resize(ends.size() * columns_);

  // running[i]: sum over w[0 … i - 1], or over its products at one difference of lags.
  std::vector<double> running(w.size() + 1, 0.0);
  for (std::size_t i = 0; i < w.size(); ++i) running[i + 1] = running[i] + w[i];
  for (std::size_t e = 0; e < ends.size(); ++e) {
    for (std::size_t a = 0; a < columns_; ++a) {
      sums_[e * columns_ + a] = running[ends[e] - all[a]] - running[first - all[a]];
    }
  }
  std::vector<Pair> pairs;
  pairs.reserve(columns_ * (columns_ + 1) / 2);
  for (std::size_t a = 0; a < columns_; ++a) {
    for (std::size_t b = a; b < columns_; ++b) pairs.push_back({all[b] - all[a], a, b});
  }
  std::sort(pairs.begin(), pairs.end(),
            [](const Pair& x, const Pair& y) { return x.difference < y.difference; });
  for (std::size_t i = 0; i < pairs.size(); ++i) {
    const std::size_t difference = pairs[i].difference;
    if (i == 0 || difference != pairs[i - 1].difference) {
      double total = 0;
      for (std::size_t t = 0; t + difference < w.size(); ++t) {
        total += w[t] * w[t + difference];
        running[t + 1] = total;
      }
    }
    const std::size_t lag = all[pairs[i].b];  // the older factor is w[t - lag]
    for (std::size_t e = 0; e < ends.size(); ++e) {
      const double product = running[ends[e] - lag] - running[first - lag];
      products_[(e * columns_ + pairs[i].a) * columns_ + pairs[i].b] = product;
      products_[(e * columns_ + pairs[i].b) * columns_ + pairs[i].a] = product;
    }
  }
}

}  // namespace headroom::forecast
