#include "aggregator/forecast/segment_costs.h"

#include <algorithm>
#include <bit>
#include <numeric>

#include "aggregator/forecast/robust.h"
#include "common/base/result.h"

namespace headroom::forecast {

MedianCost::MedianCost(std::span<const double> y) : size_(y.size()), sorted_(y.begin(), y.end()) {
  HEADROOM_ASSERT(y.size() < (std::size_t{1} << 31));
  std::sort(sorted_.begin(), sorted_.end());
  prefix_.assign(size_ + 1, 0.0);
  for (std::size_t i = 0; i < size_; ++i) prefix_[i + 1] = prefix_[i] + y[i];
  // Ranks are all different, so that every value is told from every other.
  std::vector<std::uint32_t> order(size_);
  std::iota(order.begin(), order.end(), 0U);
  std::sort(order.begin(), order.end(), [&](std::uint32_t a, std::uint32_t b) {
    return y[a] < y[b] || (y[a] == y[b] && a < b);
  });
  std::vector<std::uint32_t> ranks(size_);
  for (std::uint32_t r = 0; r < size_; ++r) ranks[order[r]] = r;

  const int bits = size_ > 1 ? static_cast<int>(std::bit_width(size_ - 1)) : 0;
  std::vector<std::uint32_t> next(size_);
  for (int bit = bits - 1; bit >= 0; --bit) {
    Level level;
    level.zeros.assign(size_ + 1, 0);
    level.sums.assign(size_ + 1, 0.0);
    for (std::size_t i = 0; i < size_; ++i) {
      const bool zero = (ranks[i] >> bit & 1U) == 0;
      level.zeros[i + 1] = level.zeros[i] + (zero ? 1U : 0U);
      level.sums[i + 1] = level.sums[i] + (zero ? sorted_[ranks[i]] : 0.0);
    }
    level.total = level.zeros[size_];
    std::size_t zero_at = 0;
    std::size_t one_at = level.total;
    for (std::size_t i = 0; i < size_; ++i) {
      next[(ranks[i] >> bit & 1U) == 0 ? zero_at++ : one_at++] = ranks[i];
    }
    ranks.swap(next);
    levels_.push_back(std::move(level));
  }
}

MedianCost::Split MedianCost::split(std::size_t begin, std::size_t end) const {
  std::size_t k = (end - begin - 1) / 2;
  Split split{0, 0};
  for (const Level& level : levels_) {
    const std::size_t zeros_begin = level.zeros[begin];
    const std::size_t zeros_end = level.zeros[end];
    const std::size_t zeros = zeros_end - zeros_begin;
    split.rank <<= 1;
    if (k < zeros) {
      begin = zeros_begin;
      end = zeros_end;
    } else {
      k -= zeros;
      split.below += level.sums[end] - level.sums[begin];
      split.rank |= 1;
      begin = level.total + begin - zeros_begin;
      end = level.total + end - zeros_end;
    }
  }
  return split;
}

double MedianCost::median(std::size_t begin, std::size_t end) const {
  HEADROOM_ASSERT(begin < end && end <= size_);
  return sorted_[split(begin, end).rank];
}

double MedianCost::operator()(std::size_t begin, std::size_t end) const {
  HEADROOM_ASSERT(begin < end && end <= size_);
  const Split at = split(begin, end);
  const double middle = sorted_[at.rank];
  const std::size_t count = end - begin;
  const std::size_t below = (count - 1) / 2;
  const double above = prefix_[end] - prefix_[begin] - at.below;  // with the median itself
  return std::max(above - middle * real(count - below) + middle * real(below) - at.below, 0.0);
}

LineCost::LineCost(std::span<const double> y)
    : y_(y.size() + 1, 0.0), yy_(y.size() + 1, 0.0), ty_(y.size() + 1, 0.0) {
  // About their mean, so that sums of squares keep their digits.
  for (const double value : y) centre_ += value / real(y.size());
  for (std::size_t i = 0; i < y.size(); ++i) {
    const double value = y[i] - centre_;
    y_[i + 1] = y_[i] + value;
    yy_[i + 1] = yy_[i] + value * value;
    ty_[i + 1] = ty_[i] + real(i) * value;
  }
}

LineCost::Line LineCost::line(std::size_t begin, std::size_t end) const {
  HEADROOM_ASSERT(begin < end && end < y_.size());
  const double n = real(end - begin);
  const double mean = (y_[end] - y_[begin]) / n;
  const double middle = real(begin) + (n - 1) / 2;
  const double across = ty_[end] - ty_[begin] - middle * (y_[end] - y_[begin]);
  const double slope = n > 1 ? across * 12 / (n * (n * n - 1)) : 0;
  return {mean + centre_ - slope * (n - 1) / 2, slope};
}

double LineCost::operator()(std::size_t begin, std::size_t end) const {
  const double n = real(end - begin);
  const double sum = y_[end] - y_[begin];
  const double slope = line(begin, end).slope;
  const double squares = yy_[end] - yy_[begin] - sum * sum / n;
  return std::max(squares - slope * slope * n * (n * n - 1) / 12, 0.0);
}

}  // namespace headroom::forecast
