#include "aggregator/store/fold.h"

#include <algorithm>
#include <cmath>

#include "aggregator/store/compensated_sum.h"
#include "aggregator/store/sketch.h"

namespace headroom::store {
namespace {

// A bucket's samples are taken to lie evenly from its begin on. Of a gauge its average stands for
// the last one.
Sample last_of(const SketchedBucket& one, bool counter) {
  const Bucket& bucket = one.bucket;
  const auto step = static_cast<UnixMs>(static_cast<double>(one.length) / bucket.count);
  return {bucket.start + one.length - step, counter ? bucket.high : bucket.total / bucket.count};
}

// One window being filled.
class Window {
 public:
  Window(Aggregate how, double quantile, bool counter)
      : how_(how), quantile_(quantile), counter_(counter) {}

  void begin(UnixMs start) {
    start_ = start;
    sum_ = CompensatedSum();
    count_ = 0;
    increase_ = 0;
    first_ = before_;
    has_first_ = has_before_;
    values_.clear();
    weights_.clear();
    sketch_ = Sketch();
  }
  UnixMs start() const { return start_; }

  void add(const Sample& sample) {
    if (std::isnan(sample.value)) return;  // no sample, as in a rollup
    grow({sample.time, sample.value});
    if (count_ == 0) low_ = high_ = sample.value;
    low_ = std::min(low_, sample.value);
    high_ = std::max(high_, sample.value);
    last_ = sample.value;
    sum_.add(sample.value);
    count_ += 1;
    if (how_ == Aggregate::kQuantile) {
      values_.push_back(sample.value);
      weights_.push_back(1);
    }
  }

  void add(const SketchedBucket& one) {
    const Bucket& bucket = one.bucket;
    const Sample last = last_of(one, counter_);
    if (counter_) {
      grow({bucket.start, bucket.low});
      increase_ += bucket.high - bucket.low + bucket.total;
      before_ = last;
    } else {
      grow(last);
      sum_.add(bucket.total);
    }
    last_ = last.value;
    const double low = counter_ ? std::min(bucket.low, bucket.high) : bucket.low;
    const double high = counter_ ? std::max(bucket.low, bucket.high) : bucket.high;
    if (counter_) sum_.add((low + high) / 2 * bucket.count);
    if (count_ == 0) {
      low_ = low;
      high_ = high;
    }
    low_ = std::min(low_, low);
    high_ = std::max(high_, high);
    count_ += bucket.count;
    if (how_ == Aggregate::kQuantile) add_quantile(one, (low + high) / 2);
  }

  bool empty() const { return count_ == 0; }

  // What it comes to; nothing for a rate over no time.
  std::optional<double> value() {
    switch (how_) {
      case Aggregate::kAvg:
        return sum_.value() / count_;
      case Aggregate::kMin:
        return low_;
      case Aggregate::kMax:
        return high_;
      case Aggregate::kSum:
        return sum_.value();
      case Aggregate::kCount:
        return count_;
      case Aggregate::kLast:
        return last_;
      case Aggregate::kIncrease:
        return increase_;
      case Aggregate::kRate: {
        const UnixMs elapsed = before_.time - first_.time;
        if (elapsed <= 0) return std::nullopt;
        return increase_ / (static_cast<double>(elapsed) / 1000);
      }
      case Aggregate::kQuantile:
        return quantile();
    }
    return std::nullopt;
  }

  // What stands before the first window that is asked for.
  void set_before(const Sample& sample) {
    before_ = sample;
    has_before_ = true;
  }

 private:
  // On to the next point of a counter; a value below the one before it is a reset, and counts from
  // zero.
  void grow(const Sample& to) {
    if (!has_first_) {
      first_ = to;
      has_first_ = true;
    } else if (has_before_) {
      increase_ += to.value >= before_.value ? to.value - before_.value : to.value;
    }
    before_ = to;
    has_before_ = true;
  }

