#include "cli/offline/grid.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <numeric>
#include <optional>

#include "common/base/text.h"

namespace headroom::cli {
namespace {

using std::chrono::milliseconds;

constexpr std::int64_t kDay = 86'400'000;
constexpr std::int64_t kMonth = 2'629'800'000;  // 30.4375 days
constexpr std::int64_t kShortestMonth = 28 * kDay - 3'600'000;
constexpr std::int64_t kPhaseWidth = 4;  // of a step, on either side of its commonest place
constexpr double kSnap = 0.1;            // of a usual length of time
constexpr std::array<std::int64_t, 22> kUsual{
    1'000,      2'000,      5'000,      10'000,     15'000,     20'000,     30'000,    60'000,
    120'000,    300'000,    600'000,    900'000,    1'200'000,  1'800'000,  3'600'000, 7'200'000,
    10'800'000, 14'400'000, 21'600'000, 43'200'000, 86'400'000, 604'800'000};

struct CivilDay {
  std::int64_t month = 0;  // from the year 0
  unsigned day = 0;
  unsigned last = 0;  // of the month
  std::int64_t ms = 0;
};

CivilDay civil(UnixMs time) {
  const std::int64_t days = time >= 0 ? time / kDay : -((-time + kDay - 1) / kDay);
  const std::chrono::year_month_day date{std::chrono::sys_days(std::chrono::days(days))};
  const auto last = (date.year() / date.month() / std::chrono::last).day();
  return {static_cast<std::int64_t>(static_cast<int>(date.year())) * 12 +
              static_cast<std::int64_t>(static_cast<unsigned>(date.month())) - 1,
          static_cast<unsigned>(date.day()), static_cast<unsigned>(last), time - days * kDay};
}

// The same day, or the month's last where it has no such day.
UnixMs in_month(std::int64_t month, unsigned day, std::int64_t ms) {
  const std::chrono::year year(static_cast<int>(month / 12));
  const std::chrono::month of(static_cast<unsigned>(month % 12) + 1);
  const auto last = static_cast<unsigned>((year / of / std::chrono::last).day());
  const std::chrono::year_month_day date{year, of, std::chrono::day(std::min(day, last))};
  return std::chrono::sys_days(date).time_since_epoch().count() * kDay + ms;
}

// The day that a monthly series stands for. Midnight of another time zone, or a month's last day,
// shows only after a shift.
struct Monthly {
  std::int64_t shift = 0;
  unsigned day = 0;
  unsigned months = 0;
};

std::optional<Monthly> monthly(std::span<const UnixMs> times) {
  if (times.size() < 2) return std::nullopt;
  for (std::size_t i = 1; i < times.size(); ++i) {
    if (times[i] - times[i - 1] < kShortestMonth) return std::nullopt;
  }
  for (const std::int64_t shift : {std::int64_t{0}, kDay / 2, kDay}) {
    unsigned day = 0;
    for (const UnixMs time : times) day = std::max(day, civil(time + shift).day);
    std::int64_t months = 0;
    std::int64_t before = 0;
    bool same = true;
    for (std::size_t i = 0; same && i < times.size(); ++i) {
      const CivilDay at = civil(times[i] + shift);
      same = at.day == std::min(day, at.last);
      if (i > 0) months = std::gcd(months, at.month - before);
      before = at.month;
    }
    if (same && months > 0) return Monthly{shift, day, static_cast<unsigned>(months)};
  }
  return std::nullopt;
}

// In [0, divisor).
std::int64_t remainder_of(std::int64_t number, std::int64_t divisor) {
  return (number % divisor + divisor) % divisor;
}

struct Step {
  std::int64_t ms = 0;
  bool regular = true;  // most differences agree with it
};

// Differences of ascending times.
Step step_of(std::vector<std::int64_t> differences) {
  std::sort(differences.begin(), differences.end());
  std::size_t most = 0;
  Step step;
  for (std::size_t i = 0; i < differences.size();) {
    std::size_t end = i;
    while (end < differences.size() && differences[end] == differences[i]) ++end;
    if (end - i > most) {
      most = end - i;
      step.ms = differences[i];
    }
    i = end;
  }
  if (2 * most >= differences.size()) return step;
  step = {differences[differences.size() / 2], false};
  for (const std::int64_t usual : kUsual) {
    const auto off = static_cast<double>(std::abs(step.ms - usual));
    if (off <= kSnap * static_cast<double>(usual)) step.ms = usual;
  }
  return step;
}

std::vector<std::int64_t> differences_of(std::span<const UnixMs> times) {
  std::vector<std::int64_t> differences(times.size());
  std::adjacent_difference(times.begin(), times.end(), differences.begin());
  differences.erase(differences.begin());
  return differences;
}

// The commonest place of the times within a step, if most of them lie about it: the median on the
// circle that a step is, cut where it is emptiest.
std::optional<std::int64_t> common_phase(std::span<const UnixMs> times, std::int64_t step) {
  std::vector<std::int64_t> phases;
  phases.reserve(times.size());
  for (const UnixMs time : times) phases.push_back(remainder_of(time, step));
  std::sort(phases.begin(), phases.end());
  std::int64_t widest = phases.front() + step - phases.back();
  std::size_t cut = 0;
  for (std::size_t i = 1; i < phases.size(); ++i) {
    if (phases[i] - phases[i - 1] <= widest) continue;
    widest = phases[i] - phases[i - 1];
    cut = i;
  }
  const std::int64_t middle = phases[(cut + (phases.size() - 1) / 2) % phases.size()];
  const auto about = std::count_if(phases.begin(), phases.end(), [&](std::int64_t phase) {
    const std::int64_t away = std::abs(phase - middle);
    return std::min(away, step - away) <= step / kPhaseWidth;
  });
  if (2 * about <= static_cast<std::ptrdiff_t>(phases.size())) return std::nullopt;
  return middle;
}

// The slot nearest to the first row.
UnixMs start_of(std::span<const UnixMs> times, std::int64_t step) {
  const auto phase = common_phase(times, step);
  if (!phase) return times.front();
  std::int64_t ahead = remainder_of(*phase - times.front(), step);
  if (ahead > step / 2) ahead -= step;
  return times.front() + ahead;
}

std::string percent(std::size_t part, std::size_t whole) {
  const double share = 100 * static_cast<double>(part) / static_cast<double>(whole);
  return (share < 1 ? "less than 1" : std::to_string(std::lround(share))) + " %";
}

// Puts each row into its slot; several in one are averaged. False beyond the limit of slots.
class Filler {
 public:
  explicit Filler(GridSeries& grid) : grid_(grid) {}
  bool put(std::int64_t slot, double value) {
    if (slot >= static_cast<std::int64_t>(kGridSlotsMost)) return false;
    const auto at = static_cast<std::size_t>(slot);
    if (at < grid_.values.size()) {
      // Ascending times: only the newest slot can be hit again.
      ++shared_;
      if (!std::isnan(value)) {
        ++count_;
        double& mean = grid_.values[at];
        mean = count_ == 1 ? value : mean + (value - mean) / static_cast<double>(count_);
      }
      return true;
    }
    grid_.values.resize(at, std::numeric_limits<double>::quiet_NaN());
    grid_.values.push_back(value);
    count_ = std::isnan(value) ? 0 : 1;
    return true;
  }
  std::size_t shared() const { return shared_; }

