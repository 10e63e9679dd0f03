// headroom health
#include "cli/render/render.h"
#include "cli/verb.h"

namespace headroom::cli {

void add_health(Commands& commands) {
  Command& verb = commands.add("health", "which resources need attention, the worst first",
                               {"headroom health"});
  verb.run = [](Session& session) -> Status {
    const auto answer = session.api.get_all("/health");
    if (!answer) return fail(answer.error());
    return show(session, *answer, {health_table, utilization_csv});
  };
}

}  // namespace headroom::cli
