#include "aggregator/store/sketch.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <limits>

#include "common/codec/bytes.h"
#include "common/model/resource.h"

namespace headroom::store {
namespace {

const double kGrowth = (1 + kSketchAccuracy) / (1 - kSketchAccuracy);
const double kLogGrowth = std::log(kGrowth);
constexpr double kLeast = 1e-12;  // less counts as zero
constexpr std::int64_t kFarthest = 1 << 20;
constexpr std::uint64_t kMost = 1ULL << 60;

std::int32_t bucket_of(double magnitude) {
  return static_cast<std::int32_t>(std::ceil(std::log(magnitude) / kLogGrowth));
}
// The value that is within the accuracy of everything in the bucket (γ^(i−1), γ^i].
double value_of(std::int32_t bucket) { return 2 * std::exp(kLogGrowth * bucket) / (kGrowth + 1); }

void put_buckets(std::string& bytes, const std::map<std::int32_t, std::uint64_t>& buckets) {
  codec::put_varint(bytes, buckets.size());
  std::int64_t before = 0;
  for (const auto& [bucket, count] : buckets) {
    codec::put_varint(bytes, codec::zigzag(bucket - before));
    codec::put_varint(bytes, count);
    before = bucket;
  }
}

}  // namespace

void Sketch::limit(Buckets& buckets) {
  while (buckets.size() > kSketchBuckets) {
    const auto least = buckets.begin();
    std::next(least)->second += least->second;
    buckets.erase(least);
  }
}

void Sketch::add(double value, std::uint64_t times) {
  count_ += times;
  const double magnitude = std::min(std::abs(value), std::numeric_limits<double>::max());
  if (magnitude < kLeast) {
    zero_ += times;
    return;
  }
  Buckets& buckets = value > 0 ? positive_ : negative_;
  buckets[bucket_of(magnitude)] += times;
  limit(buckets);
}

void Sketch::merge(const Sketch& other) {
  for (const auto& [bucket, count] : other.positive_) positive_[bucket] += count;
  for (const auto& [bucket, count] : other.negative_) negative_[bucket] += count;
  limit(positive_);
  limit(negative_);
  zero_ += other.zero_;
  count_ += other.count_;
}

double Sketch::quantile(double q) const {
  HEADROOM_ASSERT(count_ > 0);
  const double rank = std::clamp(q, 0.0, 1.0) * static_cast<double>(count_ - 1);
  std::uint64_t seen = 0;
  const auto reached = [&](std::uint64_t count) {
    seen += count;
    return static_cast<double>(seen) > rank;
  };
  for (auto at = negative_.rbegin(); at != negative_.rend(); ++at) {
    if (reached(at->second)) return -value_of(at->first);
  }
  if (reached(zero_)) return 0;
  for (const auto& [bucket, count] : positive_) {
    if (reached(count)) return value_of(bucket);
  }
  return positive_.empty() ? 0 : value_of(positive_.rbegin()->first);
}

std::string Sketch::serialize() const {
  std::string bytes;
  codec::put_varint(bytes, zero_);
  put_buckets(bytes, positive_);
  put_buckets(bytes, negative_);
  return bytes;
}

Result<Sketch> Sketch::parse(std::string_view bytes) {
  codec::Reader reader(codec::as_bytes(bytes));
  Sketch sketch;
  sketch.zero_ = sketch.count_ = std::min(reader.varint(), kMost);
  for (Buckets* buckets : {&sketch.positive_, &sketch.negative_}) {
    const std::uint64_t size = reader.varint();
    if (size > kSketchBuckets) break;
    std::int64_t bucket = 0;
    for (std::uint64_t i = 0; i < size && reader.ok(); ++i) {
      const std::int64_t distance = reader.svarint();
      const std::uint64_t count = reader.varint();
      // Nothing that a sketch ever holds is further away than this.
      if (std::abs(distance) > kFarthest || count > kMost - sketch.count_)
        return fail(ErrorCode::kCorruption, "a sketch cannot be read");
      bucket += distance;
      (*buckets)[static_cast<std::int32_t>(bucket)] += count;
      sketch.count_ += count;
    }
  }
  if (!reader.ok() || reader.left() != 0)
    return fail(ErrorCode::kCorruption, "a sketch cannot be read");
  return sketch;
}

bool wants_sketch(const Series& series) {
  const std::string_view name = series.metric;
  return series.kind == Kind::kGauge &&
         (name == kDemandMetric || name.find("latency") != std::string_view::npos ||
          name.find("duration") != std::string_view::npos);
}

}  // namespace headroom::store
