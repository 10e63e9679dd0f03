// headroom anomalies
#include <memory>

#include <CLI/CLI.hpp>

#include "cli/checks.h"
#include "cli/offline/anomaly_run.h"
#include "cli/offline/workers.h"
#include "cli/text_width.h"
#include "cli/verb.h"
#include "common/base/text.h"

namespace headroom::cli {
namespace {

struct Options {
  std::string input;
  std::string false_alarms = "1/7d";
  std::string threads;
};

std::string false_alarms_problem(const std::string& text) {
  const auto rate = forecast::parse_false_alarms(text);
  return rate ? "" : clean(rate.error().message);
}

AnomalyRun run_of(const Options& options) {
  AnomalyRun run;
  run.input = options.input;
  run.wanted = forecast::parse_false_alarms(options.false_alarms).value_or(run.wanted);
  run.threads = static_cast<unsigned>(parse_int(options.threads).value_or(0));
  return run;
}

}  // namespace

void add_anomalies(Commands& commands) {
  const auto options = std::make_shared<Options>();
  Command& verb = commands.add(
      "anomalies", "what is unlike its own past in the series of a file, point by point",
      {"headroom anomalies --input series.csv --output out.csv",
       "headroom anomalies --input series.csv --false-alarms 1/30d",
       "zcat series.csv.gz | headroom anomalies --input - --format csv > out.csv"});
  CLI::App& app = *verb.app;
  app.add_option("--input", options->input,
                 "rows of series_id,unix_ts,value, in a file or on standard input (-)")
      ->required()
      ->type_name("FILE");
  app.add_option("--false-alarms", options->false_alarms,
                 "how many alarms may be false for each series, alarms less than 6 h apart being "
                 "one (default 1/7d)")
      ->check(false_alarms_problem)
      ->type_name("COUNT/DURATION");
  app.add_option("--threads", options->threads, "cores to use (default all)")
      ->check(count_problem)
      ->type_name("COUNT");
  verb.check = [options](const Session&) -> Status {
    if (run_of(*options).threads <= kThreadsMost) return {};
    return fail(ErrorCode::kInvalidArgument, "--threads: at most " + std::to_string(kThreadsMost));
  };
  verb.run = [options](Session& session) { return anomalies_of_file(session, run_of(*options)); };
}

}  // namespace headroom::cli
