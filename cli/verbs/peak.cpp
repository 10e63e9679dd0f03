// headroom peak, headroom scenarios: how high it gets, and how high under other assumptions.
#include <memory>

#include <CLI/CLI.hpp>

#include "cli/bar.h"
#include "cli/checks.h"
#include "cli/csv.h"
#include "cli/render/parts.h"
#include "cli/render/render.h"
#include "cli/table.h"
#include "cli/text_width.h"
#include "cli/units.h"
#include "cli/verb.h"
#include "common/base/text.h"

namespace headroom::cli {
namespace {

constexpr std::size_t kCurveColumns = 32;

struct Options {
  std::string service;
  std::string resource;
  std::string horizon;
  std::vector<std::string> changes;
  std::vector<std::string> events;
};

struct Parts {
  std::string left;
  std::string right;
};

// "A=B", neither of them empty.
std::optional<Parts> parts_of(const std::string& text, std::string_view separator) {
  const std::size_t at = text.find(separator);
  if (at == std::string::npos || at == 0 || at + separator.size() == text.size())
    return std::nullopt;
  return Parts{text.substr(0, at), text.substr(at + separator.size())};
}

// "2026-12-01=+20%" or "2026-12-01=-3.5"; null where it is neither.
Json change_of(const std::string& text) {
  const auto parts = parts_of(text, "=");
  if (!parts || !parse_time(parts->left)) return nullptr;
  const bool percent = parts->right.ends_with('%');
  std::string digits = parts->right.substr(0, parts->right.size() - (percent ? 1 : 0));
  if (digits.starts_with('+')) digits.erase(0, 1);
  const auto number = parse_double(digits);
  if (!number) return nullptr;
  return {{"from", parts->left}, {percent ? "percent" : "add", *number}};
}

// "FROM..TO=2.5" or "XNYS:monthly_opex=2.5"; null where it is neither.
Json event_of(const std::string& text) {
  const std::size_t equals = text.rfind('=');
  if (equals == std::string::npos) return nullptr;
  const auto factor = parse_double(text.substr(equals + 1));
  if (!factor || *factor < 0) return nullptr;
  const std::string when = text.substr(0, equals);
  if (const auto span = parts_of(when, "..")) {
    if (!parse_time(span->left) || !parse_time(span->right)) return nullptr;
    return {{"from", span->left}, {"to", span->right}, {"factor", *factor}};
  }
  const auto named = parts_of(when, ":");
  if (!named) return nullptr;
  return {{"calendar", named->left}, {"event", named->right}, {"factor", *factor}};
}

std::string change_problem(const std::string& text) {
  return change_of(text).is_null()
             ? "'" + clean(text) + "' is no change; write 2026-12-01=+20% or " + "2026-12-01=-3.5"
             : "";
}

std::string event_problem(const std::string& text) {
  return event_of(text).is_null()
             ? "'" + clean(text) + "' is no event; write 2026-12-01..2026-12-03=2.5 or " +
                   "XNYS:monthly_opex=2.5"
             : "";
}

void add_whose(CLI::App& app, Options& options) {
  app.add_option("--service", options.service, "whose demand")->required()->type_name("NAME");
  app.add_option("--resource", options.resource, "of what: CPU, MEMORY, NETWORK, …")
      ->required()
      ->type_name("NAME");
  app.add_option("--horizon", options.horizon, "how far ahead, from 1h to 365d")
      ->check(duration_problem)
      ->type_name("DURATION");
}

std::string peak_table(const Json& answer, const Look& look) {
  const std::string unit = text_at(answer, "unit");
  const UnixMs now = time_at(answer, "created").value_or(look.now);
  const auto p50 = number_at(answer, "peak.maximum.p50");
  const auto capacity = number_at(answer, "peak.capacity");
  const auto share = [&](const char* path) {
    const auto value = number_at(answer, path);
    std::string text = format_value(value, unit);
    if (value && capacity && *capacity > 0)
      text += " (" + format_percent(*value / *capacity * 100) + " of capacity)";
    return text;
  };
  const auto when = [&](const char* path) {
    const auto time = time_at(answer, path);
    return time ? format_calendar(*time, now) : std::string(kNothing);
  };
  const std::string who = spoken_resource(text_at(answer, "resource_type")) + " of " +
                          marked(text_at(answer, "service"), flag_at(answer, "simulated"));
  std::string text = who + " will reach " + format_value(p50, unit) +
                     " at its highest, most likely on " + when("peak.timestamp") + " UTC.";
  return paint(wrap(text, look.width, 0), Tone::kStrong, look.colour) + "\n\n" +
         render_details(
             {{"P50", share("peak.maximum.p50")},
              {"P90", share("peak.maximum.p90")},
              {"P99", share("peak.maximum.p99")},
              {"when", "80 % sure between " + when("peak.maximum.earliest") + " and " +
                           when("peak.maximum.latest") + " UTC"},
              {"model", text_at(answer, "model_used") + ": " + text_at(answer, "reason")}},
             look);
}

std::string scenarios_table(const Json& answer, const Look& look) {
  const std::string unit = text_at(answer, "unit");
  const UnixMs now = time_at(answer, "created").value_or(look.now);
  Table table({{"SCENARIO", Align::kLeft, 9, 10},
               {"COURSE", Align::kLeft, 3, 8, true},
               {"PEAK", Align::kRight, 9},
               {"OF CAPACITY", Align::kRight, 8, 8, true},
               {"WHEN (UTC)", Align::kLeft, 7, 12, true}});
  for (const Json& item : list_at(answer, "items")) {
    std::vector<double> curve;
    for (const Json& point : list_at(item, "points"))
      curve.push_back(count_at(point, "predicted_value"));
    const auto percent = number_at(item, "peak.utilization_pct");
    const auto time = time_at(item, "peak.timestamp");
    table.add({text_at(item, "name"), sparkline(curve, std::min(kCurveColumns, curve.size())),
               format_value(number_at(item, "peak.predicted_value"), unit),
               percent ? Cell(format_percent(*percent), tone_of_percent(*percent))
                       : Cell(std::string(kNothing)),
               time ? format_calendar(*time, now) : std::string(kNothing)});
  }
  const auto rate = [&](const char* path) { return format_value(number_at(answer, path), unit); };
  return table.render(look) + "\nGrowth a day: P10 " + rate("growth.p10_per_day") + ", P50 " +
         rate("growth.p50_per_day") + ", P90 " + rate("growth.p90_per_day") + ", from " +
         counted(count_at(answer, "growth.seasons"), "season") + " of history.\n";
}

std::string scenarios_csv(const Json& answer) {
  std::string text = csv_line({"scenario", "unix_ts", "predicted_value", "lower", "upper"});
  for (const Json& item : list_at(answer, "items")) {
    for (const Json& point : list_at(item, "points")) {
      const auto time = time_at(point, "timestamp");
      text += csv_line({csv_value(field(item, "name")), time ? csv_unix_seconds(*time) : "",
                        csv_value(field(point, "predicted_value")),
                        csv_value(field(point, "confidence_lower")),
                        csv_value(field(point, "confidence_upper"))});
    }
  }
  return text;
}

Json scenarios_request(const Options& options) {
  Json request{{"service", options.service}, {"resource", resource_name(options.resource)}};
  if (!options.horizon.empty()) request["horizon"] = options.horizon;
  if (options.changes.empty() && options.events.empty()) return request;
  Json changes = Json::array();
  for (const std::string& text : options.changes) changes.push_back(change_of(text));
  Json events = Json::array();
  for (const std::string& text : options.events) events.push_back(event_of(text));
  request["scenarios"] = Json::array({Json{{"name", "as forecast"}}});
  for (const char* growth : {"P10", "P50", "P90"}) {
    request["scenarios"].push_back({{"name", "changed, growth " + std::string(growth)},
                                    {"growth", growth},
                                    {"changes", changes},
                                    {"events", events}});
  }
  return request;
}

}  // namespace

void add_peak(Commands& commands) {
  const auto options = std::make_shared<Options>();
  Command& verb = commands.add("peak", "how high a service's demand will get, and when",
                               {"headroom peak --service web --resource CPU",
                                "headroom peak --service web --resource CPU --horizon 30d"});
  add_whose(*verb.app, *options);
  verb.run = [options](Session& session) -> Status {
    http::Query query{{"service", options->service},
                      {"resource", resource_name(options->resource)}};
    if (!options->horizon.empty()) query.emplace_back("horizon", options->horizon);
    const auto answer = session.api.get("/peak", query);
    if (!answer) return fail(answer.error());
    return show(session, *answer, {peak_table, {}});
  };
}

void add_scenarios(Commands& commands) {
  const auto options = std::make_shared<Options>();
  Command& verb = commands.add(
      "scenarios", "how high demand gets if it grows slower or faster, or if something happens",
      {"headroom scenarios --service web --resource CPU --horizon 90d",
       "headroom scenarios --service web --resource CPU --horizon 30d --change 2026-12-01=+20%",
       "headroom scenarios --service web --resource CPU --horizon 60d --event "
       "XNYS:monthly_opex=2.5"});
  add_whose(*verb.app, *options);
  verb.app
      ->add_option("--change", options->changes,
                   "from a date on so much more or less, in percent or in the resource's unit; may "
                   "be repeated")
      ->allow_extra_args(false)
      ->check(change_problem)
      ->type_name("DATE=CHANGE");
  verb.app
      ->add_option("--event", options->events,
                   "a factor while something happens: FROM..TO=2.5, or CALENDAR:EVENT=2.5; may be "
                   "repeated")
      ->allow_extra_args(false)
      ->check(event_problem)
      ->type_name("WHEN=FACTOR");
  verb.run = [options](Session& session) -> Status {
    const auto answer = session.api.send("POST", "/scenarios", scenarios_request(*options));
    if (!answer) return fail(answer.error());
    return show(session, *answer, {scenarios_table, scenarios_csv});
  };
}

}  // namespace headroom::cli
