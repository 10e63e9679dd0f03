#include "cli/checks.h"

#include "aggregator/forecast/calendar/calendar.h"
#include "cli/text_width.h"
#include "common/base/text.h"

namespace headroom::cli {

std::string duration_problem(const std::string& text) {
  const auto duration = parse_duration(text);
  if (!duration) return clean(duration.error().message);
  return duration->count() > 0 ? "" : "it must be more than zero";
}

std::string time_problem(const std::string& text) {
  const auto time = parse_time(text);
  return time ? "" : clean(time.error().message);
}

std::string date_problem(const std::string& text) {
  const auto day = forecast::parse_civil_day(text);
  if (!day) return clean(day.error().message);
  const int year = forecast::year_of(*day);
  if (year >= forecast::Calendar::kFirstYear && year <= forecast::Calendar::kLastYear) return "";
  return "calendars know the years " + std::to_string(forecast::Calendar::kFirstYear) + " to " +
         std::to_string(forecast::Calendar::kLastYear);
}

std::string format_problem(const std::string& text) {
  if (text == "table" || text == "json" || text == "csv") return "";
  return "'" + clean(text) + "' is not a format; write table, json or csv";
}

std::string level_problem(const std::string& text) {
  const auto level = parse_double(text);
  if (level && *level > 0 && *level < 1) return "";
  return "'" + clean(text) + "' is not a share between 0 and 1; write for example 0.95";
}

std::string share_problem(const std::string& text) {
  const auto share = parse_double(text);
  if (share && *share >= 0 && *share <= 1) return "";
  return "'" + clean(text) + "' is not a share from 0 to 1; write for example 0.95";
}

std::string number_problem(const std::string& text) {
  return parse_double(text) ? "" : "'" + clean(text) + "' is not a number";
}

std::string count_problem(const std::string& text) {
  const auto count = parse_int(text);
  return count && *count > 0
             ? ""
             : "'" + clean(text) + "' is not a number of things; write for example 20";
}

std::string resource_name(const std::string& text) {
  std::string name;
  for (const char c : text) {
    name += c == '-' ? '_' : c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  }
  return name;
}

}  // namespace headroom::cli
