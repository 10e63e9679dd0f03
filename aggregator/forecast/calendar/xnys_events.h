// Events of XNYS that follow no rule.
#pragma once

#include <vector>

#include "aggregator/forecast/calendar/civil_day.h"

namespace headroom::forecast {

// The days on which the Federal Open Market Committee announces its decision, 2015 to 2027, those
// of 2027 as announced and not yet confirmed. Sources: the Federal Reserve's releases for 2025 to
// 2027; before, public lists that were compared with each other. The meeting of March 2020 was
// called off.
std::vector<CivilDay> fomc_decisions();

// Decisions between meetings.
std::vector<CivilDay> fomc_unscheduled();

}  // namespace headroom::forecast
