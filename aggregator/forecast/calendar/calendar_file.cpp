#include "aggregator/forecast/calendar/calendar_file.h"

#include <algorithm>

#include "aggregator/forecast/calendar/builtin.h"
#include "aggregator/forecast/calendar/date_fields.h"
#include "aggregator/forecast/calendar/words.h"
#include "aggregator/forecast/calendar/yaml_fields.h"
#include "common/base/file.h"
#include "common/base/text.h"

namespace headroom::forecast {
namespace {

constexpr std::size_t kNameBytes = 64;
constexpr std::size_t kTextBytes = 200;

class FileReader {
 public:
  FileReader(Problems& problems, const ZoneLoader& zones) : problems_(problems), zones_(zones) {}

  CalendarRules read(const YAML::Node& root) {
    const Fields fields(root, "",
                        {"name", "about", "extends", "zone", "sessions", "named_for", "holidays",
                         "early_closes", "late_opens", "closures", "open_days", "events"},
                        problems_);
    read_base(fields);
    read_name(fields);
    if (fields.has("about")) rules_.about = free_text(fields, "about");
    if (!fields.has("extends")) {
      read_zone(fields);
      read_hours(fields);
    }
    for (const YAML::Node& node : fields.list("holidays")) read_holiday(node);
    for (const YAML::Node& node : fields.list("closures")) read_closure(node);
    for (const YAML::Node& node : fields.list("open_days")) read_open_day(node);
    std::vector<ShortDay> short_days;
    for (const YAML::Node& node : fields.list("early_closes"))
      read_short_day(node, "early_closes", "close", short_days);
    for (const YAML::Node& node : fields.list("late_opens"))
      read_short_day(node, "late_opens", "open", short_days);
    // The first that names a day counts: the file's before those of the calendar it extends.
    rules_.short_days.insert(rules_.short_days.begin(), short_days.begin(), short_days.end());
    for (const YAML::Node& node : fields.list("events")) read_event(node);
    return std::move(rules_);
  }

 private:
  void read_base(const Fields& fields) {
    const auto base = fields.text("extends");
    if (!base) return;
    const CalendarRules* rules = find_builtin_rules(*base);
    if (rules == nullptr) {
      fields.complain("extends", "'" + *base + "' is not built in; known are " +
                                     join(builtin_calendar_names(), ", "));
      return;
    }
    rules_ = *rules;
    for (const char* key : {"zone", "sessions", "named_for"}) {
      if (fields.has(key)) fields.complain(key, "comes from " + *base);
    }
  }

  void read_name(const Fields& fields) {
    const auto name = fields.text("name");
    if (!name) {
      if (!fields.has("name")) fields.complain("name", "is missing");
      return;
    }
    rules_.name = *name;
    if (!is_calendar_name(*name)) {
      fields.complain("name", "'" + *name + "' is not a name; write letters, digits, . _ - and " +
                                  std::to_string(kNameBytes) + " characters at most");
    } else if (find_builtin_rules(*name) != nullptr) {
      fields.complain("name", *name + " is built in; call this one otherwise, with extends: " +
                                  *name + " where it shall add to it");
    }
  }

  void read_zone(const Fields& fields) {
    const auto name = fields.text("zone");
    if (!name) {
      if (!fields.has("zone")) fields.complain("zone", "is missing; write for example UTC");
      return;
    }
    auto zone = zones_(*name);
    if (zone) {
      rules_.zone = std::move(*zone);
    } else {
      fields.complain("zone", zone.error().message);
    }
  }

  void read_hours(const Fields& fields) {
    const auto named_for = fields.text("named_for").value_or("opening");
    if (named_for != "opening" && named_for != "closing")
      fields.complain("named_for", "'" + named_for + "' is neither opening nor closing");
    named_for_closing_ = named_for == "closing";
    const auto node = fields.find("sessions");
    if (node && node->IsMap() && node->size() > 0) {
      rules_.hours.push_back(read_week(fields, *node));
    } else if (node && node->IsSequence()) {
      for (const YAML::Node& era : fields.list("sessions")) read_era(era);
    }
    if (rules_.hours.empty())
      fields.complain("sessions", "must say when it is open: monday-friday: 09:00-17:30");
  }

