// Random forest for regression (Breiman 2001): trees grown on bootstrap samples, each split chosen
// among a random third of the features. The forest's answer is the median of its trees' instead of
// their mean: one burst sits in the leaves of few trees (Roy & Larocque 2012).
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace headroom::forecast {

struct ForestOptions {
  std::size_t trees = 60;  // 1 … kForestTrees
  std::size_t depth = 12;
  std::size_t min_leaf = 5;   // observations
  std::uint64_t seed = 2001;  // of bootstrap and features; same seed, same forest
};

inline constexpr std::size_t kForestBins = 64;  // per feature: quantiles where it has more values
inline constexpr std::size_t kForestTrees = 500;

class Forest {
 public:
  // `matrix`: targets.size() × columns, row after row, all finite. Splits are sought between
  // kForestBins quantiles of each feature, by histograms of the targets, so that a level of a tree
  // costs O(rows × features). At most 4 billion nodes in all.
  Forest(std::span<const double> matrix, std::size_t columns, std::span<const double> targets,
         const ForestOptions& options);

  double predict(std::span<const double> row) const;

 private:
  struct Node {
    double threshold = 0;  // left where the feature is at most this
    double value = 0;      // of a leaf
    std::uint32_t feature = 0;
    std::uint32_t right = 0;  // the left child follows its parent; 0: a leaf
  };
  friend class TreeGrower;

  std::vector<Node> nodes_;
  std::vector<std::uint32_t> roots_;
};

}  // namespace headroom::forecast
