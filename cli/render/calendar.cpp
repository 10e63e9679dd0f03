// Days of a calendar.
#include <array>

#include "aggregator/forecast/calendar/civil_day.h"
#include "cli/csv.h"
#include "cli/render/parts.h"
#include "cli/render/render.h"
#include "cli/table.h"
#include "cli/text_width.h"
#include "common/base/text.h"

namespace headroom::cli {
namespace {

// "Wed" of the date at the front of a text; empty where there is none.
std::string weekday_of(std::string_view text) {
  constexpr std::array kWeekdays{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  const auto day = forecast::parse_civil_day(text.substr(0, 10));
  return day ? kWeekdays[forecast::weekday_of(*day)] : "";
}

// "09:30" of an RFC 3339 time, with the weekday where it is on another day than `date`.
std::string clock_time(const std::string& time, const std::string& date) {
  if (time.size() < 16) return "";
  const std::string clock = time.substr(11, 5);
  return time.starts_with(date) ? clock : weekday_of(time) + " " + clock;
}

std::string span_text(const std::string& open, const std::string& close, const std::string& date) {
  // The end of a session that begins on another day is on the day itself, and the reverse.
  return clock_time(open, date) + "–" + clock_time(close, date);
}

std::string sessions_text(const Json& day, const std::string& date) {
  std::vector<std::string> spans;
  for (const Json& session : list_at(day, "sessions"))
    spans.push_back(span_text(text_at(session, "open"), text_at(session, "close"), date));
  return join(spans, ", ");
}

std::string utc_text(const Json& day, const std::string& date) {
  if (list_at(day, "sessions").empty()) return "";
  return span_text(text_at(day, "open_utc"), text_at(day, "close_utc"), date);
}

std::string events_text(const Json& day, std::string_view separator) {
  std::vector<std::string> events;
  for (const Json& event : list_at(day, "events")) {
    if (event.is_string()) events.push_back(clean(event.get<std::string>()));
  }
  return join(events, separator);
}

// Why the day is as it is, and what else is on.
std::string remark(const Json& day) {
  const std::string name = text_at(day, "name");
  const std::string events = events_text(day, ", ");
  return name.empty() || events.empty() ? name + events : name + "; " + events;
}

Tone tone_of(const std::string& session) {
  if (session == "closed") return Tone::kFaint;
  return session == "half" ? Tone::kNotice : Tone::kPlain;
}

std::string summary(const Json& answer, const Look& look) {
  double full = 0;
  double half = 0;
  double closed = 0;
  for (const Json& day : list_at(answer, "days")) {
    const std::string session = text_at(day, "session");
    (session == "full" ? full : session == "half" ? half : closed) += 1;
  }
  const std::string about = text_at(answer, "about");
  std::string text = paint(text_at(answer, "name"), Tone::kStrong, look.colour);
  if (!about.empty()) text += ": " + about;
  text += "\n" + counted(full, "full day") + ", " + counted(half, "half day") + ", " +
          counted(closed, "day") + " closed";
  return text + "; times of " + text_at(answer, "zone") + " and UTC.\n\n";
}

}  // namespace

std::string calendar_table(const Json& answer, const Look& look) {
  Table table({{"DATE", Align::kLeft, 9, 10},
               {"DAY", Align::kLeft, 8, 3},
               {"SESSION", Align::kLeft, 9, 7},
               {"LOCAL TIME", Align::kLeft, 7, 11},
               {"UTC", Align::kLeft, 3, 11, true},
               {"WHAT", Align::kLeft, 5, 12}});
  for (const Json& day : list_at(answer, "days")) {
    const std::string date = text_at(day, "date");
    const std::string session = text_at(day, "session");
    const Tone tone = tone_of(session);
    // An ordinary weekend is quiet, a holiday is not.
    const Tone rest = tone == Tone::kNotice ? Tone::kPlain : tone;
    const Tone what = text_at(day, "name").empty() && session == "closed" ? rest : Tone::kPlain;
    table.add({Cell(date, rest), Cell(weekday_of(date), rest), Cell(session, tone),
               Cell(sessions_text(day, date), rest), Cell(utc_text(day, date), rest),
               Cell(remark(day), what)});
  }
  return summary(answer, look) + table.render(look);
}

std::string calendar_csv(const Json& answer) {
  std::string text = csv_line({"date", "session", "open_utc", "close_utc", "events"});
  for (const Json& day : list_at(answer, "days")) {
    text += csv_line({text_at(day, "date"), text_at(day, "session"), text_at(day, "open_utc"),
                      text_at(day, "close_utc"), events_text(day, ";")});
  }
  return text;
}

std::string calendars_table(const Json& answer, const Look& look) {
  Table table(
      {{"NAME", Align::kLeft, 9, 8}, {"ZONE", Align::kLeft, 6, 8}, {"WHAT", Align::kLeft, 5, 12}});
  for (const Json& item : list_at(answer, "items"))
    table.add({text_at(item, "name"), text_at(item, "zone"), text_at(item, "about")});
  return table.render(look);
}

std::string calendars_csv(const Json& answer) {
  return records_csv(list_at(answer, "items"), {"name", "zone", "about"});
}

}  // namespace headroom::cli
