// headroom agents
#include "cli/render/render.h"
#include "cli/verb.h"

namespace headroom::cli {

void add_agents(Commands& commands) {
  Command& verb =
      commands.add("agents", "who sends, since when, and whether anything was lost",
                   {"headroom agents", "headroom agents --format csv --output agents.csv"});
  verb.run = [](Session& session) -> Status {
    const auto answer = session.api.get_all("/agents");
    if (!answer) return fail(answer.error());
    return show(session, *answer, {agents_table, agents_csv});
  };
}

}  // namespace headroom::cli
