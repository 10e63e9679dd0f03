#include "aggregator/forecast/forest.h"

#include <algorithm>
#include <array>
#include <numeric>
#include <optional>

#include "aggregator/forecast/dice.h"
#include "aggregator/forecast/robust.h"

namespace headroom::forecast {
namespace {

// Every feature as the number of the bin it falls into.
struct Binned {
  std::vector<std::uint8_t> bins;          // columns × rows, column after column
  std::vector<std::vector<double>> edges;  // per column: bin b holds values up to edges[b]
};

Binned bin(std::span<const double> matrix, std::size_t columns, std::size_t rows) {
  Binned binned;
  binned.bins.resize(columns * rows);
  binned.edges.resize(columns);
  std::vector<double> sorted(rows);
  for (std::size_t c = 0; c < columns; ++c) {
    for (std::size_t r = 0; r < rows; ++r) sorted[r] = matrix[r * columns + c];
    std::sort(sorted.begin(), sorted.end());
    auto& edges = binned.edges[c];
    // Half way to the next value, so that a new one close by falls on the same side.
    const auto cut = [&](std::size_t after) {
      if (sorted[after] == sorted[after + 1]) return;
      const double edge = sorted[after] + (sorted[after + 1] - sorted[after]) / 2;
      if (edge < sorted[after + 1] && (edges.empty() || edge > edges.back())) edges.push_back(edge);
    };
    std::size_t distinct = 1;
    for (std::size_t r = 1; r < rows; ++r) distinct += sorted[r] != sorted[r - 1] ? 1 : 0;
    if (distinct <= kForestBins) {
      for (std::size_t r = 0; r + 1 < rows; ++r) cut(r);
    } else {
      for (std::size_t b = 1; b < kForestBins; ++b) {
        std::size_t r = b * rows / kForestBins - 1;
        while (r + 2 < rows && sorted[r] == sorted[r + 1]) ++r;
        if (r + 1 < rows) cut(r);
      }
    }
    for (std::size_t r = 0; r < rows; ++r) {
      const auto it = std::lower_bound(edges.begin(), edges.end(), matrix[r * columns + c]);
      binned.bins[c * rows + r] = static_cast<std::uint8_t>(it - edges.begin());
    }
  }
  return binned;
}

struct Split {
  std::size_t feature = 0;
  std::size_t bin = 0;  // up to it goes left
  double gain = 0;
};

}  // namespace

class TreeGrower {
 public:
  TreeGrower(const Binned& binned, std::span<const double> targets, const ForestOptions& options,
             std::vector<Forest::Node>& nodes)
      : binned_(binned),
        targets_(targets),
        options_(options),
        nodes_(nodes),
        dice_(options.seed),
        sample_(targets.size()),
        features_(binned.edges.size()) {
    std::iota(features_.begin(), features_.end(), std::size_t{0});
  }

  void grow() {
    for (std::uint32_t& row : sample_) row = dice_.below(targets_.size());
    // In the order of the rows, for the cache; the sample is the same.
    std::sort(sample_.begin(), sample_.end());
    grow(0, sample_.size(), 0);
  }

 private:
  struct Bin {
    double sum = 0;
    std::size_t count = 0;
  };

  void grow(std::size_t begin, std::size_t end, std::size_t depth) {
    const std::size_t node = nodes_.size();
    nodes_.emplace_back();
    double sum = 0;
    for (std::size_t i = begin; i < end; ++i) sum += targets_[sample_[i]];
    nodes_[node].value = sum / real(end - begin);
    if (depth >= options_.depth || end - begin < 2 * options_.min_leaf) return;
    const auto split = best_split(begin, end, sum);
    if (!split) return;
    const std::uint8_t* bins = &binned_.bins[split->feature * targets_.size()];
    const auto first = sample_.begin();
    const auto middle = std::stable_partition(
        first + static_cast<std::ptrdiff_t>(begin), first + static_cast<std::ptrdiff_t>(end),
        [&](std::uint32_t row) { return bins[row] <= split->bin; });
    const auto boundary = static_cast<std::size_t>(middle - first);
    nodes_[node].feature = static_cast<std::uint32_t>(split->feature);
    nodes_[node].threshold = binned_.edges[split->feature][split->bin];
    grow(begin, boundary, depth + 1);
    nodes_[node].right = static_cast<std::uint32_t>(nodes_.size());
    grow(boundary, end, depth + 1);
  }

  // The split that lowers the sum of squares most, among a third of the features.
  std::optional<Split> best_split(std::size_t begin, std::size_t end, double sum) {
    Split best;
    const std::size_t count = end - begin;
    const std::size_t tried = std::max<std::size_t>(features_.size() / 3, 1);
    const double base = sum * sum / real(count);
    for (std::size_t f = 0; f < tried; ++f) {
      std::swap(features_[f], features_[f + dice_.below(features_.size() - f)]);
      const std::size_t feature = features_[f];
      const std::size_t edges = binned_.edges[feature].size();
      if (edges == 0) continue;
      std::fill_n(histogram_.begin(), edges + 1, Bin{});
      const std::uint8_t* bins = &binned_.bins[feature * targets_.size()];
      for (std::size_t i = begin; i < end; ++i) {
        Bin& bin = histogram_[bins[sample_[i]]];
        bin.sum += targets_[sample_[i]];
        ++bin.count;
      }
      double left_sum = 0;
      std::size_t left = 0;
      for (std::size_t b = 0; b < edges; ++b) {
        left_sum += histogram_[b].sum;
        left += histogram_[b].count;
        if (left < options_.min_leaf) continue;
        if (count - left < options_.min_leaf) break;
        if (histogram_[b].count == 0) continue;
        const double right_sum = sum - left_sum;
        const double gain =
            left_sum * left_sum / real(left) + right_sum * right_sum / real(count - left) - base;
        if (gain > best.gain) best = {feature, b, gain};
      }
    }
    // What rounding alone would gain is no split.
    if (!(best.gain > 1e-12 * std::max(base, 1e-300))) return std::nullopt;
    return best;
  }

  const Binned& binned_;
  std::span<const double> targets_;
  const ForestOptions& options_;
  std::vector<Forest::Node>& nodes_;
  Dice dice_;
  std::vector<std::uint32_t> sample_;  // rows drawn, those of a node together
  std::vector<std::size_t> features_;
  std::array<Bin, kForestBins> histogram_{};
};

Forest::Forest(std::span<const double> matrix, std::size_t columns, std::span<const double> targets,
               const ForestOptions& options) {
  const Binned binned = bin(matrix, columns, targets.size());
  TreeGrower grower(binned, targets, options, nodes_);
  for (std::size_t t = 0; t < std::min(options.trees, kForestTrees); ++t) {
    roots_.push_back(static_cast<std::uint32_t>(nodes_.size()));
    grower.grow();
  }
}

double Forest::predict(std::span<const double> row) const {
  std::array<double, kForestTrees> answers;
  std::size_t count = 0;
  for (const std::uint32_t root : roots_) {
    std::uint32_t at = root;
    while (nodes_[at].right != 0) {
      at = row[nodes_[at].feature] <= nodes_[at].threshold ? at + 1 : nodes_[at].right;
    }
    answers[count++] = nodes_[at].value;
  }
  return median_inplace(std::span(answers).first(count));
}

}  // namespace headroom::forecast
