#include "aggregator/forecast/calendar/date_fields.h"

#include <array>

#include "aggregator/forecast/calendar/words.h"
#include "common/base/text.h"

namespace headroom::forecast {
namespace {

constexpr std::uint16_t kEveryMonth = 0x1ffe;
constexpr int kEasterDaysMax = 200;
constexpr int kShiftDaysMax = 31;

std::uint16_t month_bit(unsigned month) { return static_cast<std::uint16_t>(1u << month); }

std::uint16_t read_months(const Fields& fields) {
  if (!fields.has("month") && !fields.has("months")) return kEveryMonth;
  if (fields.has("month") && fields.has("months"))
    fields.complain("months", "write month or months, not both");
  unsigned bits = 0;
  for (const char* key : {"month", "months"}) {
    for (const YAML::Node& value : fields.values(key)) {
      const auto month = month_word(value.Scalar());
      if (month) {
        bits |= month_bit(*month);
      } else {
        fields.complain_at(value, std::string(key) + ": '" + value.Scalar() +
                                      "' is not a month; write for example march or 3");
      }
    }
  }
  return static_cast<std::uint16_t>(bits);
}

// "12-24" every year; 02-29 in leap years only.
std::optional<DayRule> yearly(const std::string& text) {
  if (text.size() != 5) return std::nullopt;
  // A leap year, so that 29 February passes.
  const auto day = parse_civil_day("2000-" + text);
  if (!day) return std::nullopt;
  DayRule rule;
  rule.months = month_bit(static_cast<unsigned>(parse_int(text.substr(0, 2)).value_or(1)));
  rule.nth = static_cast<int>(parse_int(text.substr(3)).value_or(1));
  return rule;
}

void read_date(const Fields& fields, const YAML::Node& value, Dates& dates) {
  if (const auto rule = yearly(value.Scalar())) {
    dates.rules.push_back(*rule);
  } else if (const auto day = parse_civil_day(value.Scalar())) {
    dates.days.push_back(*day);
  } else {
    fields.complain_at(
        value, "'" + value.Scalar() + "' is not a date; write 2026-12-24, or 12-24 for every year");
  }
}

std::optional<DayRule> read_weekday(const Fields& fields) {
  const auto text = fields.text("weekday");
  if (!text) return std::nullopt;
  const auto words = split(*text, ' ');
  const auto nth = nth_word(words.front());
  const auto weekday = weekday_word(words.back());
  if (words.size() != 2 || !nth || !weekday) {
    fields.complain("weekday",
                    "'" + *text + "' is not a weekday of a month; write for example third friday");
    return std::nullopt;
  }
  DayRule rule;
  rule.kind = DayRule::Kind::kNthWeekday;
  rule.nth = *nth;
  rule.weekday = *weekday;
  return rule;
}

std::optional<DayRule> read_day_of_month(const Fields& fields) {
  DayRule rule;
  rule.nth = -1;
  if (fields.text("day_of_month") == "last") return rule;
  const auto day = fields.whole("day_of_month", 1, 31);
  if (!day) return std::nullopt;
  rule.nth = *day;
  return rule;
}

// What narrows or moves every rule of the entry.
void narrow(const Fields& fields, Dates& dates) {
  const auto shift = fields.whole("shift_days", -kShiftDaysMax, kShiftDaysMax);
  const auto from = fields.whole("from", 1, 9999);
  const auto until = fields.whole("until", 1, 9999);
  unsigned weekdays = 0;
  for (const YAML::Node& value : fields.values("only_on")) {
    const auto bits = weekdays_words(value.Scalar());
    if (bits) {
      weekdays |= *bits;
    } else {
      fields.complain_at(value, "only_on: '" + value.Scalar() +
                                    "' is not a weekday; write for example monday or "
                                    "monday-thursday");
    }
  }
  if ((shift || from || until || weekdays != 0) && !dates.days.empty()) {
    fields.complain_at(fields.node(),
                       "shift_days, only_on, from and until are for what recurs every year");
  }
  for (DayRule& rule : dates.rules) {
    rule.shift += shift.value_or(0);
    rule.from_year = from.value_or(rule.from_year);
    rule.until_year = until.value_or(rule.until_year);
    if (weekdays != 0) rule.weekdays = static_cast<std::uint8_t>(weekdays);
  }
}

}  // namespace

Dates read_dates(const Fields& fields) {
  Dates dates;
  constexpr std::array kWays{"date", "dates", "weekday", "day_of_month", "easter"};
  int ways = 0;
  for (const char* way : kWays) ways += fields.has(way) ? 1 : 0;
  if (ways != 1) {
    fields.complain_at(fields.node(),
                       "write on which days: one of date, dates, weekday, day_of_month, easter");
    return dates;
  }
  for (const char* key : {"date", "dates"}) {
    for (const YAML::Node& value : fields.values(key)) read_date(fields, value, dates);
  }
  const bool in_months = fields.has("weekday") || fields.has("day_of_month");
  auto rule = fields.has("weekday") ? read_weekday(fields) : std::nullopt;
  if (fields.has("day_of_month")) rule = read_day_of_month(fields);
  if (in_months && rule) {
    rule->months = read_months(fields);
    dates.rules.push_back(*rule);
  } else if (!in_months && (fields.has("month") || fields.has("months"))) {
    fields.complain_at(fields.node(), "month goes with weekday or day_of_month only");
  }
  if (const auto days = fields.whole("easter", -kEasterDaysMax, kEasterDaysMax)) {
    DayRule easter;
    easter.kind = DayRule::Kind::kEaster;
    easter.shift = *days;
    dates.rules.push_back(easter);
  }
  narrow(fields, dates);
  return dates;
}

}  // namespace headroom::forecast
