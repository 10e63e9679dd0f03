// What it costs to describe a stretch of a series by one level, or by one line.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace headroom::forecast {

// Sum of |y - median| over [begin, end), exact, in O(log n): a wavelet matrix over the values'
// ranks (Claude, Navarro & Ordóñez 2015) that carries sums. A value that is wild costs what it is
// away and moves the level by one rank, no more. At most 2^31 values.
class MedianCost {
 public:
  explicit MedianCost(std::span<const double> y);
  double operator()(std::size_t begin, std::size_t end) const;
  // The lower of the two middle values where the count is even. begin < end.
  double median(std::size_t begin, std::size_t end) const;
  std::size_t size() const { return size_; }

 private:
  struct Level {
    std::vector<std::uint32_t> zeros;  // among the first i values
    std::vector<double> sums;          // of the values with a zero among the first i
    std::uint32_t total = 0;           // zeros in all
  };
  struct Split {
    std::size_t rank;  // of the median
    double below;      // sum of the values below it
  };
  Split split(std::size_t begin, std::size_t end) const;

  std::size_t size_;
  std::vector<double> sorted_;
  std::vector<double> prefix_;  // sums of y
  std::vector<Level> levels_;   // the highest bit of the rank first
};

// Sum of squares about the least-squares line over [begin, end), in O(1) by sums of y, y² and i ×
// y.
class LineCost {
 public:
  explicit LineCost(std::span<const double> y);
  double operator()(std::size_t begin, std::size_t end) const;
  struct Line {
    double first = 0;  // at begin
    double slope = 0;  // per value
  };
  Line line(std::size_t begin, std::size_t end) const;
  std::size_t size() const { return y_.size() - 1; }

 private:
  double centre_ = 0;
  std::vector<double> y_;
  std::vector<double> yy_;
  std::vector<double> ty_;
};

}  // namespace headroom::forecast
