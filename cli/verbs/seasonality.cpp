// headroom seasonality
#include <memory>

#include <CLI/CLI.hpp>

#include "cli/offline/analysis_options.h"
#include "cli/verb.h"

namespace headroom::cli {

void add_seasonality(Commands& commands) {
  const auto options = std::make_shared<AnalysisOptions>();
  Command& verb = commands.add(
      "seasonality", "in which rhythms the series of a file repeat: how long, how strong, how sure",
      {"headroom seasonality --input demand.csv", "headroom seasonality --input - --format csv"});
  add_analysis_options(*verb.app, *options);
  verb.check = [options](const Session&) { return check(*options); };
  verb.run = [options](Session& session) { return seasonality_of_file(session, run_of(*options)); };
}

}  // namespace headroom::cli
