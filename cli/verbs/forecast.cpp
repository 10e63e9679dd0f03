// headroom forecast: of a service by the aggregator, or with --input of the series of a file.
#include <algorithm>
#include <memory>
#include <optional>

#include <CLI/CLI.hpp>

#include "aggregator/forecast/calendar/calendar_file.h"
#include "aggregator/forecast/candidates.h"
#include "cli/checks.h"
#include "cli/offline/forecast_run.h"
#include "cli/offline/workers.h"
#include "cli/render/render.h"
#include "cli/text_width.h"
#include "cli/verb.h"
#include "common/base/text.h"

namespace headroom::cli {
namespace {

constexpr std::chrono::hours kBudgetMost{1};

struct Options {
  std::string service;
  std::string resource;
  std::string input;
  std::string horizon;
  std::string step;
  std::string history;
  std::vector<std::string> levels;
  std::string model{forecast::kAutomatic};
  std::vector<std::string> parameters;
  std::string budget;
  std::string calendar;
  std::optional<forecast::Calendar> opened;  // of --calendar, once checked
  std::string lower;
  std::string upper;
  std::string threads;
};

std::string horizon_problem(const std::string& text) {
  return count_problem(text).empty() ? "" : duration_problem(text);
}

std::string budget_problem(const std::string& text) {
  const auto budget = parse_duration(text);
  if (!budget) return clean(budget.error().message);
  return *budget <= kBudgetMost ? "" : "it may be an hour at most";
}

std::string parameter_problem(const std::string& text) {
  const std::size_t equals = text.find('=');
  if (equals != std::string::npos && equals > 0 && parse_double(text.substr(equals + 1))) return "";
  return "'" + clean(text) + "' is not NAME=NUMBER; write for example window=24";
}

std::vector<double> levels_of(const Options& options) {
  std::vector<double> levels;
  levels.reserve(options.levels.size());
  for (const std::string& level : options.levels) levels.push_back(parse_double(level).value_or(0));
  std::sort(levels.begin(), levels.end());
  levels.erase(std::unique(levels.begin(), levels.end()), levels.end());
  return levels;
}

std::vector<std::pair<std::string, double>> parameters_of(const Options& options) {
  std::vector<std::pair<std::string, double>> parameters;
  for (const std::string& text : options.parameters) {
    const std::size_t equals = text.find('=');
    parameters.emplace_back(text.substr(0, equals),
                            parse_double(text.substr(equals + 1)).value_or(0));
  }
  return parameters;
}

// Only what was given: the rest has its default at the aggregator.
Json request_of(const Options& options) {
  Json request{{"service", options.service}, {"resource", resource_name(options.resource)}};
  if (!options.horizon.empty()) request["horizon"] = options.horizon;
  if (!options.step.empty()) request["step"] = options.step;
  if (!options.history.empty()) request["history"] = options.history;
  if (const auto levels = levels_of(options); !levels.empty()) request["levels"] = levels;
  if (options.model != forecast::kAutomatic) request["model"] = options.model;
  for (const auto& [name, value] : parameters_of(options)) request["params"][name] = value;
  if (!options.budget.empty()) request["budget"] = options.budget;
  if (!options.calendar.empty()) request["calendar"] = options.calendar;
  return request;
}

std::chrono::milliseconds duration_of(const std::string& text) {
  return text.empty() ? std::chrono::milliseconds(0)
                      : parse_duration(text).value_or(std::chrono::milliseconds(0));
}

ForecastRun run_of(const Options& options) {
  ForecastRun run;
  run.input = options.input;
  if (const auto steps = parse_int(options.horizon)) {
    run.horizon_steps = static_cast<std::size_t>(*steps);
  } else {
    run.horizon = duration_of(options.horizon);
  }
  run.grid.step = duration_of(options.step);
  run.history = duration_of(options.history);
  if (!options.levels.empty()) run.request.levels = levels_of(options);
  run.request.model = options.model;
  run.request.parameters = parameters_of(options);
  if (!options.budget.empty()) run.request.budget = duration_of(options.budget);
  if (options.opened) run.request.calendar = &*options.opened;
  run.bounded_below = !options.lower.empty();
  if (run.bounded_below) run.request.lower_bound = parse_double(options.lower).value_or(0);
  if (!options.upper.empty()) run.request.upper_bound = parse_double(options.upper).value_or(0);
  run.threads = static_cast<unsigned>(parse_int(options.threads).value_or(0));
  return run;
}

Status check_offline(Options& options) {
  const auto bad = [](std::string message) {
    return fail(ErrorCode::kInvalidArgument, std::move(message));
  };
  if (!options.service.empty() || !options.resource.empty()) {
    return bad("--input is instead of --service and --resource");
  }
  if (options.horizon.empty()) return bad("--horizon: how many steps ahead, for example 48?");
  if (const auto steps = parse_int(options.horizon);
      steps && *steps > static_cast<std::int64_t>(forecast::kMaxHorizon)) {
    return bad("--horizon: at most " + std::to_string(forecast::kMaxHorizon) + " steps");
  }
  if (!options.calendar.empty()) {
    auto opened = forecast::open_calendar(options.calendar);
    if (!opened) return fail(opened.error());
    options.opened = std::move(*opened);
  }
  const ForecastRun run = run_of(options);
  if (run.threads > kThreadsMost) {
    return bad("--threads: at most " + std::to_string(kThreadsMost));
  }
  if (run.request.lower_bound > run.request.upper_bound)
    return bad("no value lies between --lower and --upper");
  if (run.request.model != forecast::kAutomatic) {
    if (const auto known = forecast::named_candidate(run.request); !known)
      return fail(known.error());
  } else if (!run.request.parameters.empty()) {
    return bad("--param is of one model; name it with --model (headroom models lists them)");
  }
  return {};
}

Status check(Options& options) {
  if (!options.input.empty()) return check_offline(options);
  const auto bad = [](std::string message) {
    return fail(ErrorCode::kInvalidArgument, std::move(message));
  };
  if (options.service.empty() && options.resource.empty())
    return bad("--service and --resource are required, or --input FILE");
  if (options.service.empty()) return bad("--service is required");
  if (options.resource.empty()) return bad("--resource is required");
  if (!options.horizon.empty() && !duration_problem(options.horizon).empty()) {
    return bad("--horizon: a number of steps goes with --input; write for example 24h");
  }
  for (const auto& [given, name] :
       {std::pair(&options.lower, "--lower"), std::pair(&options.upper, "--upper"),
        std::pair(&options.threads, "--threads")}) {
    if (!given->empty()) return bad(std::string(name) + " goes with --input only");
  }
  return {};
}

void add_options(CLI::App& app, Options& options) {
  app.add_option("--service", options.service, "whose demand, as the aggregator knows it")
      ->type_name("NAME");
  app.add_option("--resource", options.resource, "of what: CPU, MEMORY, NETWORK, …")
      ->type_name("NAME");
  app.add_option("--input", options.input,
                 "forecast the series of this file instead, or of standard input (-), without the "
                 "aggregator; CSV rows series_id,unix_ts,value")
      ->type_name("FILE");
  app.add_option("--horizon", options.horizon,
                 "how far ahead, for example 24h; with --input also a number of steps")
      ->check(horizon_problem)
      ->type_name("DURATION");
  app.add_option("--step", options.step,
                 "one point for every such length of time, for example 5m; with --input that of "
                 "the rows is found")
      ->check(duration_problem)
      ->type_name("DURATION");
  app.add_option("--level", options.levels,
                 "how sure the band is to be, for example 0.95; may be repeated")
      ->allow_extra_args(false)
      ->check(level_problem)
      ->type_name("SHARE");
  app.add_option("--history", options.history,
                 "how much of the past to learn from, for example 28d")
      ->check(duration_problem)
      ->type_name("DURATION");
  app.add_option("--model", options.model,
                 "a model of `headroom models` instead of the best or their blend (auto)")
      ->type_name("NAME");
  app.add_option("--param", options.parameters, "of that model; may be repeated")
      ->allow_extra_args(false)
      ->check(parameter_problem)
      ->type_name("NAME=NUMBER");
  app.add_option("--budget", options.budget,
                 "CPU time that the choice of a model may take per series (default 5ms); heavier "
                 "models take part in a larger one")
      ->check(budget_problem)
      ->type_name("DURATION");
  app.add_option("--calendar", options.calendar,
                 "sessions and events of past and future: XNYS, or with --input a YAML file")
      ->type_name("NAME");
  app.add_option("--lower", options.lower,
                 "no value is ever below; default 0 for series that never were")
      ->check(number_problem)
      ->type_name("NUMBER");
  app.add_option("--upper", options.upper, "no value is ever above")
      ->check(number_problem)
      ->type_name("NUMBER");
  app.add_option("--threads", options.threads, "cores to use (default all)")
      ->check(count_problem)
      ->type_name("COUNT");
}

}  // namespace

void add_forecast(Commands& commands) {
  const auto options = std::make_shared<Options>();
  Command& verb = commands.add(
      "forecast",
      "what a service will need, how sure that is, and how right such forecasts have been; or the "
      "same for the series of a file",
      {"headroom forecast --service web --resource CPU",
       "headroom forecast --service web --resource MEMORY --horizon 7d --step 1h --level 0.8 "
       "--level 0.95",
       "headroom forecast --service web --resource CPU --format csv --output forecast.csv",
       "headroom forecast --input demand.csv --horizon 48 --output out.csv"});
  add_options(*verb.app, *options);
  verb.check = [options](const Session&) { return check(*options); };
  verb.run = [options](Session& session) -> Status {
    if (!options->input.empty()) return forecast_file(session, run_of(*options));
    const auto answer = session.api.send("POST", "/forecasts", request_of(*options));
    if (!answer) return fail(answer.error());
    return show(session, *answer, {forecast_table, forecast_csv});
  };
}

}  // namespace headroom::cli
