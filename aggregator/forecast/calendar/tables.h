// What a calendar looks up; private to this folder.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "aggregator/forecast/calendar/calendar.h"
#include "aggregator/forecast/calendar/rules.h"

namespace headroom::forecast {

struct Calendar::Tables {
  struct OfDay {
    DayType type = DayType::kClosed;
    std::uint16_t events = 0;
  };
  std::string name;
  std::string about;
  TimeZone zone;
  std::vector<std::string> event_names;
  std::vector<OfDay> days;          // by civil day, from 1970-01-01 on
  std::vector<Session> sessions;    // ascending, without overlap
  std::vector<CivilDay> named_for;  // the day of each session
  std::vector<std::string> names;
  std::vector<std::pair<CivilDay, std::size_t>> named_days;  // ascending; index in `names`
};

}  // namespace headroom::forecast
