// The newest values of a stream, in order of size: quantiles and ranks by a look at one place.
// Adding costs a binary search and moving half of the window in memory, which below some ten
// thousand values is faster than any tree.
#pragma once

#include <algorithm>
#include <cstddef>
#include <optional>
#include <vector>

#include "common/base/result.h"

namespace headroom::forecast {

template <typename T>
class SortedWindow {
 public:
  explicit SortedWindow(std::size_t capacity) : capacity_(capacity) {
    HEADROOM_ASSERT(capacity > 0);
  }

  // Adds a value that is not NaN; returns the oldest one where it had to go for it.
  std::optional<T> push(T value) {
    if (arrival_.size() < capacity_) {
      arrival_.push_back(value);
      sorted_.insert(std::upper_bound(sorted_.begin(), sorted_.end(), value), value);
      return std::nullopt;
    }
    const T gone = arrival_[oldest_];
    arrival_[oldest_] = value;
    oldest_ = oldest_ + 1 == capacity_ ? 0 : oldest_ + 1;
    replace(gone, value);
    return gone;
  }

  std::size_t size() const { return sorted_.size(); }
  bool full() const { return sorted_.size() == capacity_; }
  // From the smallest (0) on.
  T operator[](std::size_t rank) const { return sorted_[rank]; }
  T largest(std::size_t rank) const { return sorted_[sorted_.size() - 1 - rank]; }

  std::size_t count_at_least(T value) const {
    return static_cast<std::size_t>(sorted_.end() -
                                    std::lower_bound(sorted_.begin(), sorted_.end(), value));
  }

  // p in [0, 1], rounded down to a value of the window; the window must not be empty.
  T quantile(double p) const {
    return sorted_[static_cast<std::size_t>(p * static_cast<double>(sorted_.size() - 1))];
  }

  // Without overflow, whatever the values.
  T median() const {
    const std::size_t half = sorted_.size() / 2;
    return sorted_.size() % 2 == 1 ? sorted_[half] : sorted_[half - 1] / 2 + sorted_[half] / 2;
  }

  std::size_t memory_bytes() const {
    return (arrival_.capacity() + sorted_.capacity()) * sizeof(T);
  }

 private:
  // Moves only what lies between the two places.
  void replace(T gone, T value) {
    const auto from = std::lower_bound(sorted_.begin(), sorted_.end(), gone);
    const auto to = std::lower_bound(sorted_.begin(), sorted_.end(), value);
    if (to > from) {
      std::move(from + 1, to, from);
      *(to - 1) = value;
    } else {
      std::move_backward(to, from, from + 1);
      *to = value;
    }
  }

  std::size_t capacity_;
  std::vector<T> arrival_;
  std::size_t oldest_ = 0;
  std::vector<T> sorted_;
};

}  // namespace headroom::forecast
