// What the learning models see of a series: one row per point, made of what was known before it.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <span>
#include <vector>

#include "aggregator/forecast/model.h"
#include "aggregator/forecast/seasonal_changes.h"

namespace headroom::forecast {

// The target is the change against the season before (seasonal_changes.h); without a season,
// against the point before. A row holds changes at several lags, means over the last season and the
// longest lag, where the point a season before stands in the usual range, the phase in each season,
// and, with a calendar, the day's type, whether it is open and its events, now and a season before.
// The newest kLagRows points are learnt from.
//
// Keeps a reference to the series' slots; everything else is copied.
class LagFeatures {
 public:
  // None where fewer than kLagRowsMin rows can be made. `steps`: of the path that will be asked
  // for.
  static std::optional<LagFeatures> make(const Series& series, std::size_t steps);

  std::size_t rows() const { return targets_.size(); }
  std::size_t columns() const { return columns_; }
  // rows() × columns(), row after row.
  std::span<const double> matrix() const { return matrix_; }
  std::span<const double> targets() const { return targets_; }

  // Forecasts by recursion: `predict` gives the change for a row, which, held within bounds,
  // becomes a lag of the rows after it. False where an answer is not finite.
  bool run(const std::function<double(std::span<const double> row)>& predict,
           std::span<double> path) const;

 private:
  LagFeatures(SeasonalChanges changes, std::vector<std::size_t> lags);
  void fill(std::size_t lost);  // rows, all but the first `lost` points
  // `sums`: of the changes up to each point, one longer than they are.
  void fill_row(std::size_t t, const SeasonalChanges& changes, std::span<const double> sums,
                std::span<double> row) const;

  SeasonalChanges changes_;
  std::vector<std::size_t> lags_;
  std::vector<std::size_t> periods_;
  std::span<const Slot> slots_;  // of the first point kept on; empty without a calendar
  unsigned events_ = 0;          // bits that occur
  std::size_t offset_ = 0;       // of the first point kept, in the series: keeps phases
  std::size_t columns_ = 0;
  double mean_level_ = 0;
  std::vector<double> sums_;
  std::vector<double> matrix_;
  std::vector<double> targets_;
};

inline constexpr std::size_t kLagRows = 2016;  // 12 weeks of hours
inline constexpr std::size_t kLagRowsMin = 24;

}  // namespace headroom::forecast
