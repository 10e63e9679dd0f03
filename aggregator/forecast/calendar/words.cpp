#include "aggregator/forecast/calendar/words.h"

#include <array>
#include <utility>

#include "common/base/text.h"

namespace headroom::forecast {
namespace {

constexpr std::array<std::string_view, 7> kWeekdays{"sunday",   "monday", "tuesday", "wednesday",
                                                    "thursday", "friday", "saturday"};
constexpr std::array<std::string_view, 12> kMonths{"january",   "february", "march",    "april",
                                                   "may",       "june",     "july",     "august",
                                                   "september", "october",  "november", "december"};

template <typename T, std::size_t kCount>
std::optional<T> choose(std::string_view word,
                        const std::array<std::pair<std::string_view, T>, kCount>& choices) {
  for (const auto& [name, value] : choices) {
    if (name == word) return value;
  }
  return std::nullopt;
}

}  // namespace

std::optional<unsigned> weekday_word(std::string_view word) {
  for (unsigned i = 0; i < kWeekdays.size(); ++i) {
    if (kWeekdays[i] == word) return i;
  }
  return std::nullopt;
}

std::optional<std::uint8_t> weekdays_words(std::string_view words) {
  if (words == "daily") return std::uint8_t{0x7f};
  const auto parts = split(words, '-');
  const auto first = weekday_word(trim(parts.front()));
  const auto last = weekday_word(trim(parts.back()));
  if (!first || !last || parts.size() > 2) return std::nullopt;
  unsigned bits = 1u << *last;
  for (unsigned day = *first; day != *last; day = (day + 1) % 7) bits |= 1u << day;
  return static_cast<std::uint8_t>(bits);
}

std::optional<unsigned> month_word(std::string_view word) {
  for (unsigned i = 0; i < kMonths.size(); ++i) {
    if (kMonths[i] == word) return i + 1;
  }
  const auto number = parse_int(word);
  if (number && *number >= 1 && *number <= 12) return static_cast<unsigned>(*number);
  return std::nullopt;
}

std::optional<int> nth_word(std::string_view word) {
  constexpr std::array<std::pair<std::string_view, int>, 6> kWords{
      {{"first", 1}, {"second", 2}, {"third", 3}, {"fourth", 4}, {"fifth", 5}, {"last", -1}}};
  return choose(word, kWords);
}

std::optional<Observed> observed_word(std::string_view word) {
  constexpr std::array<std::pair<std::string_view, Observed>, 5> kWords{
      {{"as_it_is", Observed::kAsItIs},
       {"nearest_weekday", Observed::kNearestWeekday},
       {"sunday_to_monday", Observed::kSundayToMonday},
       {"next_free_day", Observed::kNextFreeDay},
       {"sunday_to_next_free_day", Observed::kSundayToNextFree}}};
  return choose(word, kWords);
}

std::optional<IfClosed> if_closed_word(std::string_view word) {
  constexpr std::array<std::pair<std::string_view, IfClosed>, 4> kWords{
      {{"stay", IfClosed::kStay},
       {"previous_session", IfClosed::kPreviousSession},
       {"next_session", IfClosed::kNextSession},
       {"leave_out", IfClosed::kLeaveOut}}};
  return choose(word, kWords);
}

std::optional<int> minute_of_day(std::string_view text) {
  if (text.size() != 5 || text[2] != ':') return std::nullopt;
  const auto hour = parse_int(text.substr(0, 2));
  const auto minute = parse_int(text.substr(3));
  if (!hour || !minute || *hour < 0 || *minute < 0 || *minute > 59) return std::nullopt;
  const auto total = static_cast<int>(*hour * 60 + *minute);
  if (total > 1440) return std::nullopt;
  return total;
}

std::optional<SessionMinutes> session_minutes(std::string_view text, bool named_for_closing) {
  const auto parts = split(text, '-');
  if (parts.size() != 2) return std::nullopt;
  const auto open = minute_of_day(trim(parts[0]));
  const auto close = minute_of_day(trim(parts[1]));
  if (!open || !close) return std::nullopt;
  SessionMinutes session{*open, *close};
  if (session.close > session.open) return session;
  if (named_for_closing) {
    session.open -= 1440;
  } else {
    session.close += 1440;
  }
  return session;
}

}  // namespace headroom::forecast
