#include "aggregator/api/rooms.h"
#include "aggregator/forecast/calendar/calendar.h"
#include "common/base/text.h"

namespace headroom::api {
namespace {

using forecast::Calendar;
using forecast::CivilDay;

constexpr CivilDay kDaysDefault = 31;
constexpr CivilDay kDaysMost = 20'000;

Json entry_json(const capacity::Calendars::Entry& entry) {
  return Json{{"name", entry.name},
              {"about", entry.about},
              {"zone", entry.zone},
              {"built_in", entry.built_in},
              {"error", entry.error.empty() ? Json() : Json(entry.error)}};
}

const char* session_word(forecast::DayType type) {
  if (type == forecast::DayType::kClosed) return "closed";
  return type == forecast::DayType::kHalf ? "half" : "full";
}

Json day_json(const Calendar& calendar, const forecast::Day& day) {
  Json sessions = Json::array();
  for (const forecast::Session& session : day.sessions)
    sessions.push_back({{"open_utc", time(session.open)}, {"close_utc", time(session.close)}});
  Json events = Json::array();
  for (std::size_t i = 0; i < calendar.event_names().size(); ++i) {
    if ((day.events >> i & 1) != 0) events.push_back(calendar.event_names()[i]);
  }
  const bool is_open = !day.sessions.empty();
  return Json{{"date", forecast::format_civil_day(day.day)},
              {"session", session_word(day.type)},
              {"open_utc", is_open ? time(day.sessions.front().open) : Json()},
              {"close_utc", is_open ? time(day.sessions.back().close) : Json()},
              {"sessions", std::move(sessions)},
              {"name", day.name.empty() ? Json() : Json(std::string(day.name))},
              {"events", std::move(events)}};
}

Result<CivilDay> date_of(const Call& call, const char* key, CivilDay otherwise) {
  if (!call.has(key)) return otherwise;
  const auto day = forecast::parse_civil_day(call.text(key));
  if (!day) return fail(day.error().within(key));
  return *day;
}

Result<Answer> show(const Calendar& calendar, const Call& call) {
  const std::int64_t local = calendar.zone().to_local(call.now / 1000);
  const auto from = date_of(call, "from", static_cast<CivilDay>(local / 86'400));
  if (!from) return fail(from.error());
  const auto to = date_of(call, "to", *from + kDaysDefault - 1);
  if (!to) return fail(to.error());
  if (*to < *from) return fail(ErrorCode::kInvalidArgument, "to: lies before from");
  if (*to - *from >= kDaysMost)
    return fail(ErrorCode::kLimitExceeded, "more than 20 000 days; ask for them in parts");
  Json days = Json::array();
  for (const forecast::Day& day : calendar.days(*from, *to))
    days.push_back(day_json(calendar, day));
  return Answer{200, Json{{"name", calendar.name()},
                          {"about", calendar.about()},
                          {"zone", calendar.zone().name()},
                          {"days", std::move(days)}}};
}

Result<Answer> put(const Rooms& rooms, const Call& call) {
  if (!call.body.is_object())
    return fail(ErrorCode::kInvalidArgument, "the body must be a JSON object: a calendar");
  // JSON is YAML; a line each, so that errors say where.
  const auto calendar =
      rooms.calendars.put(call.text("name"), call.body.dump(2) + "\n", call.dry_run);
  if (!calendar) return fail(calendar.error());
  return show(*calendar, call);
}

}  // namespace

void add_calendar_operations(Operations& operations, const Rooms& rooms) {
  operations.add(
      {"GET", "/api/v1/calendars", Access::kObserve, {"limit", "page"}, [&rooms](const Call& call) {
         Json items = Json::array();
         for (const auto& entry : rooms.calendars.list()) items.push_back(entry_json(entry));
         return paged(call, std::move(items));
       }});
  operations.add({"GET",
                  "/api/v1/calendars/{name}",
                  Access::kObserve,
                  {"from", "to"},
                  [&rooms](const Call& call) -> Result<Answer> {
                    const auto calendar = rooms.calendars.find(call.text("name"));
                    if (!calendar) return fail(calendar.error());
                    return show(*calendar, call);
                  }});
  operations.add(
      {"PUT", "/api/v1/calendars/{name}", Access::kOperate, {}, [&rooms](const Call& call) {
         return put(rooms, call);
       }});
}

}  // namespace headroom::api