  void add_quantile(const SketchedBucket& one, double middle) {
    if (!one.sketch.empty()) {
      if (const auto sketch = Sketch::parse(one.sketch)) return sketch_.merge(*sketch);
    }
    values_.push_back(counter_ ? middle : one.bucket.total / one.bucket.count);
    weights_.push_back(one.bucket.count);
  }

  double quantile() {
    if (sketch_.count() > 0) {
      for (std::size_t i = 0; i < values_.size(); ++i)
        sketch_.add(values_[i], static_cast<std::uint64_t>(weights_[i]));
      return std::clamp(sketch_.quantile(quantile_), low_, high_);
    }
    if (std::any_of(weights_.begin(), weights_.end(), [](double weight) { return weight != 1; }))
      return weighted_quantile();
    const double rank = quantile_ * static_cast<double>(values_.size() - 1);
    const auto below = static_cast<std::ptrdiff_t>(rank);
    std::nth_element(values_.begin(), values_.begin() + below, values_.end());
    const double low = values_[static_cast<std::size_t>(below)];
    if (rank == static_cast<double>(below)) return low;
    const double high = *std::min_element(values_.begin() + below + 1, values_.end());
    return low + (high - low) * (rank - static_cast<double>(below));
  }

  double weighted_quantile() const {
    std::vector<std::pair<double, double>> sorted;
    for (std::size_t i = 0; i < values_.size(); ++i) sorted.emplace_back(values_[i], weights_[i]);
    std::sort(sorted.begin(), sorted.end());
    const double rank = quantile_ * (count_ - 1);
    double seen = 0;
    for (const auto& [value, weight] : sorted) {
      seen += weight;
      if (seen > rank) return value;
    }
    return sorted.back().first;
  }

  Aggregate how_;
  double quantile_;
  bool counter_;
  UnixMs start_ = 0;
  double low_ = 0, high_ = 0, last_ = 0;
  CompensatedSum sum_;
  double count_ = 0;
  double increase_ = 0;
  Sample first_;   // where the growth is counted from
  Sample before_;  // the point that was added last
  bool has_first_ = false, has_before_ = false;
  std::vector<double> values_, weights_;  // for a quantile
  Sketch sketch_;
};

}  // namespace

std::vector<Sample> fold(const Evidence& evidence, const WindowQuery& query, Kind kind) {
  const Aggregate how = query.how.value_or(usual_aggregate(kind));
  Window window(how, query.quantile, kind == Kind::kCounter);
  std::vector<Sample> answers;
  bool open = false;
  const auto close = [&] {
    if (!open || window.empty()) return;
    if (const auto value = window.value()) answers.push_back({window.start(), *value});
  };
  // True where the time is in a window that is asked for; that window is then open.
  const auto enter = [&](UnixMs time) {
    if (time < query.from || time >= query.to) return false;
    const UnixMs start = query.from + (time - query.from) / query.step_ms * query.step_ms;
    if (open && window.start() == start) return true;
    close();
    window.begin(start);
    return open = true;
  };
  std::size_t s = 0;
  std::size_t b = 0;
  while (s < evidence.samples.size() || b < evidence.buckets.size()) {
    const bool bucket_first = s == evidence.samples.size() ||
                              (b < evidence.buckets.size() &&
                               evidence.buckets[b].bucket.start <= evidence.samples[s].time);
    if (bucket_first) {
      const SketchedBucket& one = evidence.buckets[b++];
      if (enter(one.bucket.start)) {
        window.add(one);
      } else if (!open) {
        window.set_before(last_of(one, kind == Kind::kCounter));
      }
    } else {
      const Sample& sample = evidence.samples[s++];
      if (enter(sample.time)) {
        window.add(sample);
      } else if (!open && !std::isnan(sample.value)) {
        window.set_before(sample);
      }
    }
  }
  close();
  return answers;
}

}  // namespace headroom::store
