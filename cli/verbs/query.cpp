// headroom query: the values of series, now or over a range of time.
#include <algorithm>
#include <chrono>
#include <memory>

#include <CLI/CLI.hpp>

#include "cli/checks.h"
#include "cli/render/render.h"
#include "cli/selector.h"
#include "cli/text_width.h"
#include "cli/verb.h"
#include "common/base/text.h"

namespace headroom::cli {
namespace {

constexpr std::chrono::minutes kLongAnswer{10};  // millions of samples take their time

struct Options {
  std::string selector;
  std::string metric;
  std::vector<std::string> where;
  std::string host;
  std::string service;
  std::string last;
  std::string from;
  std::string to;
  std::string at;
  std::string step;
  std::string aggregate;
  std::string quantile;
  std::vector<std::string> by;
  std::string across;
  std::string across_quantile;
  std::string top;
  std::string bottom;

  // Rows that are compared with each other, not read one by one.
  bool is_comparison() const { return !across.empty() || !top.empty() || !bottom.empty(); }
  bool is_range() const { return !last.empty() || !from.empty(); }
  Result<std::string> match() const {
    return make_selector(metric.empty() ? selector : metric, where, host, service);
  }
};

std::string word_problem(const std::string& text, const std::vector<std::string>& known) {
  if (std::find(known.begin(), known.end(), text) != known.end()) return "";
  return "'" + clean(text) + "' is not one of " + join(known, ", ");
}

std::string aggregate_problem(const std::string& text) {
  return word_problem(
      text, {"avg", "min", "max", "sum", "count", "last", "rate", "increase", "quantile"});
}

std::string across_problem(const std::string& text) {
  return word_problem(text, {"sum", "avg", "min", "max", "count", "quantile"});
}

Error bad(const std::string& message) { return {ErrorCode::kInvalidArgument, message}; }

Status check_comparison(const Options& options) {
  if (!options.is_range() && (options.is_comparison() || !options.by.empty()))
    return fail(bad("--by, --across, --top and --bottom need a range: --last 1h, or --from"));
  if (!options.by.empty() && options.across.empty())
    return fail(bad("--by needs --across: how the series of a group are put together"));
  if (!options.top.empty() && !options.bottom.empty())
    return fail(bad("say either --top or --bottom"));
  if (!options.quantile.empty() && options.aggregate != "quantile")
    return fail(bad("--quantile belongs to --aggregate quantile"));
  if (!options.across_quantile.empty() && options.across != "quantile")
    return fail(bad("--across-quantile belongs to --across quantile"));
  return {};
}

Status check(const Options& options) {
  if (!options.metric.empty() && !options.selector.empty()) {
    return fail(ErrorCode::kInvalidArgument,
                "give the metric once: as --metric or in the selector");
  }
  if (const auto match = options.match(); !match) return fail(match.error());
  if (!options.last.empty() && (!options.from.empty() || !options.to.empty())) {
    return fail(ErrorCode::kInvalidArgument,
                "--last is a range by itself; leave --from and --to out");
  }
  if (!options.to.empty() && options.from.empty()) {
    return fail(ErrorCode::kInvalidArgument, "--to needs --from; or write --last 1h");
  }
  if (options.is_range() && !options.at.empty()) {
    return fail(ErrorCode::kInvalidArgument, "--at asks for one moment; leave it out with a range");
  }
  if (!options.is_range() && (!options.step.empty() || !options.aggregate.empty())) {
    return fail(ErrorCode::kInvalidArgument,
                "--step and --aggregate need a range: --last 1h, or --from and --to");
  }
  if (!options.aggregate.empty() && options.step.empty() && !options.is_comparison()) {
    return fail(ErrorCode::kInvalidArgument,
                "--aggregate needs --step, the length of what is put together");
  }
  return check_comparison(options);
}

Status run(Session& session, const Options& options) {
  http::Query query{{"match", options.match().value_or("")}};
  const auto add = [&](const char* name, const std::string& value) {
    if (!value.empty()) query.emplace_back(name, value);
  };
  add("time", options.at);
  add("last", options.last);
  add("from", options.from);
  add("to", options.to);
  add("step", options.step);
  add("aggregate", options.aggregate);
  add("quantile", options.quantile);
  add("by", join(options.by, ","));
  add("across", options.across);
  add("across_quantile", options.across_quantile);
  add("top", options.top);
  add("bottom", options.bottom);
  session.api.set_timeout(kLongAnswer);
  const auto answer = session.api.get_all(options.is_range() ? "/query_range" : "/query", query);
  if (!answer) return fail(answer.error());
  if (options.is_comparison()) return show(session, *answer, {comparison_table, query_csv});
  return show(session, *answer, {options.is_range() ? range_table : instant_table, query_csv});
}

void add_comparison_options(CLI::App& app, Options& options) {
  app.add_option("--across", options.across,
                 "put series together: sum, avg, min, max, count or quantile of their values")
      ->check(across_problem)
      ->type_name("HOW");
  app.add_option("--by", options.by, "one group per value of this attribute; may be repeated")
      ->allow_extra_args(false)
      ->delimiter(',')
      ->type_name("KEY");
  app.add_option("--across-quantile", options.across_quantile,
                 "which quantile, of --across quantile (default 0.5)")
      ->check(share_problem)
      ->type_name("SHARE");
  app.add_option("--top", options.top, "only so many, those with the highest mean")
      ->check(count_problem)
      ->type_name("COUNT");
  app.add_option("--bottom", options.bottom, "only so many, those with the lowest mean")
      ->check(count_problem)
      ->type_name("COUNT");
}

}  // namespace

void add_query(Commands& commands) {
  const auto options = std::make_shared<Options>();
  Command& verb = commands.add(
      "query", "the values of series: the last ones, or those of a range of time",
      {"headroom query system.memory.usage --host web-1",
       "headroom query 'system.cpu.utilization{cpu.mode=~\"user|system\"}' --service web --last 1h "
       "--step 5m",
       "headroom query system.memory.usage --last 1d --step 1h --by service.name --across sum",
       "headroom query headroom.resource.demand --where headroom.resource=CPU --last 7d --step 1h "
       "--top 10",
       "headroom query --metric system.memory.usage --where system.memory.state=used --last 1m",
       "headroom query headroom.resource.demand --from 2026-11-22T08:00:00Z --to "
       "2026-11-22T09:00:00Z --format csv"});
  CLI::App& app = *verb.app;
  app.add_option("SELECTOR", options->selector, "a metric, or a selector in quotes");
  app.add_option("--metric", options->metric, "the metric, where there is no selector")
      ->type_name("NAME");
  app.add_option("--where", options->where,
                 "only where this holds; also !=, =~ and !~; may be repeated")
      ->allow_extra_args(false)
      ->type_name("KEY=VALUE");
  app.add_option("--host", options->host, "only of this host")->type_name("NAME");
  app.add_option("--service", options->service, "only of this service")->type_name("NAME");
  app.add_option("--last", options->last, "the range up to now, for example 15m or 7d")
      ->check(duration_problem)
      ->type_name("DURATION");
  app.add_option("--from", options->from, "begin of the range: RFC 3339 or Unix seconds")
      ->check(time_problem)
      ->type_name("TIME");
  app.add_option("--to", options->to, "its end, not included (default now)")
      ->check(time_problem)
      ->type_name("TIME");
  app.add_option("--at", options->at, "the moment, where it is not now and no range is given")
      ->check(time_problem)
      ->type_name("TIME");
  app.add_option("--step", options->step, "one value for every such length of time")
      ->check(duration_problem)
      ->type_name("DURATION");
  app.add_option("--aggregate", options->aggregate,
                 "how it is made: avg, min, max, sum, count, last, rate, increase or quantile "
                 "(default avg, "
                 "rate for counters)")
      ->check(aggregate_problem)
      ->type_name("HOW");
  app.add_option("--quantile", options->quantile, "which quantile, for example 0.95 (default 0.5)")
      ->check(share_problem)
      ->type_name("SHARE");
  add_comparison_options(app, *options);
  verb.check = [options](const Session&) { return check(*options); };
  verb.run = [options](Session& session) { return run(session, *options); };
}

}  // namespace headroom::cli
