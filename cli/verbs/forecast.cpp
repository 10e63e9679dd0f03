// headroom forecast
#include <algorithm>
#include <memory>

#include <CLI/CLI.hpp>

#include "cli/checks.h"
#include "cli/render/render.h"
#include "cli/verb.h"
#include "common/base/text.h"

namespace headroom::cli {
namespace {

struct Options {
  std::string service;
  std::string resource;
  std::string horizon;
  std::string step;
  std::string history;
  std::vector<std::string> levels;
};

// Only what was given: the rest has its default at the aggregator.
Json request_of(const Options& options) {
  Json request{{"service", options.service}, {"resource", resource_name(options.resource)}};
  if (!options.horizon.empty()) request["horizon"] = options.horizon;
  if (!options.step.empty()) request["step"] = options.step;
  if (!options.history.empty()) request["history"] = options.history;
  std::vector<double> levels;
  levels.reserve(options.levels.size());
  for (const std::string& level : options.levels) levels.push_back(parse_double(level).value_or(0));
  std::sort(levels.begin(), levels.end());
  levels.erase(std::unique(levels.begin(), levels.end()), levels.end());
  if (!levels.empty()) request["levels"] = levels;
  return request;
}

}  // namespace

void add_forecast(Commands& commands) {
  const auto options = std::make_shared<Options>();
  Command& verb = commands.add(
      "forecast",
      "what a service will need, how sure that is, and how right such forecasts have been",
      {"headroom forecast --service web --resource CPU",
       "headroom forecast --service web --resource MEMORY --horizon 7d --step 1h --level 0.8 "
       "--level 0.95",
       "headroom forecast --service web --resource CPU --format csv --output forecast.csv"});
  CLI::App& app = *verb.app;
  app.add_option("--service", options->service, "whose demand")->required()->type_name("NAME");
  app.add_option("--resource", options->resource, "of what: CPU, MEMORY, NETWORK, …")
      ->required()
      ->type_name("NAME");
  app.add_option("--horizon", options->horizon, "how far ahead, for example 24h")
      ->check(duration_problem)
      ->type_name("DURATION");
  app.add_option("--step", options->step, "one point for every such length of time, for example 5m")
      ->check(duration_problem)
      ->type_name("DURATION");
  app.add_option("--level", options->levels,
                 "how sure the band is to be, for example 0.95; may be repeated")
      ->allow_extra_args(false)
      ->check(level_problem)
      ->type_name("SHARE");
  app.add_option("--history", options->history,
                 "how much of the past to learn from, for example 28d")
      ->check(duration_problem)
      ->type_name("DURATION");
  verb.run = [options](Session& session) -> Status {
    const auto answer = session.api.send("POST", "/forecasts", request_of(*options));
    if (!answer) return fail(answer.error());
    return show(session, *answer, {forecast_table, forecast_csv});
  };
}

}  // namespace headroom::cli
