// headroom utilization
#include <memory>

#include <CLI/CLI.hpp>

#include "cli/checks.h"
#include "cli/render/render.h"
#include "cli/verb.h"
#include "cli/watch.h"

namespace headroom::cli {
namespace {

struct Options {
  std::string service;
  std::string resource;
  std::string host;
  WatchOption watch;
};

http::Query query_of(const Options& options) {
  http::Query query;
  if (!options.service.empty()) query.emplace_back("service", options.service);
  if (!options.resource.empty()) query.emplace_back("resource", resource_name(options.resource));
  if (!options.host.empty()) query.emplace_back("host", options.host);
  return query;
}

}  // namespace

void add_utilization(Commands& commands) {
  const auto options = std::make_shared<Options>();
  Command& verb =
      commands.add("utilization", "what is used of what there is, per service and resource",
                   {"headroom utilization", "headroom utilization --service web --resource CPU",
                    "headroom utilization --host web-1 --watch 5s",
                    "headroom utilization --format csv --output utilization.csv"});
  verb.app->add_option("--service", options->service, "only this service")->type_name("NAME");
  verb.app->add_option("--resource", options->resource, "only this resource: CPU, MEMORY, DISK, …")
      ->type_name("NAME");
  verb.app->add_option("--host", options->host, "what this host uses, instead of services")
      ->type_name("NAME");
  options->watch.add_to(verb);
  verb.check = [options](const Session& session) { return options->watch.check(session); };
  verb.run = [options](Session& session) -> Status {
    const auto ask = [&] { return session.api.get_all("/utilization", query_of(*options)); };
    if (options->watch.wanted()) {
      return watch(session, options->watch.interval(), [&](const Look& look) {
        return ask().map([&](const Json& answer) { return utilization_table(answer, look); });
      });
    }
    const auto answer = ask();
    if (!answer) return fail(answer.error());
    return show(session, *answer, {utilization_table, utilization_csv});
  };
}

}  // namespace headroom::cli