 private:
  GridSeries& grid_;
  std::size_t count_ = 0;   // known values in the newest slot
  std::size_t shared_ = 0;  // rows that fell into a slot already taken
};

}  // namespace

UnixMs GridSeries::time_of(std::size_t slot) const {
  if (months == 0) return start + static_cast<std::int64_t>(slot) * step.count();
  const CivilDay first = civil(start + month_shift);
  return in_month(first.month + static_cast<std::int64_t>(slot) * months, month_day, first.ms) -
         month_shift;
}

Result<GridSeries> to_grid(const SeriesFile& file, std::size_t series, GridOptions options,
                           milliseconds lone_step) {
  const auto rows = file.rows_of(series);
  std::vector<UnixMs> times;
  times.reserve(rows.size());
  for (const std::uint32_t row : rows) {
    const SeriesRow& at = file.rows[row];
    if (!times.empty() && at.time <= times.back()) {
      const std::string how = at.time == times.back() ? "has the time of an earlier row again: "
                                                      : "goes back in time: ";
      return fail(file.at_line(at.line, "series " + file.ids[series] + " " + how +
                                            format_time(at.time) +
                                            "; times must ascend within a series"));
    }
    times.push_back(at.time);
  }
  GridSeries grid;
  grid.id = file.ids[series];
  grid.start = times.front();
  const auto months = options.step.count() > 0 ? std::nullopt : monthly(times);
  Step step{options.step.count(), true};
  if (months) {
    grid.months = months->months;
    grid.month_day = months->day;
    grid.month_shift = months->shift;
    step.ms = kMonth * months->months;
  } else if (step.ms <= 0) {
    step = times.size() < 2 ? Step{lone_step.count(), true} : step_of(differences_of(times));
  }
  grid.step = milliseconds(step.ms);
  grid.step_found = step.regular;
  if (!months) grid.start = start_of(times, step.ms);
  Filler filler(grid);
  std::size_t off_grid = 0;
  for (std::size_t i = 0; i < times.size(); ++i) {
    const std::int64_t since = times[i] - grid.start;
    std::int64_t slot = (since + step.ms / 2) / step.ms;
    if (months) {
      slot = (civil(times[i] + months->shift).month - civil(times.front() + months->shift).month) /
             months->months;
    } else if (since != slot * step.ms) {
      ++off_grid;
    }
    const SeriesRow& row = file.rows[rows[i]];
    if (!filler.put(slot, row.value)) {
      return fail(ErrorCode::kLimitExceeded,
                  file.at_line(row.line, "series " + grid.id + " has one value every " +
                                             format_duration(grid.step) + ", and up to " +
                                             format_time(row.time) + " that is more than " +
                                             std::to_string(kGridSlotsMost) + " steps")
                      .message);
    }
  }
  grid.unknown = static_cast<std::size_t>(std::count_if(
      grid.values.begin(), grid.values.end(), [](double value) { return std::isnan(value); }));
  grid.shared = filler.shared();
  grid.empty = grid.values.size() - (times.size() - grid.shared);
  if (off_grid > 0) {
    grid.note = percent(off_grid, times.size()) + " of the rows lie off the grid of " +
                format_duration(grid.step) + " and were put to the nearest time" +
                (filler.shared() > 0 ? ", those that met there averaged" : "");
  }
  return grid;
}

std::vector<std::string> GridSeries::notes() const {
  std::vector<std::string> notes;
  const auto add = [&](const std::string& what) { notes.push_back(id + ": " + what); };
  const auto of = [](std::size_t part) { return std::to_string(part) + " of "; };
  if (empty > 0) add(of(empty) + std::to_string(values.size()) + " slots had no row");
  if (shared > 0) {
    add(of(shared) + std::to_string(values.size() - empty + shared) +
        " rows fell into the slot of another and were averaged");
  }
  if (!step_found) {
    add("fewer than half of the rows are equally far apart; taken is a step of " +
        format_duration(step) + ", --step sets another");
  }
  return notes;
}

milliseconds lone_step_of(const SeriesFile& file) {
  for (std::size_t i = 0; i < file.ids.size(); ++i) {
    const auto rows = file.rows_of(i);
    if (rows.size() < 2) continue;
    const std::int64_t step = file.rows[rows[1]].time - file.rows[rows[0]].time;
    if (step > 0) return milliseconds(step);
  }
  return std::chrono::hours(1);
}

}  // namespace headroom::cli
