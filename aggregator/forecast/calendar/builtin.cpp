#include "aggregator/forecast/calendar/builtin.h"

#include <algorithm>
#include <array>

namespace headroom::forecast {
namespace {

struct BuiltIn {
  CalendarRules rules;
  Calendar calendar;
};

BuiltIn made(CalendarRules rules) {
  auto calendar = Calendar::make(rules);
  HEADROOM_ASSERT(calendar);
  return {std::move(rules), std::move(*calendar)};
}

template <CalendarRules (*kRules)()>
const BuiltIn& once() {
  static const BuiltIn built_in = made(kRules());
  return built_in;
}

struct Entry {
  std::string_view name;
  const BuiltIn& (*get)();
};
constexpr std::array kAll{Entry{"XNYS", once<xnys_rules>}};

const BuiltIn* find(std::string_view name) {
  const auto found = std::find_if(kAll.begin(), kAll.end(),
                                  [&](const Entry& entry) { return entry.name == name; });
  return found == kAll.end() ? nullptr : &found->get();
}

}  // namespace

std::vector<std::string> builtin_calendar_names() {
  std::vector<std::string> names;
  for (const Entry& entry : kAll) names.emplace_back(entry.name);
  return names;
}

const Calendar* find_builtin_calendar(std::string_view name) {
  const BuiltIn* found = find(name);
  return found == nullptr ? nullptr : &found->calendar;
}

const CalendarRules* find_builtin_rules(std::string_view name) {
  const BuiltIn* found = find(name);
  return found == nullptr ? nullptr : &found->rules;
}

}  // namespace headroom::forecast
