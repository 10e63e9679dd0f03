#include "aggregator/forecast/calendar/maker.h"

#include <algorithm>

namespace headroom::forecast {
namespace {

// How far a holiday or an event is moved at most.
constexpr CivilDay kMoveMax = 31;
constexpr std::size_t kNames = 60'000;

bool is_range_ok(const SessionMinutes& session) {
  return session.open >= kMinuteLeast && session.close <= kMinuteMost &&
         session.open < session.close;
}

// The minute of the local day as a minute strictly within the sessions, where it may lie on the
// evening before or the morning after; `kAsUsual` where it does not.
int within(std::span<const SessionMinutes> sessions, int minute) {
  for (const int shift : {0, -1440, 1440}) {
    const int shifted = minute + shift;
    if (shifted > sessions.front().open && shifted < sessions.back().close) return shifted;
  }
  return ShortDay::kAsUsual;
}

}  // namespace

Result<Calendar> Calendar::make(CalendarRules rules) { return Maker(std::move(rules)).make(); }

Calendar::Maker::Maker(CalendarRules rules)
    : rules_(std::move(rules)),
      count_(static_cast<std::size_t>(civil_day(kLastYear, 12, 31)) + 1),
      closed_(count_, 0) {
  tables_.name = rules_.name;
  tables_.about = rules_.about;
  tables_.zone = rules_.zone;
  tables_.days.resize(count_);
  for (const Event& event : rules_.events) tables_.event_names.push_back(event.name);
}

Result<Calendar> Calendar::Maker::make() {
  if (auto done = check(); !done) return fail(done.error());
  close_holidays();
  if (auto done = shorten(); !done) return fail(done.error());
  if (auto done = open_sessions(); !done) return fail(done.error());
  mark_events();
  std::sort(tables_.named_days.begin(), tables_.named_days.end());
  return Calendar(std::make_shared<const Tables>(std::move(tables_)));
}

Status Calendar::Maker::check() const {
  const auto wrong = [&](const std::string& problem) {
    return fail(ErrorCode::kInvalidArgument, "calendar " + rules_.name + ": " + problem);
  };
  if (rules_.events.size() > kEvents)
    return wrong("more than " + std::to_string(kEvents) + " kinds of events");
  if (rules_.holidays.size() + rules_.short_days.size() > kNames)
    return wrong("more than " + std::to_string(kNames) + " holidays and short days");
  auto names = tables_.event_names;
  std::sort(names.begin(), names.end());
  const auto twice = std::adjacent_find(names.begin(), names.end());
  if (twice != names.end()) return wrong("the event '" + *twice + "' stands twice");
  for (const WeeklyHours& hours : rules_.hours) {
    for (const auto& sessions : hours.of_weekday) {
      if (sessions.size() > kSessionsPerDay)
        return wrong("more than " + std::to_string(kSessionsPerDay) + " sessions on one day");
      if (!std::all_of(sessions.begin(), sessions.end(), is_range_ok))
        return wrong("a session that ends before it begins, or more than a day away");
    }
  }
  return {};
}

std::span<const SessionMinutes> Calendar::Maker::hours_of(CivilDay day) const {
  for (auto hours = rules_.hours.rbegin(); hours != rules_.hours.rend(); ++hours) {
    if (hours->since <= day) return hours->of_weekday[weekday_of(day)];
  }
  return {};
}

bool Calendar::Maker::is_off(CivilDay day) const {
  return !in_range(day) || closed_[static_cast<std::size_t>(day)] != 0 || hours_of(day).empty();
}

std::vector<CivilDay> Calendar::Maker::all(const Dates& dates) const {
  std::vector<CivilDay> days = dates.days;
  for (const DayRule& rule : dates.rules) {
    // A holiday may be kept in the year before or after its own.
    for (int year = kFirstYear - 1; year <= kLastYear + 1; ++year) append_days(rule, year, days);
  }
  return days;
}

Error Calendar::Maker::on_day(CivilDay day, const std::string& problem) const {
  return {ErrorCode::kInvalidArgument,
          "calendar " + rules_.name + ": on " + format_civil_day(day) + " " + problem};
}

std::size_t Calendar::Maker::name_index(const std::string& name) {
  const auto found = std::find(tables_.names.rbegin(), tables_.names.rend(), name);
  if (found != tables_.names.rend())
    return static_cast<std::size_t>(tables_.names.rend() - found) - 1;
  tables_.names.push_back(name);
  return tables_.names.size() - 1;
}

void Calendar::Maker::close(CivilDay day, std::size_t name, bool moved) {
  if (is_off(day)) return;
  if (moved) name = name_index(tables_.names[name] + " (observed)");
  closed_[static_cast<std::size_t>(day)] = static_cast<std::uint16_t>(name + 1);
  tables_.named_days.emplace_back(day, name);
}

void Calendar::Maker::close_holidays() {
  std::vector<Moved> moved;
  for (const Holiday& holiday : rules_.holidays) {
    const std::size_t name = name_index(holiday.name);
    for (const CivilDay day : all(holiday.dates)) {
      const unsigned weekday = weekday_of(day);
      CivilDay kept = day;
      switch (holiday.observed) {
        case Observed::kAsItIs:
          break;
        case Observed::kNearestWeekday:
          kept = weekday == 6 ? day - 1 : (weekday == 0 ? day + 1 : day);
          break;
        case Observed::kSundayToMonday:
          kept = weekday == 0 ? day + 1 : day;
          break;
        case Observed::kNextFreeDay:
          if (in_range(day) && hours_of(day).empty()) moved.push_back({day, name});
          break;
        case Observed::kSundayToNextFree:
          if (weekday == 0) moved.push_back({day, name});
          break;
      }
      close(kept, name, kept != day);
    }
  }
  // Only now is it known which days are free.
  std::stable_sort(moved.begin(), moved.end(),
                   [](const Moved& a, const Moved& b) { return a.day < b.day; });
  for (const Moved& holiday : moved) {
    CivilDay day = holiday.day + 1;
    while (is_off(day) && day < holiday.day + kMoveMax) ++day;
    close(day, holiday.name, true);
  }
}

Status Calendar::Maker::shorten() {
  for (const ShortDay& shorter : rules_.short_days) {
    const std::size_t name = name_index(shorter.name);
    for (const CivilDay day : all(shorter.dates)) {
      if (is_off(day)) continue;
      const auto hours = hours_of(day);
      Cut cut{shorter.open, shorter.close, name};
      for (int* minute : {&cut.open, &cut.close}) {
        if (*minute == ShortDay::kAsUsual) continue;
        *minute = within(hours, *minute);
        if (*minute == ShortDay::kAsUsual)
          return fail(on_day(day, "'" + shorter.name + "' lies outside of the day's sessions"));
      }
      cuts_.emplace_back(day, cut);
    }
  }
  // Of two on one day the first in the rules counts.
  std::stable_sort(cuts_.begin(), cuts_.end(),
                   [](const auto& a, const auto& b) { return a.first < b.first; });
  cuts_.erase(std::unique(cuts_.begin(), cuts_.end(),
                          [](const auto& a, const auto& b) { return a.first == b.first; }),
              cuts_.end());
  return {};
}

Status Calendar::Maker::open_sessions() {
  for (std::size_t i = 0; i < count_; ++i) {
    if (auto done = open_day(static_cast<CivilDay>(i)); !done) return done;
  }
  return {};
}

Status Calendar::Maker::open_day(CivilDay day) {
  if (is_off(day)) return {};
  const auto cut =
      std::lower_bound(cuts_.begin(), cuts_.end(), day,
                       [](const auto& one, CivilDay wanted) { return one.first < wanted; });
  const bool is_short = cut != cuts_.end() && cut->first == day;
  const auto to_utc = [&](int minute) {
    return rules_.zone.to_utc(std::int64_t{day} * (kDayMs / 1000) + minute * 60) * 1000;
  };
  const std::size_t before = tables_.sessions.size();
  for (SessionMinutes minutes : hours_of(day)) {
    if (is_short && cut->second.open != ShortDay::kAsUsual)
      minutes.open = std::max(minutes.open, cut->second.open);
    if (is_short && cut->second.close != ShortDay::kAsUsual)
      minutes.close = std::min(minutes.close, cut->second.close);
    if (minutes.open >= minutes.close) continue;
    const Session session{to_utc(minutes.open), to_utc(minutes.close)};
    // The whole session lies in an hour that daylight saving skips.
    if (session.open >= session.close) continue;
    if (!tables_.sessions.empty() && session.open < tables_.sessions.back().close)
      return fail(on_day(day, "a session begins before the one before it has ended"));
    tables_.sessions.push_back(session);
    tables_.named_for.push_back(day);
  }
  if (tables_.sessions.size() == before) return {};
  tables_.days[static_cast<std::size_t>(day)].type = is_short ? DayType::kHalf : DayType::kFull;
  if (is_short) tables_.named_days.emplace_back(day, cut->second.name);
  return {};
}

void Calendar::Maker::mark_events() {
  for (std::size_t i = 0; i < rules_.events.size(); ++i) {
    for (const CivilDay day : all(rules_.events[i].dates)) mark(i, day, rules_.events[i].if_closed);
  }
}

void Calendar::Maker::mark(std::size_t event, CivilDay day, IfClosed if_closed) {
  const auto is_closed = [&] {
    return in_range(day) && tables_.days[static_cast<std::size_t>(day)].type == DayType::kClosed;
  };
  if (if_closed != IfClosed::kStay && is_closed()) {
    if (if_closed == IfClosed::kLeaveOut) return;
    const CivilDay step = if_closed == IfClosed::kPreviousSession ? -1 : 1;
    for (CivilDay moved = 0; moved < kMoveMax && is_closed(); ++moved) day += step;
    if (is_closed()) return;
  }
  if (!in_range(day)) return;
  auto& events = tables_.days[static_cast<std::size_t>(day)].events;
  events = static_cast<std::uint16_t>(events | 1u << event);
}

}  // namespace headroom::forecast
