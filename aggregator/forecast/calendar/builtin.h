// The calendars that are built in. A new one is a file with its rules and a line in builtin.cpp.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "aggregator/forecast/calendar/calendar.h"
#include "aggregator/forecast/calendar/rules.h"

namespace headroom::forecast {

std::vector<std::string> builtin_calendar_names();

// Null for a name that none has; names are upper case. Each is made once, at its first use.
const Calendar* find_builtin_calendar(std::string_view name);
const CalendarRules* find_builtin_rules(std::string_view name);

// The New York Stock Exchange, 09:30–16:00 America/New_York, by rules; it needs no tzdata.
//
// Closed days since 1970. New Year's Day (Sunday → Monday; on a Saturday it is not kept), Martin
// Luther King Jr. Day from 1998, Washington's Birthday, Good Friday, Memorial Day from 1971,
// Juneteenth from 2022, Independence Day, Labor Day, Election Day in the years of presidential
// elections to 1980, Thanksgiving Day, Christmas Day (Saturday → Friday, Sunday → Monday), and what
// was closed at short notice.
// Early closes since 1992, at 13:00 since 1993: the day after Thanksgiving from 1992, Christmas Eve
// Monday to Thursday (at 14:00 from 1990 to 1992), and around Independence Day from 1995: 3 July if
// it is a Monday, Tuesday or Thursday, and where 4 July is a Thursday the Friday after it until
// 2012, the Wednesday before it from 2013.
// Hours: 10:00–15:30 until 1974-09-30, 10:00–16:00 until 1985-09-29.
// Not known: openings that were late and closes that were early by minutes or hours because of the
// weather, congestion or a halt (1978, 1987, 1996, 1997 …); they count as full.
//
// Events: monthly_opex (third Friday, the session before where that is closed; from 1974; not in
// the months of quad_witching), quad_witching (the same in March, June, September and December;
// from 1983), fomc_decision and fomc_unscheduled (known for 2015–2027, those of 2027 as announced).
CalendarRules xnys_rules();

}  // namespace headroom::forecast
