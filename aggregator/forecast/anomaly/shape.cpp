#include "aggregator/forecast/anomaly/shape.h"

#include <algorithm>
#include <cmath>

#include <Eigen/Core>

namespace headroom::forecast {
namespace {

constexpr std::size_t kMostPast = ShapeMemory::kMostLags + ShapeMemory::kWindow + 1;
constexpr std::size_t kRoom =
    2 * kMostPast;  // it is moved to the far end once every kMostPast steps

using Values = Eigen::Map<const Eigen::ArrayXd>;
using Sums = Eigen::Map<Eigen::ArrayXd>;

Eigen::Index signed_size(std::size_t size) { return static_cast<Eigen::Index>(size); }

}  // namespace

std::optional<double> ShapeMemory::observe(double value, double spread) {
  const double units_per_spread = spread / unit_;
  if (unit_ == 0 || units_per_spread < kUnitsPerSpread / 2 ||
      units_per_spread > kUnitsPerSpread * 8)
    rescale(value, spread);
  push(std::clamp(std::nearbyint((value - centre_) / unit_), -kMostUnits, kMostUnits));
  if (size_ <= kWindow) return std::nullopt;
  update_sums();
  // A lag counts once the older stretch is whole.
  if (size_ < 2 * kWindow) return std::nullopt;
  const std::size_t whole = std::min(sums_.size(), size_ - 2 * kWindow + 1);
  const double least = Values(sums_.data(), signed_size(whole)).minCoeff();
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

void ShapeMemory::update_sums() {
  const double* past = past_.data() + front_;
  if (sums_.size() < kMostLags - kWindow + 1) sums_.push_back(0);
  const std::size_t lags = sums_.size();
  // Lags whose older stretch has already lost its oldest value; the few others only gain.
  const std::size_t moving = std::min(lags, size_ > 2 * kWindow ? size_ - 2 * kWindow : 0);
  Sums sums(sums_.data(), signed_size(moving));
  const Values gained(past + kWindow, signed_size(moving));
  const Values lost(past + 2 * kWindow, signed_size(moving));
  sums += (gained - past[0]).square() - (lost - past[kWindow]).square();
  for (std::size_t i = moving; i < lags; ++i) {
    const double difference = past[kWindow + i] - past[0];
    sums_[i] += difference * difference;
  }
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
