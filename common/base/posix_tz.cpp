#include "common/base/posix_tz.h"

#include <algorithm>
#include <chrono>

namespace headroom {
namespace {

constexpr std::int32_t kHour = 3600;
constexpr std::int64_t kDay = 86'400;

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

// Reads from the front of the text; every take_ is false where it does not find what it looks for.
class Reader {
 public:
  explicit Reader(std::string_view text) : text_(text) {}

  bool at_end() const { return text_.empty(); }
  bool next_is(char c) const { return !text_.empty() && text_.front() == c; }
  bool take(char c) {
    if (!next_is(c)) return false;
    text_.remove_prefix(1);
    return true;
  }

  // "EST", or "<+03>".
  bool take_name() {
    const bool quoted = take('<');
    std::size_t length = 0;
    while (length < text_.size() &&
           (is_letter(text_[length]) ||
            (quoted && (is_digit(text_[length]) || text_[length] == '+' || text_[length] == '-'))))
      ++length;
    text_.remove_prefix(length);
    return length >= 3 && (!quoted || take('>'));
  }

  bool take_number(int least, int most, int& value) {
    if (text_.empty() || !is_digit(text_.front())) return false;
    value = 0;
    while (!text_.empty() && is_digit(text_.front())) {
      value = value * 10 + (text_.front() - '0');
      if (value > most) return false;
      text_.remove_prefix(1);
    }
    return value >= least;
  }

  // [+-]hh[:mm[:ss]]
  bool take_time(int hours_max, std::int32_t& seconds) {
    const bool negative = take('-');
    if (!negative) take('+');
    int hours = 0;
    int minutes = 0;
    int rest = 0;
    if (!take_number(0, hours_max, hours)) return false;
    if (take(':')) {
      if (!take_number(0, 59, minutes)) return false;
      if (take(':') && !take_number(0, 59, rest)) return false;
    }
    seconds = hours * kHour + minutes * 60 + rest;
    if (negative) seconds = -seconds;
    return true;
  }

  bool take_change(PosixChange& change) {
    bool found = false;
    if (take('M')) {
      change.kind = PosixChange::Kind::kMonthWeekDay;
      found = take_number(1, 12, change.month) && take('.') && take_number(1, 5, change.week) &&
              take('.') && take_number(0, 6, change.weekday);
    } else if (take('J')) {
      change.kind = PosixChange::Kind::kJulian;
      found = take_number(1, 365, change.day);
    } else {
      change.kind = PosixChange::Kind::kZeroBased;
      found = take_number(0, 365, change.day);
    }
    if (!found) return false;
    return !take('/') || take_time(167, change.time_s);
  }

 private:
  std::string_view text_;
};

bool parse(std::string_view text, PosixZone& zone) {
  Reader reader(text);
  if (!reader.take_name() || !reader.take_time(24, zone.offset_s)) return false;
  // POSIX counts to the west.
  zone.offset_s = -zone.offset_s;
  if (reader.at_end()) return true;
  PosixZone::Saving& saving = zone.saving.emplace();
  if (!reader.take_name()) return false;
  saving.offset_s = zone.offset_s + kHour;
  if (!reader.next_is(',')) {
    if (!reader.take_time(24, saving.offset_s)) return false;
    saving.offset_s = -saving.offset_s;
  }
  return reader.take(',') && reader.take_change(saving.begin) && reader.take(',') &&
         reader.take_change(saving.end) && reader.at_end();
}

// Days from 1970-01-01.
std::int64_t day_of(const PosixChange& change, int year) {
  using namespace std::chrono;
  const std::chrono::year y{year};
  const auto count = [](sys_days days) { return std::int64_t{days.time_since_epoch().count()}; };
  if (change.kind == PosixChange::Kind::kMonthWeekDay) {
    const month m{static_cast<unsigned>(change.month)};
    const weekday w{static_cast<unsigned>(change.weekday)};
    if (change.week == 5) return count(sys_days{y / m / w[last]});
    return count(sys_days{y / m / w[static_cast<unsigned>(change.week)]});
  }
  const std::int64_t new_year = count(sys_days{y / January / 1});
  if (change.kind == PosixChange::Kind::kZeroBased) return new_year + change.day;
  const bool after_leap_day = y.is_leap() && change.day >= 60;
  return new_year + change.day - 1 + (after_leap_day ? 1 : 0);
}

}  // namespace

Result<PosixZone> parse_posix_zone(std::string_view text) {
  PosixZone zone;
  if (parse(text, zone)) return zone;
  return fail(ErrorCode::kInvalidArgument,
              "'" + std::string(text) +
                  "' is not a POSIX time zone rule; write for example EST5EDT,M3.2.0,M11.1.0");
}

void append_changes(const PosixZone& zone, int first_year, int last_year,
                    std::vector<TimeZone::Span>& spans) {
  const auto begin = static_cast<std::ptrdiff_t>(spans.size());
  for (int year = first_year; year <= last_year; ++year) {
    if (!zone.saving) break;
    const PosixZone::Saving& saving = *zone.saving;
    // Each change is told in the time that held before it.
    spans.push_back(
        {day_of(saving.begin, year) * kDay + saving.begin.time_s - zone.offset_s, saving.offset_s});
    spans.push_back(
        {day_of(saving.end, year) * kDay + saving.end.time_s - saving.offset_s, zone.offset_s});
  }
  // South of the equator it ends before it begins. Where daylight saving lasts all year, its end
  // and the next year's beginning are the same moment, and the beginning, which stands later, wins.
  std::stable_sort(
      spans.begin() + begin, spans.end(),
      [](const TimeZone::Span& a, const TimeZone::Span& b) { return a.from_s < b.from_s; });
}

}  // namespace headroom
