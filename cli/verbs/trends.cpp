// headroom trends
#include <memory>

#include <CLI/CLI.hpp>

#include "cli/checks.h"
#include "cli/offline/analysis_options.h"
#include "cli/verb.h"

namespace headroom::cli {

void add_trends(Commands& commands) {
  const auto options = std::make_shared<AnalysisOptions>();
  Command& verb = commands.add(
      "trends",
      "where the series of a file are going and where they changed, without their seasons",
      {"headroom trends --input demand.csv",
       "headroom trends --input demand.csv --level 0.9 --output trends.csv"});
  add_analysis_options(*verb.app, *options);
  verb.app
      ->add_option("--level", options->level,
                   "how sure the interval of the slope is to be (default 0.95)")
      ->check(level_problem)
      ->type_name("SHARE");
  verb.check = [options](const Session&) { return check(*options); };
  verb.run = [options](Session& session) { return trends_of_file(session, run_of(*options)); };
}

}  // namespace headroom::cli
