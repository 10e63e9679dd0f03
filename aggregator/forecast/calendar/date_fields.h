// On which days an entry of a calendar's file holds; private to this folder.
#pragma once

#include "aggregator/forecast/calendar/rules.h"
#include "aggregator/forecast/calendar/yaml_fields.h"

namespace headroom::forecast {

// The keys that read_dates() knows; every entry with days takes them besides its own.
#define HEADROOM_DATE_KEYS                                                               \
  "date", "dates", "weekday", "day_of_month", "easter", "month", "months", "shift_days", \
      "only_on", "from", "until"

// One of: `date` (2026-12-24, or 12-24 every year), `dates` (a list of these), `weekday` ("third
// friday"), `day_of_month` (1 … 31 or last), `easter` (days after Easter Sunday); the middle two in
// `month` or `months`, else in every month. Complains of anything else.
Dates read_dates(const Fields& fields);

}  // namespace headroom::forecast
