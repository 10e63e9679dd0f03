// headroom status
#include "cli/render/render.h"
#include "cli/verb.h"

namespace headroom::cli {

void add_status(Commands& commands) {
  Command& verb =
      commands.add("status", "whether all is well, and what the aggregator takes in and keeps",
                   {"headroom status", "headroom status --format json"});
  verb.run = [](Session& session) -> Status {
    const auto status = session.api.get("/status");
    if (!status) return fail(status.error());
    // What is wrong is named at once; a second question is only asked where something is.
    Json health;
    if (session.format == Format::kTable && text_at(*status, "overall_health") != "HEALTHY") {
      if (auto answer = session.api.get("/health")) health = std::move(*answer);
    }
    return show(
        session, *status,
        {[&](const Json& answer, const Look& look) { return status_table(answer, health, look); },
         {}});
  };
}

}  // namespace headroom::cli