  // Hours that hold from a day on.
  void read_era(const YAML::Node& node) {
    const Fields fields(node, "sessions", {"since", "hours"}, problems_);
    const auto hours = fields.find("hours");
    if (!hours || !hours->IsMap()) {
      fields.complain("hours", "must say when it is open: monday-friday: 09:00-17:30");
      return;
    }
    WeeklyHours week = read_week(fields, *hours);
    if (const auto since = fields.text("since")) {
      const auto day = parse_civil_day(*since);
      if (!day) fields.complain("since", day.error().message);
      week.since = day.value_or(0);
    }
    if (!rules_.hours.empty() && week.since <= rules_.hours.back().since)
      fields.complain_at(node, "must be since a later day than the one before it");
    rules_.hours.push_back(std::move(week));
  }

  WeeklyHours read_week(const Fields& fields, const YAML::Node& node) {
    WeeklyHours hours;
    unsigned seen = 0;
    for (const auto& pair : node) {
      const std::string key = pair.first.IsScalar() ? pair.first.Scalar() : "";
      const auto weekdays = weekdays_words(key);
      if (!weekdays) {
        fields.complain_at(pair.first, "sessions: '" + key +
                                           "' is not a weekday; write for example monday, "
                                           "monday-friday or daily");
        continue;
      }
      if ((seen & *weekdays) != 0)
        fields.complain_at(pair.first, "sessions: '" + key + "' stands twice");
      seen |= *weekdays;
      const auto sessions = read_sessions(fields, "sessions", pair.second);
      for (unsigned day = 0; day < 7; ++day) {
        if ((*weekdays >> day & 1) != 0) hours.of_weekday[day] = sessions;
      }
    }
    return hours;
  }

  // One, or a list; ascending.
  std::vector<SessionMinutes> read_sessions(const Fields& fields, const std::string& key,
                                            const YAML::Node& node) {
    std::vector<SessionMinutes> sessions;
    const auto add = [&](const YAML::Node& value) {
      const auto session =
          value.IsScalar() ? session_minutes(value.Scalar(), named_for_closing_) : std::nullopt;
      if (session && (sessions.empty() || session->open >= sessions.back().close)) {
        sessions.push_back(*session);
      } else {
        fields.complain_at(value, key + (session ? ": begins before the one before it has ended"
                                                 : ": must be written like 09:00-17:30"));
      }
    };
    if (!node.IsSequence()) {
      add(node);
      return sessions;
    }
    if (node.size() > kSessionsPerDay) {
      fields.complain_at(
          node, key + ": more than " + std::to_string(kSessionsPerDay) + " sessions on one day");
      return sessions;
    }
    for (const YAML::Node& value : node) add(value);
    return sessions;
  }

  std::string free_text(const Fields& fields, const std::string& key) {
    const auto text = fields.text(key);
    if (!text) {
      if (!fields.has(key)) fields.complain(key, "is missing");
      return "";
    }
    if (text->size() > kTextBytes)
      fields.complain(key, "is longer than " + std::to_string(kTextBytes) + " bytes");
    return *text;
  }

  void read_holiday(const YAML::Node& node) {
    const Fields fields(node, "holidays", {"name", "observed", HEADROOM_DATE_KEYS}, problems_);
    Holiday& holiday = rules_.holidays.emplace_back();
    holiday.name = free_text(fields, "name");
    holiday.dates = read_dates(fields);
    if (const auto word = fields.text("observed")) {
      const auto observed = observed_word(*word);
      if (!observed) {
        fields.complain("observed", "'" + *word +
                                        "' is not one of as_it_is, nearest_weekday, "
                                        "sunday_to_monday, next_free_day, sunday_to_next_free_day");
      }
      holiday.observed = observed.value_or(Observed::kAsItIs);
    }
  }

  void read_closure(const YAML::Node& node) {
    const Fields fields(node, "closures", {"reason", HEADROOM_DATE_KEYS}, problems_);
    rules_.holidays.push_back({free_text(fields, "reason"), read_dates(fields), {}});
  }

  void read_open_day(const YAML::Node& node) {
    const Fields fields(node, "open_days", {"reason", "date", "dates", "sessions"}, problems_);
    const std::string reason = free_text(fields, "reason");
    const Dates dates = read_dates(fields);
    if (!dates.rules.empty()) fields.complain_at(node, "needs whole dates such as 2026-12-24");
    const auto value = fields.find("sessions");
    if (!value) {
      fields.complain("sessions", "is missing");
      return;
    }
    const auto sessions = read_sessions(fields, "sessions", *value);
    for (const CivilDay day : dates.days) rules_.open_days.push_back({day, sessions, reason});
  }

