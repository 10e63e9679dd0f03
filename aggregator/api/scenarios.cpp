// POST scenarios: one forecast under several assumptions.
#include <algorithm>
#include <array>

#include "aggregator/api/forecast_request.h"
#include "aggregator/api/rooms.h"
#include "aggregator/forecast/scenario.h"
#include "common/base/text.h"

namespace headroom::api {
namespace {

using forecast::Scenario;

constexpr std::size_t kScenariosMost = 50;
// Points times changes and events, over all scenarios: a quarter of a second of CPU or so.
constexpr std::size_t kScenarioWorkMost = 50'000'000;

struct Named {
  std::string name;
  Scenario scenario;
};

Error bad(const std::string& what) { return {ErrorCode::kInvalidArgument, what}; }

Result<UnixMs> time_field(const Json& json, const char* key) {
  const auto found = json.find(key);
  if (found == json.end() || !found->is_string()) return fail(bad(std::string(key) + ": when?"));
  auto time = parse_time(found->get<std::string>());
  if (!time) return fail(time.error().within(key));
  return *time;
}

Result<double> number_field(const Json& json, const char* key, double otherwise) {
  const auto found = json.find(key);
  if (found == json.end()) return otherwise;
  if (!found->is_number()) return fail(bad(std::string(key) + ": must be a number"));
  return found->get<double>();
}

Result<std::string> text_field(const Json& json, const char* key, const std::string& otherwise) {
  const auto found = json.find(key);
  if (found == json.end()) return otherwise;
  if (!found->is_string()) return fail(bad(std::string(key) + ": must be a text"));
  return found->get<std::string>();
}

Status known_only(const Json& json, std::initializer_list<std::string_view> known) {
  if (!json.is_object()) return fail(bad("must be an object"));
  for (const auto& [key, value] : json.items()) {
    if (std::find(known.begin(), known.end(), key) == known.end())
      return fail(bad(key + ": is not known here"));
  }
  return {};
}

Result<forecast::LevelChange> change_of(const Json& json) {
  if (auto known = known_only(json, {"from", "percent", "add"}); !known) return fail(known.error());
  if (!json.contains("percent") && !json.contains("add"))
    return fail(bad("percent or add: by how much?"));
  const auto from = time_field(json, "from");
  const auto percent = number_field(json, "percent", 0);
  const auto add = number_field(json, "add", 0);
  if (!from) return fail(from.error());
  if (!percent) return fail(percent.error());
  if (!add) return fail(add.error());
  return forecast::LevelChange{*from, 1 + *percent / 100, *add};
}

// One span of time, or every day of a calendar that has the event, from its opening to its close.
Status add_events(const Json& json, const capacity::Calendars& calendars, UnixMs from, UnixMs to,
                  std::vector<forecast::EventFactor>& events) {
  if (auto known = known_only(json, {"from", "to", "factor", "calendar", "event"}); !known)
    return known;
  if (!json.contains("factor")) return fail(bad("factor: by how much?"));
  const auto factor = number_field(json, "factor", 1);
  if (!factor) return fail(factor.error());
  if (!json.contains("event")) {
    if (json.contains("calendar")) return fail(bad("calendar: needs an event of it"));
    const auto begin = time_field(json, "from");
    const auto end = time_field(json, "to");
    if (!begin) return fail(begin.error());
    if (!end) return fail(end.error());
    events.push_back({*begin, *end, *factor});
    return {};
  }
  for (const char* key : {"from", "to"}) {
    if (json.contains(key))
      return fail(bad(std::string(key) + ": not beside event, whose days the calendar knows"));
  }
  const auto asked = text_field(json, "calendar", "");
  if (!asked) return fail(asked.error());
  const auto event = text_field(json, "event", "");
  if (!event) return fail(event.error());
  const auto calendar = calendars.find(*asked);
  if (!calendar) return fail(calendar.error().within("calendar: whose event?"));
  const auto names = calendar->event_names();
  const auto name = std::find(names.begin(), names.end(), *event);
  if (name == names.end()) {
    return fail(
        bad("event: " + calendar->name() + " has " + join({names.begin(), names.end()}, ", ")));
  }
  const auto bit = static_cast<unsigned>(name - names.begin());
  constexpr UnixMs kDay = 86'400'000;
  const auto days = calendar->days(static_cast<forecast::CivilDay>(from / kDay - 1),
                                   static_cast<forecast::CivilDay>(to / kDay + 1));
  for (const forecast::Day& day : days) {
    if ((day.events >> bit & 1u) == 0 || day.sessions.empty()) continue;
    events.push_back({day.sessions.front().open, day.sessions.back().close, *factor});
  }
  return {};
}

Result<Named> scenario_of(const Json& json, const capacity::Calendars& calendars, UnixMs from,
                          UnixMs to) {
  if (auto known = known_only(json, {"name", "growth", "changes", "events"}); !known)
    return fail(known.error());
  Named named;
  const auto asked = text_field(json, "growth", "P50");
  if (!asked) return fail(asked.error());
  const std::string& growth = *asked;
  if (growth != "P10" && growth != "P50" && growth != "P90")
    return fail(bad("growth: must be P10, P50 or P90"));
  if (growth == "P10") named.scenario.growth = forecast::GrowthCase::kP10;
  if (growth == "P90") named.scenario.growth = forecast::GrowthCase::kP90;
  const auto name = text_field(json, "name", "growth " + growth);
  if (!name) return fail(name.error());
  named.name = *name;
  for (const char* key : {"changes", "events"}) {
    if (json.contains(key) && !json[key].is_array())
      return fail(bad(std::string(key) + ": must be a list"));
  }
  if (json.contains("changes")) {
    for (const Json& one : json["changes"]) {
      const auto change = change_of(one);
      if (!change) return fail(change.error().within("changes"));
      named.scenario.changes.push_back(*change);
    }
  }
  if (json.contains("events")) {
    for (const Json& one : json["events"]) {
      if (auto added = add_events(one, calendars, from, to, named.scenario.events); !added)
        return fail(added.error().within("events"));
    }
  }
  named.scenario.lower_bound = 0;  // demand is never below
  return named;
}

Json item_of(const std::string& name, const std::vector<forecast::Point>& points,
             const std::optional<double>& capacity) {
  Json list = Json::array();
  const forecast::Point* peak = &points.front();
  for (const forecast::Point& point : points) {
    if (point.value > peak->value) peak = &point;
    Json json{{"timestamp", format_time(point.time)}, {"predicted_value", point.value}};
    if (!point.intervals.empty()) {
      json["confidence_lower"] = point.intervals.back().lower;
      json["confidence_upper"] = point.intervals.back().upper;
    }
    list.push_back(std::move(json));
  }
  const bool known = capacity && *capacity > 0;
  return {{"name", name},
          {"peak",
           {{"timestamp", format_time(peak->time)},
            {"predicted_value", peak->value},
            {"capacity", known ? Json(*capacity) : Json()},
            {"utilization_pct", known ? Json(peak->value / *capacity * 100) : Json()}}},
          {"points", std::move(list)}};
}

Result<Answer> scenarios(const Rooms& rooms, const Call& call) {
  constexpr std::array<std::string_view, 1> kOthers{"scenarios"};
  const auto request = forecast_request(call.body, kOthers, rooms.calendars);
  if (!request) return fail(request.error());
  const auto record = rooms.forecaster.make(*request, call.now, false);
  if (!record) return fail(record.error());
  const auto& points = record->forecast.points;
  const Json asked = call.body.value(
      "scenarios", Json::array({{{"growth", "P10"}}, {{"growth", "P50"}}, {{"growth", "P90"}}}));
  if (!asked.is_array() || asked.empty() || asked.size() > kScenariosMost)
    return fail(bad("scenarios: must be a list of 1 to " + std::to_string(kScenariosMost)));
  Json items = Json::array();
  std::size_t work = 0;
  for (const Json& one : asked) {
    const std::string where = "scenarios[" + std::to_string(items.size()) + "]";
    const auto named = scenario_of(one, rooms.calendars, points.front().time, points.back().time);
    if (!named) return fail(named.error().within(where));
    work += points.size() * (named->scenario.changes.size() + named->scenario.events.size());
    if (work > kScenarioWorkMost) {
      return fail(ErrorCode::kLimitExceeded,
                  where + ": points times changes and events are more than " +
                      std::to_string(kScenarioWorkMost) +
                      " over all scenarios; ask for a longer step, or for fewer of them");
    }
    const auto made = forecast::apply_scenario(points, record->growth, named->scenario);
    if (!made) return fail(made.error().within(where));
    items.push_back(item_of(named->name, *made, record->capacity));
  }
  const double per_day = 86'400'000.0 / static_cast<double>(record->step.count());
  return Answer{200,
                {{"service", record->service},
                 {"resource_type", to_string(record->resource)},
                 {"unit", unit_of(record->resource)},
                 {"created", format_time(record->created)},
                 {"simulated", record->simulated},
                 {"model_used", record->forecast.model},
                 {"growth",
                  {{"level", record->growth.level},
                   {"p10_per_day", record->growth.p10 * per_day},
                   {"p50_per_day", record->growth.p50 * per_day},
                   {"p90_per_day", record->growth.p90 * per_day},
                   {"seasons", record->growth.seasons}}},
                 {"items", std::move(items)}}};
}

}  // namespace

void add_scenario_operations(Operations& operations, const Rooms& rooms) {
  operations.add({"POST", "/api/v1/scenarios", Access::kObserve, {}, [&rooms](const Call& call) {
                    return scenarios(rooms, call);
                  }});
}

}  // namespace headroom::api
