// Works a calendar's rules out, day by day; private to this folder.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "aggregator/forecast/calendar/tables.h"

namespace headroom::forecast {

class Calendar::Maker {
 public:
  explicit Maker(CalendarRules rules);
  Result<Calendar> make();

 private:
  struct Cut {
    int open = ShortDay::kAsUsual;
    int close = ShortDay::kAsUsual;
    std::size_t name = 0;
  };
  // A holiday that falls on a day off and is kept on the next free one.
  struct Moved {
    CivilDay day = 0;
    std::size_t name = 0;
  };

  Status check() const;
  void close_holidays();
  void close(CivilDay day, std::size_t name, bool moved);
  Status shorten();
  Status open_sessions();
  Status open_day(CivilDay day);
  void mark_events();
  void mark(std::size_t event, CivilDay day, IfClosed if_closed);

  std::span<const SessionMinutes> hours_of(CivilDay day) const;
  bool in_range(CivilDay day) const { return day >= 0 && static_cast<std::size_t>(day) < count_; }
  bool is_off(CivilDay day) const;
  std::vector<CivilDay> all(const Dates& dates) const;
  Error on_day(CivilDay day, const std::string& problem) const;
  std::size_t name_index(const std::string& name);

  CalendarRules rules_;
  Tables tables_;
  std::size_t count_ = 0;
  std::vector<std::uint16_t> closed_;  // 1 + index in names, or 0
  std::vector<std::pair<CivilDay, Cut>> cuts_;
};

}  // namespace headroom::forecast
