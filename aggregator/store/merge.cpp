#include "aggregator/store/merge.h"

#include <algorithm>
#include <numeric>

#include "common/codec/column.h"

namespace headroom::store {

Merger::Merger(std::vector<Piece> pieces) : pieces_(std::move(pieces)) {
  for (const Piece& piece : pieces_) {
    const std::size_t before = times_.size();
    for (const TimeRun& run : piece.runs) {
      for (std::size_t i = 0; i < run.count; ++i) times_.push_back(run.at(i));
    }
    counts_.push_back(times_.size() - before);
  }
  values_.resize(times_.size());
  const auto not_after = [](UnixMs a, UnixMs b) { return a >= b; };
  if (std::adjacent_find(times_.begin(), times_.end(), not_after) != times_.end()) order();
  kept_.resize(order_.size());
}

void Merger::order() {
  std::vector<std::size_t> sorted(times_.size());
  std::iota(sorted.begin(), sorted.end(), 0);
  std::stable_sort(sorted.begin(), sorted.end(),
                   [&](std::size_t a, std::size_t b) { return times_[a] < times_[b]; });
  std::vector<UnixMs> times;
  for (const std::size_t from : sorted) {
    if (!times.empty() && times.back() == times_[from]) {
      fallbacks_.emplace_back(order_.size() - 1, order_.back());
      order_.back() = from;  // of a later piece
      continue;
    }
    times.push_back(times_[from]);
    order_.push_back(from);
  }
  std::reverse(fallbacks_.begin(), fallbacks_.end());
  times_ = std::move(times);
}

Result<std::span<const double>> Merger::next() {
  std::size_t filled = 0;
  exponent_ = 0;
  for (std::size_t i = 0; i < pieces_.size(); ++i) {
    codec::Bytes& rest = pieces_[i].columns;
    const auto taken = codec::decode_column(rest, std::span(values_).subspan(filled, counts_[i]));
    if (!taken) return fail(taken.error());
    const auto exponent = codec::column_exponent(rest);
    const auto piece = std::span(values_).subspan(filled, counts_[i]);
    if (exponent && exponent_) {
      exponent_ = std::max(exponent_, exponent);
    } else if (!std::all_of(piece.begin(), piece.end(), is_missing)) {
      exponent_ = std::nullopt;
    }
    rest = rest.subspan(*taken);
    filled += counts_[i];
  }
  if (order_.empty()) return std::span<const double>(values_);
  for (std::size_t i = 0; i < kept_.size(); ++i) kept_[i] = values_[order_[i]];
  for (const auto& [index, from] : fallbacks_) {
    if (is_missing(kept_[index])) kept_[index] = values_[from];
  }
  return std::span<const double>(kept_);
}

}  // namespace headroom::store
