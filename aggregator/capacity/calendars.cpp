#include "aggregator/capacity/calendars.h"

#include <algorithm>
#include <filesystem>

#include "aggregator/forecast/calendar/builtin.h"
#include "aggregator/forecast/calendar/calendar_file.h"
#include "common/base/file.h"
#include "common/base/text.h"

namespace headroom::capacity {

namespace fs = std::filesystem;

Result<forecast::Calendar> Calendars::find(const std::string& name) const {
  if (const forecast::Calendar* built_in = forecast::find_builtin_calendar(name)) return *built_in;
  if (forecast::is_calendar_name(name)) {
    const auto content = read_file(path_of(name), forecast::kCalendarFileBytes);
    if (content) return made(name, *content, path_of(name));
    if (content.error().code != ErrorCode::kNotFound) return fail(content.error());
  }
  std::vector<std::string> known = forecast::builtin_calendar_names();
  const auto own = names_in_folder();
  known.insert(known.end(), own.begin(), own.end());
  return fail(ErrorCode::kNotFound,
              "no calendar is called '" + name + "'; known are " + join(known, ", "));
}

std::vector<Calendars::Entry> Calendars::list() const {
  std::vector<Entry> entries;
  for (const std::string& name : forecast::builtin_calendar_names()) {
    const forecast::Calendar& calendar = *forecast::find_builtin_calendar(name);
    entries.push_back({name, calendar.about(), calendar.zone().name(), true, ""});
  }
  for (const std::string& name : names_in_folder()) {
    const auto calendar = find(name);
    if (calendar) {
      entries.push_back({name, calendar->about(), calendar->zone().name(), false, ""});
    } else {
      entries.push_back({name, "", "", false, calendar.error().message});
    }
  }
  return entries;
}

Result<forecast::Calendar> Calendars::put(const std::string& name, const std::string& yaml,
                                          bool dry_run) {
  if (!forecast::is_calendar_name(name)) {
    return fail(ErrorCode::kInvalidArgument,
                "'" + name + "' is not a calendar's name; write letters, digits, . _ and -");
  }
  auto calendar = made(name, yaml, "calendar " + name);
  if (!calendar || dry_run) return calendar;
  const auto names = names_in_folder();
  const bool is_new = std::find(names.begin(), names.end(), name) == names.end();
  if (is_new && names.size() >= kCalendarFiles) {
    return fail(ErrorCode::kLimitExceeded,
                folder_ + " holds " + std::to_string(kCalendarFiles) + " calendars already");
  }
  if (auto folder = make_directories(folder_); !folder) return fail(folder.error());
  if (auto written = write_file_atomically(path_of(name), yaml); !written)
    return fail(written.error());
  return calendar;
}

std::vector<std::string> Calendars::names_in_folder() const {
  std::vector<std::string> names;
  std::error_code problem;
  for (fs::directory_iterator file(folder_, problem), end; !problem && file != end;
       file.increment(problem)) {
    const fs::path& path = file->path();
    const std::string name = path.stem().string();
    if (path.extension() == ".yaml" && forecast::is_calendar_name(name)) names.push_back(name);
    if (names.size() == kCalendarFiles) break;
  }
  std::sort(names.begin(), names.end());
  return names;
}

Result<forecast::Calendar> Calendars::made(const std::string& name, const std::string& yaml,
                                           const std::string& file) const {
  auto rules = forecast::parse_calendar(
      yaml, file, [&](const std::string& zone) { return TimeZone::load(zone, zone_root_); });
  if (!rules) return fail(rules.error());
  if (rules->name != name) {
    return fail(ErrorCode::kInvalidArgument,
                file + ": name: '" + rules->name + "' must be " + name + ", as the file is called");
  }
  auto calendar = forecast::Calendar::make(std::move(*rules));
  if (!calendar) return fail(calendar.error().within(file));
  return calendar;
}

}  // namespace headroom::capacity
