#include "cli/offline/analysis_options.h"

#include <CLI/CLI.hpp>

#include "cli/checks.h"
#include "cli/offline/workers.h"
#include "common/base/text.h"

namespace headroom::cli {

void add_analysis_options(CLI::App& app, AnalysisOptions& options) {
  app.add_option("--input", options.input,
                 "a file, or standard input (-); CSV rows series_id,unix_ts,value")
      ->required()
      ->type_name("FILE");
  app.add_option("--step", options.step,
                 "one point for every such length of time; without, that of the rows is found")
      ->check(duration_problem)
      ->type_name("DURATION");
  app.add_option("--threads", options.threads, "cores to use (default all)")
      ->check(count_problem)
      ->type_name("COUNT");
}

AnalysisRun run_of(const AnalysisOptions& options) {
  AnalysisRun run;
  run.input = options.input;
  if (!options.step.empty()) {
    run.grid.step = parse_duration(options.step).value_or(std::chrono::milliseconds(0));
  }
  if (!options.level.empty()) run.level = parse_double(options.level).value_or(run.level);
  run.threads = static_cast<unsigned>(parse_int(options.threads).value_or(0));
  return run;
}

Status check(const AnalysisOptions& options) {
  if (run_of(options).threads <= kThreadsMost) return {};
  return fail(ErrorCode::kInvalidArgument, "--threads: at most " + std::to_string(kThreadsMost));
}

}  // namespace headroom::cli
