// headroom actions: list, show.
#include <memory>

#include <CLI/CLI.hpp>

#include "cli/checks.h"
#include "cli/render/render.h"
#include "cli/verb.h"

namespace headroom::cli {
namespace {

struct Options {
  std::string id;
  std::string service;
  std::string state;
  std::string limit = "20";
};

}  // namespace

void add_actions(Commands& commands) {
  const auto options = std::make_shared<Options>();
  Command& actions =
      commands.add("actions", "what the rules proposed, the newest first; show",
                   {"headroom actions", "headroom actions --service web --state proposed",
                    "headroom actions show ID"});
  CLI::App& app = *actions.app;
  app.require_subcommand(0, 1);
  app.add_option("--service", options->service, "only for this service")->type_name("NAME");
  app.add_option("--state", options->state, "only those that are proposed, expired, …")
      ->type_name("STATE");
  app.add_option("--limit", options->limit, "how many (default 20)")
      ->check(count_problem)
      ->type_name("COUNT");
  actions.run = [options](Session& session) -> Status {
    http::Query query{{"limit", options->limit}};
    if (!options->service.empty()) query.emplace_back("service", options->service);
    if (!options->state.empty()) query.emplace_back("state", options->state);
    const auto answer = session.api.get("/actions", query);
    if (!answer) return fail(answer.error());
    return show(session, *answer, {actions_table, actions_csv});
  };

  Command& one =
      commands.add("show", "everything about one action", {"headroom actions show ID"}, &actions);
  one.app->add_option("ID", options->id, "its action_id")->required();
  one.run = [options](Session& session) -> Status {
    const auto answer = session.api.get("/actions/" + path_segment(options->id));
    if (!answer) return fail(answer.error());
    return show(session, *answer, {action_text, {}});
  };
}

}  // namespace headroom::cli
