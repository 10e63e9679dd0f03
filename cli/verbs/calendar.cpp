// headroom calendar: without any aggregator.
#include <memory>

#include <CLI/CLI.hpp>

#include "aggregator/forecast/calendar/builtin.h"
#include "aggregator/forecast/calendar/calendar_file.h"
#include "cli/checks.h"
#include "cli/render/render.h"
#include "cli/verb.h"
#include "common/base/text.h"

namespace headroom::cli {
namespace {

using forecast::Calendar;
using forecast::CivilDay;

constexpr CivilDay kDaysShown = 14;  // where nobody says how many

struct Options {
  std::string name;
  std::string from;
  std::string to;
};

CivilDay today(const Calendar& calendar, const Session& session) {
  const std::int64_t local = calendar.zone().to_local(session.clock.unix_ms() / 1000);
  return static_cast<CivilDay>(local / 86'400);
}

const char* session_word(forecast::DayType type) {
  switch (type) {
    case forecast::DayType::kFull:
      return "full";
    case forecast::DayType::kHalf:
      return "half";
    case forecast::DayType::kClosed:
      break;
  }
  return "closed";
}

// RFC 3339 with the zone's offset: "2026-11-25T09:30:00-05:00".
std::string local_time(const TimeZone& zone, UnixMs time) {
  const std::int64_t offset_s = zone.offset_at(time / 1000);
  std::string text = format_time(time + offset_s * 1000);
  text.pop_back();
  const auto minutes = std::abs(offset_s) / 60;
  const auto two = [](std::int64_t number) {
    return (number < 10 ? "0" : "") + std::to_string(number);
  };
  return text + (offset_s < 0 ? "-" : "+") + two(minutes / 60) + ":" + two(minutes % 60);
}

Json day_json(const Calendar& calendar, const forecast::Day& day) {
  Json shown{{"date", forecast::format_civil_day(day.day)},
             {"session", session_word(day.type)},
             {"open_utc", nullptr},
             {"close_utc", nullptr}};
  Json sessions = Json::array();
  for (const forecast::Session& session : day.sessions) {
    sessions.push_back({{"open", local_time(calendar.zone(), session.open)},
                        {"close", local_time(calendar.zone(), session.close)}});
  }
  if (!day.sessions.empty()) {
    shown["open_utc"] = format_time(day.sessions.front().open);
    shown["close_utc"] = format_time(day.sessions.back().close);
  }
  shown["sessions"] = std::move(sessions);
  shown["name"] = day.name.empty() ? Json(nullptr) : Json(std::string(day.name));
  Json events = Json::array();
  for (std::size_t i = 0; i < calendar.event_names().size(); ++i) {
    if ((day.events >> i & 1) != 0) events.push_back(calendar.event_names()[i]);
  }
  shown["events"] = std::move(events);
  return shown;
}

Json calendar_json(const Calendar& calendar, CivilDay from, CivilDay to) {
  Json days = Json::array();
  for (const forecast::Day& day : calendar.days(from, to)) days.push_back(day_json(calendar, day));
  return {{"name", calendar.name()},
          {"about", calendar.about()},
          {"zone", calendar.zone().name()},
          {"days", std::move(days)}};
}

Status list_calendars(Session& session) {
  Json items = Json::array();
  for (const std::string& name : forecast::builtin_calendar_names()) {
    const Calendar& calendar = *forecast::find_builtin_calendar(name);
    items.push_back(
        {{"name", name}, {"about", calendar.about()}, {"zone", calendar.zone().name()}});
  }
  return show(session, {{"items", std::move(items)}}, {calendars_table, calendars_csv});
}

Status show_days(Session& session, const Options& options) {
  const auto calendar = forecast::open_calendar(options.name);
  if (!calendar) return fail(calendar.error());
  const auto given = [](const std::string& text, CivilDay otherwise) {
    return text.empty() ? otherwise : forecast::parse_civil_day(text).value_or(otherwise);
  };
  const CivilDay from = given(options.from, today(*calendar, session));
  const CivilDay to = given(options.to, from + kDaysShown - 1);
  return show(session, calendar_json(*calendar, from, to), {calendar_table, calendar_csv});
}

// Without --from it is today, where the calendar is.
Status check_end(const Options& options, const Calendar& calendar, const Session& session) {
  if (options.to.empty() || !options.from.empty()) return {};
  const CivilDay from = today(calendar, session);
  if (forecast::parse_civil_day(options.to).value_or(from) >= from) return {};
  return fail(ErrorCode::kInvalidArgument, "--to " + options.to + " lies before today, " +
                                               forecast::format_civil_day(from) +
                                               "; say --from, too");
}

Status check(const Options& options, const Session& session) {
  if (options.name.empty() && (!options.from.empty() || !options.to.empty()))
    return fail(ErrorCode::kInvalidArgument, "--from and --to need a calendar's NAME");
  if (!options.from.empty() && !options.to.empty() && options.from > options.to)
    return fail(ErrorCode::kInvalidArgument, "--from " + options.from + " lies behind --to");
  if (options.name.empty()) return {};
  const auto known = forecast::open_calendar(options.name);
  if (known) return check_end(options, *known, session);
  // What is wrong with a file is no matter of usage.
  if (forecast::is_calendar_path(options.name)) return {};
  return fail(known.error());
}

}  // namespace

void add_calendar(Commands& commands) {
  const auto options = std::make_shared<Options>();
  Command& verb = commands.add(
      "calendar", "open days, sessions in UTC and events of a market or an office; offline",
      {"headroom calendar XNYS", "headroom calendar XNYS --from 2026-11-23 --to 2026-12-31",
       "headroom calendar examples/calendars/xlon.yaml --from 2026-01-01 --to 2026-12-31 --format "
       "csv"});
  CLI::App& app = *verb.app;
  app.add_option("NAME", options->name,
                 "a built-in calendar, or the path of a YAML file; without, those built in are "
                 "listed");
  app.add_option("--from", options->from, "the first day (default today)")
      ->check(date_problem)
      ->type_name("DATE");
  app.add_option("--to", options->to, "the last day (default two weeks)")
      ->check(date_problem)
      ->type_name("DATE");
  verb.check = [options](const Session& session) { return check(*options, session); };
  verb.run = [options](Session& session) {
    return options->name.empty() ? list_calendars(session) : show_days(session, *options);
  };
}

}  // namespace headroom::cli
