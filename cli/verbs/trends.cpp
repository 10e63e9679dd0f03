// headroom trends
#include <memory>

#include <CLI/CLI.hpp>

#include "cli/checks.h"
#include "cli/offline/analysis_run.h"
#include "cli/offline/workers.h"
#include "cli/verb.h"
#include "common/base/text.h"

namespace headroom::cli {
namespace {

struct Options {
  std::string input;
  std::string step;
  std::string level;
  std::string threads;
};

AnalysisRun run_of(const Options& options) {
  AnalysisRun run;
  run.input = options.input;
  if (!options.step.empty()) {
    run.grid.step = parse_duration(options.step).value_or(std::chrono::milliseconds(0));
  }
  if (!options.level.empty()) run.level = parse_double(options.level).value_or(run.level);
  run.threads = static_cast<unsigned>(parse_int(options.threads).value_or(0));
  return run;
}

}  // namespace

void add_trends(Commands& commands) {
  const auto options = std::make_shared<Options>();
  Command& verb = commands.add(
      "trends",
      "where the series of a file are going and where they changed, without their seasons",
      {"headroom trends --input demand.csv",
       "headroom trends --input demand.csv --level 0.9 --output trends.csv"});
  verb.app
      ->add_option("--input", options->input,
                   "a file, or standard input (-); CSV rows series_id,unix_ts,value")
      ->required()
      ->type_name("FILE");
  verb.app
      ->add_option("--step", options->step,
                   "one point for every such length of time; without, that of the rows is found")
      ->check(duration_problem)
      ->type_name("DURATION");
  verb.app
      ->add_option("--level", options->level,
                   "how sure the interval of the slope is to be (default 0.95)")
      ->check(level_problem)
      ->type_name("SHARE");
  verb.app->add_option("--threads", options->threads, "cores to use (default all)")
      ->check(count_problem)
      ->type_name("COUNT");
  verb.check = [options](const Session&) -> Status {
    if (run_of(*options).threads <= kThreadsMost) return {};
    return fail(ErrorCode::kInvalidArgument, "--threads: at most " + std::to_string(kThreadsMost));
  };
  verb.run = [options](Session& session) { return trends_of_file(session, run_of(*options)); };
}

}  // namespace headroom::cli
