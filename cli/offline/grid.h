// Evenly spaced histories out of the rows of a file.
//
// The step is the most common difference between neighbours (the shortest of equally common ones);
// where less than half of the differences agree to the millisecond, it is their median, taken as
// the nearest usual length of time within a tenth. Times that are the same day of calendar months,
// or their last day, are steps of one, three, twelve … months, however long the months are. A
// slot's value is the mean of the rows nearest to it (UnixMs, milliseconds); slots without a row
// are unknown. Slots lie where most rows do (a first row that came late moves nothing), or begin
// with the first row where rows lie anywhere within a step.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "aggregator/forecast/forecast.h"
#include "cli/offline/series_file.h"

namespace headroom::cli {

struct GridSeries {
  std::string id;
  UnixMs start = 0;
  // Of calendar months their mean length, 30.4375 days each; always > 0.
  std::chrono::milliseconds step{0};
  // A step is so many calendar months; 0: it has a fixed length. Then slots lie on this day of
  // their month, or its last, once this much (milliseconds) is added to their time.
  unsigned months = 0;
  unsigned month_day = 0;
  std::int64_t month_shift = 0;
  std::vector<double> values;  // one per slot, NaN where unknown
  std::size_t unknown = 0;     // slots without a value
  std::size_t empty = 0;       // slots without a row
  std::size_t shared = 0;      // rows in a slot that another row was in before
  bool step_found = true;      // most rows are a step apart; else it is their median distance
  std::string note;            // what was done that a reader should know; mostly empty

  forecast::History history() const { return {values, start, step}; }
  // What was made of the rows, a line of each kind with the series' id: "web: 99 of 200 slots had
  // no row". Empty for rows that lie on their grid without a gap. Before the values are taken away.
  std::vector<std::string> notes() const;
  // When a slot begins, also after the last one; in months by the calendar.
  UnixMs time_of(std::size_t slot) const;
};

struct GridOptions {
  // Overrules the step that is found; rows then fall into the slots they are nearest to.
  std::chrono::milliseconds step{0};
};

inline constexpr std::size_t kGridSlotsMost = forecast::kMaxHistory;

// The series' rows must ascend in time: an error names the line of one that does not, or of one so
// far from its neighbour that the slots between are more than kGridSlotsMost (kLimitExceeded). A
// series of one row gets `lone_step`. Thread-safe for one file.
Result<GridSeries> to_grid(const SeriesFile& file, std::size_t series, GridOptions options,
                           std::chrono::milliseconds lone_step);

// The step of the first series with two rows, or an hour: what a single point is taken to stand
// for.
std::chrono::milliseconds lone_step_of(const SeriesFile& file);

}  // namespace headroom::cli
