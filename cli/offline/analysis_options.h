// What the verbs that analyse a file may be told.
#pragma once

#include <string>

#include "cli/offline/analysis_run.h"
#include "common/base/result.h"

namespace CLI {
class App;
}

namespace headroom::cli {

struct AnalysisOptions {
  std::string input;
  std::string step;
  std::string level;
  std::string threads;
};

// --input, --step and --threads; `options` must outlive the parsing.
void add_analysis_options(CLI::App& app, AnalysisOptions& options);

AnalysisRun run_of(const AnalysisOptions& options);

// Error: kInvalidArgument for more threads than kThreadsMost.
Status check(const AnalysisOptions& options);

}  // namespace headroom::cli
