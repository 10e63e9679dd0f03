// headroom series
#include <memory>

#include <CLI/CLI.hpp>

#include "cli/render/render.h"
#include "cli/selector.h"
#include "cli/verb.h"

namespace headroom::cli {
namespace {

struct Options {
  std::string selector;
  std::vector<std::string> where;
  std::string host;
  std::string service;

  bool selects() const {
    return !selector.empty() || !where.empty() || !host.empty() || !service.empty();
  }
  Result<std::string> match() const { return make_selector(selector, where, host, service); }
};

}  // namespace

void add_series(Commands& commands) {
  const auto options = std::make_shared<Options>();
  Command& verb =
      commands.add("series", "which series there are",
                   {"headroom series", "headroom series system.cpu.utilization --host web-1",
                    "headroom series 'system.memory.usage{system.memory.state=\"used\"}'"});
  verb.app->add_option("SELECTOR", options->selector, "a metric, or a selector in quotes");
  verb.app
      ->add_option("--where", options->where,
                   "only where this holds; also !=, =~ and !~; may be repeated")
      ->allow_extra_args(false)
      ->type_name("KEY=VALUE");
  verb.app->add_option("--host", options->host, "only of this host")->type_name("NAME");
  verb.app->add_option("--service", options->service, "only of this service")->type_name("NAME");
  verb.check = [options](const Session&) -> Status {
    if (!options->selects()) return {};
    const auto match = options->match();
    return match ? Status() : fail(match.error());
  };
  verb.run = [options](Session& session) -> Status {
    http::Query query;
    if (options->selects()) query.emplace_back("match", options->match().value_or(""));
    const auto answer = session.api.get_all("/series", query);
    if (!answer) return fail(answer.error());
    return show(session, *answer, {series_table, series_csv});
  };
}

}  // namespace headroom::cli
