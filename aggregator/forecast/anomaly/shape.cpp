#include "aggregator/forecast/anomaly/shape.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include <Eigen/Core>

namespace headroom::forecast {
namespace {

constexpr std::size_t kMostPast = ShapeMemory::kMostLags + ShapeMemory::kWindow + 1;
constexpr std::size_t kRoom =
    2 * kMostPast;  // it is moved to the far end once every kMostPast steps

// As wide as two registers of the smallest machine.
using Block = Eigen::Array4d;
constexpr std::size_t kBlock = 4;

}  // namespace

std::optional<double> ShapeMemory::observe(double value, double spread) {
  const double units_per_spread = spread / unit_;
  if (unit_ == 0 || units_per_spread < kUnitsPerSpread / 2 ||
      units_per_spread > kUnitsPerSpread * 8)
    rescale(value, spread);
  push(std::clamp(std::nearbyint((value - centre_) / unit_), -kMostUnits, kMostUnits));
  if (size_ <= kWindow) return std::nullopt;
  const double least = update_sums();
  if (size_ < 2 * kWindow) return std::nullopt;
  return std::sqrt(least / static_cast<double>(kWindow)) * (unit_ / spread);
}

void ShapeMemory::push(double units) {
  if (past_.empty()) {
    past_.resize(kRoom);
    front_ = kRoom;
    sums_.reserve(kMostLags - kWindow + 1);
  }
  if (front_ == 0) {
    front_ = kRoom - (kMostPast - 1);
    std::copy(past_.begin(), past_.begin() + (kMostPast - 1),
              past_.begin() + static_cast<std::ptrdiff_t>(front_));
    size_ = kMostPast - 1;
  }
  past_[--front_] = units;
  size_ = std::min(size_ + 1, kMostPast);
}

double ShapeMemory::update_sums() {
  const double* past = past_.data() + front_;
  if (sums_.size() < kMostLags - kWindow + 1) sums_.push_back(0);
  const std::size_t lags = sums_.size();
  // Lags whose older stretch has already lost its oldest value; the few others only gain.
  const std::size_t moving = std::min(lags, size_ > 2 * kWindow ? size_ - 2 * kWindow : 0);
  Block lowest = Block::Constant(std::numeric_limits<double>::infinity());
  std::size_t i = 0;
  for (; i + kBlock <= moving; i += kBlock) {
    const Block gained = Eigen::Map<const Block>(past + kWindow + i) - past[0];
    const Block lost = Eigen::Map<const Block>(past + 2 * kWindow + i) - past[kWindow];
    Eigen::Map<Block> sums(sums_.data() + i);
    // The difference of their squares.
    const Block moved = sums + (gained - lost) * (gained + lost);
    sums = moved;
    lowest = moved.min(lowest);
  }
  double least = lowest.minCoeff();
  for (; i < lags; ++i) {
    const double gained = past[kWindow + i] - past[0];
    // The older stretches of the last lags have no value to lose yet.
    const double lost = i < moving ? past[2 * kWindow + i] - past[kWindow] : 0;
    sums_[i] += (gained - lost) * (gained + lost);
    // A lag counts once its older stretch is whole.
    if (i <= moving) least = std::min(least, sums_[i]);
  }
  return least;
}

// Chooses the unit anew and carries the past over.
void ShapeMemory::rescale(double value, double spread) {
  const double old_unit = unit_;
  const double old_centre = centre_;
  // A power of two, so that a series and its double get the same verdicts.
  unit_ = std::exp2(std::ceil(std::log2(spread / kUnitsPerSpread)) - 1);
  centre_ = value;
  if (size_ == 0) return;
  for (std::size_t i = 0; i < size_; ++i) {
    double& units = past_[front_ + i];
    units = std::clamp(std::nearbyint((units * old_unit + (old_centre - centre_)) / unit_),
                       -kMostUnits, kMostUnits);
  }
  rebuild_sums();
}

void ShapeMemory::rebuild_sums() {
  const double* past = past_.data() + front_;
  for (std::size_t i = 0; i < sums_.size(); ++i) {
    const std::size_t lag = kWindow + i;
    double sum = 0;
    for (std::size_t k = 0; k < kWindow && lag + k < size_; ++k) {
      const double difference = past[lag + k] - past[k];
      sum += difference * difference;
    }
    sums_[i] = sum;
  }
}

}  // namespace headroom::forecast
