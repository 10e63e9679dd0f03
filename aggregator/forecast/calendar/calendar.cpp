#include "aggregator/forecast/calendar/calendar.h"

#include <algorithm>

#include "aggregator/forecast/calendar/tables.h"

namespace headroom::forecast {

const std::string& Calendar::name() const { return tables_->name; }
const std::string& Calendar::about() const { return tables_->about; }
const TimeZone& Calendar::zone() const { return tables_->zone; }
std::span<const std::string> Calendar::event_names() const { return tables_->event_names; }

std::string Calendar::event_list(std::uint16_t events, std::string_view separator) const {
  std::string list;
  for (std::size_t i = 0; i < tables_->event_names.size(); ++i) {
    if ((events >> i & 1) == 0) continue;
    if (!list.empty()) list += separator;
    list += tables_->event_names[i];
  }
  return list;
}

std::vector<Day> Calendar::days(CivilDay from, CivilDay to) const {
  const Tables& tables = *tables_;
  from = std::max(from, CivilDay{0});
  to = std::min(to, static_cast<CivilDay>(tables.days.size()) - 1);
  std::vector<Day> days;
  if (from > to) return days;
  days.reserve(static_cast<std::size_t>(to - from) + 1);
  const auto& named_for = tables.named_for;
  auto session = static_cast<std::size_t>(
      std::lower_bound(named_for.begin(), named_for.end(), from) - named_for.begin());
  auto named = std::lower_bound(tables.named_days.begin(), tables.named_days.end(),
                                std::pair<CivilDay, std::size_t>{from, 0});
  for (CivilDay day = from; day <= to; ++day) {
    const Tables::OfDay& known = tables.days[static_cast<std::size_t>(day)];
    std::size_t end = session;
    while (end < named_for.size() && named_for[end] == day) ++end;
    Day& shown = days.emplace_back();
    shown.day = day;
    shown.type = known.type;
    shown.events = known.events;
    shown.sessions = std::span(tables.sessions).subspan(session, end - session);
    session = end;
    if (named != tables.named_days.end() && named->first == day)
      shown.name = tables.names[(named++)->second];
  }
  return days;
}

}  // namespace headroom::forecast
