#include "agent/spool/thin.h"

#include <cmath>
#include <optional>
#include <span>
#include <utility>

#include "common/base/limits.h"
#include "common/codec/column.h"

namespace headroom::agent {
namespace {

UnixMs minute_of(UnixMs time) { return time / kThinnedStepMs * kThinnedStepMs; }
UnixMs end_of(const ClosedBatch& batch) {
  return batch.start + static_cast<UnixMs>(batch.step_ms) * batch.steps;
}
std::uint64_t samples_of(const ClosedBatch& batch) {
  return static_cast<std::uint64_t>(batch.steps) * batch.layout->series.size();
}

// One series' value in each minute of a run. The minutes follow each other without a hole, because
// the batches do.
class MinuteColumn {
 public:
  MinuteColumn(Kind kind, UnixMs first_minute, std::size_t minutes)
      : kind_(kind), first_minute_(first_minute), sums_(minutes, 0), counts_(minutes, 0) {}

  void add(UnixMs time, double value) {
    if (is_missing(value)) return;
    const auto at = static_cast<std::size_t>((minute_of(time) - first_minute_) / kThinnedStepMs);
    if (kind_ == Kind::kCounter && counts_[at] > 0) return;
    sums_[at] += value;
    ++counts_[at];
  }

  // Minutes first … last - 1, encoded.
  void encode(std::size_t first, std::size_t last, std::string& out) const {
    std::vector<double> values;
    for (std::size_t i = first; i < last; ++i)
      values.push_back(counts_[i] == 0 ? missing_value() : rounded(sums_[i] / counts_[i]));
    codec::encode_column(values, out);
  }

 private:
  // A mean has more digits than what went into it; beyond a millionth of it they are noise, and
  // they would cost more bytes than the means save. Whole numbers stay what they are.
  static double rounded(double value) {
    if (value == std::trunc(value) || !std::isfinite(value)) return value;
    const double digits = 5 - std::floor(std::log10(std::abs(value)));
    if (digits <= 0) return std::round(value);
    const double scale = std::pow(10.0, std::min(digits, 15.0));
    return std::round(value * scale) / scale;
  }

  Kind kind_;
  UnixMs first_minute_;
  std::vector<double> sums_;
  std::vector<std::uint32_t> counts_;
};

// Items that can become one series of minutes.
bool continues(const Backlog::Item& before, const Backlog::Item& item) {
  return before.batch && item.batch && before.batch->layout == item.batch->layout &&
         before.batch->step_ms == item.batch->step_ms &&
         end_of(*before.batch) == item.batch->start &&
         before.last_sequence + 1 == item.first_sequence;
}

// Nothing where a column is not to be read.
std::optional<std::vector<MinuteColumn>> minutes_of(std::span<const Backlog::Item> run) {
  const UnixMs first = minute_of(run.front().batch->start);
  const ClosedBatch& newest = *run.back().batch;
  const UnixMs last = minute_of(end_of(newest) - newest.step_ms);
  const auto minutes = static_cast<std::size_t>((last - first) / kThinnedStepMs + 1);
  std::vector<MinuteColumn> columns;
  for (const Series& series : newest.layout->series)
    columns.emplace_back(series.kind, first, minutes);
  std::vector<double> values;
  for (const Backlog::Item& item : run) {
    const ClosedBatch& batch = *item.batch;
    codec::Bytes rest = codec::as_bytes(batch.columns);
    values.resize(batch.steps);
    for (MinuteColumn& column : columns) {
      const auto taken = codec::decode_column(rest, values);
      if (!taken) return std::nullopt;
      rest = rest.subspan(*taken);
      for (std::size_t i = 0; i < values.size(); ++i)
        column.add(batch.start + static_cast<UnixMs>(batch.step_ms * i), values[i]);
    }
  }
  return columns;
}

Backlog::Item minute_item(std::uint64_t sequence, const LayoutPtr& layout, UnixMs start,
                          const std::vector<MinuteColumn>& columns, std::size_t first,
                          std::size_t last) {
  Backlog::Item item;
  item.first_sequence = item.last_sequence = sequence;
  item.attempts = 1;
  item.batch = ClosedBatch{layout,
                           start,
                           static_cast<std::uint32_t>(kThinnedStepMs),
                           static_cast<std::uint32_t>(last - first),
                           {}};
  for (const MinuteColumn& column : columns) column.encode(first, last, item.batch->columns);
  return item;
}

class Thinner {
 public:
  Thinned finish() && { return std::move(thinned_); }

  void add_run(std::span<Backlog::Item> run) {
    if (!run.front().batch || !add_minutes(run)) {
      for (Backlog::Item& item : run) thinned_.items.push_back(std::move(item));
    }
  }

 private:
  // False where it would not get smaller.
  bool add_minutes(std::span<const Backlog::Item> run) {
    const ClosedBatch& oldest = *run.front().batch;
    const ClosedBatch& newest = *run.back().batch;
    if (oldest.step_ms >= kThinnedStepMs) return false;
    const UnixMs first_minute = minute_of(oldest.start);
    const auto minutes = static_cast<std::size_t>(
        (minute_of(end_of(newest) - newest.step_ms) - first_minute) / kThinnedStepMs + 1);
    // Where the run begins within a minute, the rest of that minute is a batch of its own.
    const std::size_t alone = oldest.start == first_minute ? 0 : 1;
    const std::size_t batches = alone + (minutes > alone ? 1 : 0);
    std::uint64_t samples = 0;
    for (const Backlog::Item& item : run) samples += samples_of(*item.batch);
    const std::uint64_t kept = minutes * newest.layout->series.size();
    if (run.size() < batches || kept >= samples || minutes > limits::kBatchSteps) return false;
    const auto columns = minutes_of(run);
    if (!columns) return false;
    std::uint64_t sequence = run.back().last_sequence + 1 - batches;
    add_gap(run, sequence, samples - kept);
    if (alone > 0) {
      thinned_.items.push_back(
          minute_item(sequence++, newest.layout, oldest.start, *columns, 0, 1));
    }
    if (minutes > alone) {
      const UnixMs start = first_minute + kThinnedStepMs * static_cast<UnixMs>(alone);
      thinned_.items.push_back(
          minute_item(sequence, newest.layout, start, *columns, alone, minutes));
    }
    thinned_.samples_removed += samples - kept;
    return true;
  }

  // The sequences from the run's first to the one before `kept`.
  void add_gap(std::span<const Backlog::Item> run, std::uint64_t kept, std::uint64_t samples) {
    const std::uint64_t first = run.front().first_sequence;
    if (kept == first) return;
    Backlog::Item item;
    item.first_sequence = first;
    item.last_sequence = kept - 1;
    item.gap = {first,
                kept - 1,
                run.front().batch->start,
                end_of(*run.back().batch),
                samples,
                wire::GapReason::kThinned};
    thinned_.items.push_back(std::move(item));
  }

  Thinned thinned_;
};

}  // namespace

Thinned thin(std::vector<Backlog::Item> items) {
  Thinner thinner;
  std::span<Backlog::Item> rest(items);
  while (!rest.empty()) {
    std::size_t length = 1;
    while (length < rest.size() && continues(rest[length - 1], rest[length])) ++length;
    thinner.add_run(rest.first(length));
    rest = rest.subspan(length);
  }
  return std::move(thinner).finish();
}

}  // namespace headroom::agent