  void read_short_day(const YAML::Node& node, const std::string& section, const std::string& needed,
                      std::vector<ShortDay>& short_days) {
    const Fields fields(node, section, {"name", "open", "close", HEADROOM_DATE_KEYS}, problems_);
    ShortDay& shorter = short_days.emplace_back();
    shorter.name = free_text(fields, "name");
    shorter.dates = read_dates(fields);
    if (!fields.has(needed)) fields.complain(needed, "is missing; write for example 13:00");
    for (const auto& [key, minute] :
         {std::pair{"open", &shorter.open}, std::pair{"close", &shorter.close}}) {
      const auto text = fields.text(key);
      if (!text) continue;
      *minute = minute_of_day(*text).value_or(1440) % 1440;
      if (!minute_of_day(*text)) fields.complain(key, "'" + *text + "' is not a time like 13:00");
    }
  }

  void read_event(const YAML::Node& node) {
    const Fields fields(node, "events", {"name", "if_closed", HEADROOM_DATE_KEYS}, problems_);
    Event event;
    event.name = fields.text("name").value_or("");
    if (!is_calendar_name(event.name))
      fields.complain("name", "must be made of letters, digits, . _ and -");
    event.dates = read_dates(fields);
    if (const auto word = fields.text("if_closed")) {
      const auto if_closed = if_closed_word(*word);
      if (!if_closed) {
        fields.complain("if_closed", "'" + *word +
                                         "' is not one of stay, previous_session, next_session, "
                                         "leave_out");
      }
      event.if_closed = if_closed.value_or(IfClosed::kStay);
    }
    const auto same = std::find_if(rules_.events.begin(), rules_.events.end(),
                                   [&](const Event& other) { return other.name == event.name; });
    if (same != rules_.events.end())
      fields.complain("name", "the event '" + event.name + "' is there already");
    rules_.events.push_back(std::move(event));
  }

  Problems& problems_;
  const ZoneLoader& zones_;
  CalendarRules rules_;
  bool named_for_closing_ = false;
};

}  // namespace

Result<CalendarRules> parse_calendar(std::string_view yaml, const std::string& file,
                                     const ZoneLoader& zones) {
  Problems problems(file);
  try {
    const std::vector<YAML::Node> documents = YAML::LoadAll(std::string(yaml));
    if (documents.size() != 1)
      return fail(ErrorCode::kInvalidArgument, file + ": must hold one calendar");
    FileReader reader(problems, zones);
    CalendarRules rules = reader.read(documents.front());
    if (!problems.empty()) return fail(problems.error());
    return rules;
  } catch (const YAML::Exception& problem) {
    const std::string line =
        problem.mark.is_null() ? "" : ":" + std::to_string(problem.mark.line + 1);
    return fail(ErrorCode::kInvalidArgument, file + line + ": not valid YAML: " + problem.msg);
  }
}

Result<Calendar> read_calendar_file(const std::string& path, const std::string& zone_root) {
  const auto content = read_file(path, kCalendarFileBytes);
  if (!content) return fail(content.error());
  auto rules = parse_calendar(
      *content, path, [&](const std::string& name) { return TimeZone::load(name, zone_root); });
  if (!rules) return fail(rules.error());
  auto calendar = Calendar::make(std::move(*rules));
  if (!calendar) return fail(calendar.error().within(path));
  return calendar;
}

// Such as stand in addresses, in CSV and beside each other.
bool is_calendar_name(std::string_view text) {
  return !text.empty() && text.size() <= kNameBytes && text.front() != '.' &&
         std::all_of(text.begin(), text.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                  c == '_' || c == '-' || c == '.';
         });
}

bool is_calendar_path(std::string_view text) {
  return text.find('/') != std::string::npos || text.ends_with(".yaml") || text.ends_with(".yml");
}

Result<Calendar> open_calendar(const std::string& name_or_path, const std::string& zone_root) {
  if (is_calendar_path(name_or_path)) return read_calendar_file(name_or_path, zone_root);
  if (const Calendar* calendar = find_builtin_calendar(name_or_path)) return *calendar;
  const auto known = builtin_calendar_names();
  std::string message = "no calendar is called '" + name_or_path + "'";
  if (const auto meant = nearest(name_or_path, known)) message += "; did you mean " + *meant + "?";
  return fail(ErrorCode::kNotFound, message + "\nKnown are " + join(known, ", ") +
                                        " and the path of a YAML file, such as ./office.yaml.");
}

}  // namespace headroom::forecast
