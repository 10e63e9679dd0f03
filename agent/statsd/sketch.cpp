#include "agent/statsd/sketch.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace headroom::agent::statsd {
namespace {

constexpr double kGamma = (1 + Sketch::kRelativeError) / (1 - Sketch::kRelativeError);
const double kLogGamma = std::log(kGamma);
constexpr double kNone = std::numeric_limits<double>::quiet_NaN();

}  // namespace

// Bucket i holds (kLeast · gamma^(i-1), kLeast · gamma^i].
std::size_t Sketch::bucket_of(double value) {
  if (!(value > kLeast)) return 0;
  const double index = std::ceil(std::log(std::min(value, kMost) / kLeast) / kLogGamma);
  return std::min(static_cast<std::size_t>(index), kBuckets - 1);
}

void Sketch::add(double value, double weight) {
  const std::size_t bucket = bucket_of(value);
  buckets_[bucket] += static_cast<float>(weight);
  first_ = std::min(first_, bucket);
  last_ = std::max(last_, bucket);
  least_ = weight_ > 0 ? std::min(least_, value) : value;
  greatest_ = weight_ > 0 ? std::max(greatest_, value) : value;
  weight_ += weight;
}

void Sketch::clear() {
  for (std::size_t i = first_; i <= last_ && i < kBuckets; ++i) buckets_[i] = 0;
  first_ = kBuckets;
  last_ = 0;
  weight_ = 0;
}

double Sketch::quantile(double q) const {
  if (!(weight_ > 0)) return kNone;
  const double rank = q * weight_;
  double below = 0;
  std::size_t bucket = first_;
  for (; bucket < last_; ++bucket) {
    below += static_cast<double>(buckets_[bucket]);
    if (below >= rank && below > 0) break;
  }
  // The point of the bucket that is equally far from both bounds, as shares of itself.
  const double point = kLeast * std::pow(kGamma, static_cast<double>(bucket)) * 2 / (1 + kGamma);
  return std::clamp(point, least_, greatest_);
}

double Sketch::least() const { return weight_ > 0 ? least_ : kNone; }
double Sketch::greatest() const { return weight_ > 0 ? greatest_ : kNone; }

}  // namespace headroom::agent::statsd
