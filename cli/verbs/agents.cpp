// headroom agents: list, remove.
#include <memory>

#include <CLI/CLI.hpp>

#include "cli/render/parts.h"
#include "cli/render/render.h"
#include "cli/verb.h"

namespace headroom::cli {
namespace {

struct Options {
  std::string name;
  bool dry_run = false;
};

Status remove(Session& session, const Options& options) {
  http::Query query;
  if (options.dry_run) query.emplace_back("dry_run", "true");
  const auto answer =
      session.api.send("DELETE", "/agents/" + path_segment(options.name), nullptr, query);
  if (!answer) return fail(answer.error());
  return show(session, *answer,
              {[&](const Json& done, const Look&) {
                 const std::string what = text_at(done, "agent") + " and its " +
                                          counted(count_at(done, "series"), "series");
                 if (options.dry_run) return what + " would be removed.\n";
                 return what +
                        " are removed: they no longer count, and their history stays until its "
                        "retention ends.\nTo keep the host out for good, take its key file out of "
                        "ingest.authorized_agents.\n";
               },
               {}});
}

}  // namespace

void add_agents(Commands& commands) {
  const auto options = std::make_shared<Options>();
  Command& verb =
      commands.add("agents", "who sends, since when, and whether anything was lost; remove",
                   {"headroom agents", "headroom agents --format csv --output agents.csv",
                    "headroom agents remove web-7"});
  verb.app->require_subcommand(0, 1);
  verb.run = [](Session& session) -> Status {
    const auto answer = session.api.get_all("/agents");
    if (!answer) return fail(answer.error());
    return show(session, *answer, {agents_table, agents_csv});
  };

  Command& removing = commands.add("remove", "a host is gone: its series no longer count",
                                   {"headroom agents remove web-7"}, &verb);
  removing.app->add_option("NAME", options->name, "the agent's name, which is its host's")
      ->required();
  removing.app->add_flag("--dry-run", options->dry_run, "only say what would be done");
  removing.run = [options](Session& session) { return remove(session, *options); };
}

}  // namespace headroom::cli
