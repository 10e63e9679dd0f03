// headroom store: stats, verify, flush, cardinality.
#include <chrono>
#include <memory>
#include <thread>

#include <CLI/CLI.hpp>

#include "cli/progress.h"
#include "cli/render/parts.h"
#include "cli/render/render.h"
#include "cli/sibling.h"
#include "cli/units.h"
#include "cli/verb.h"

namespace headroom::cli {
namespace {

constexpr std::chrono::milliseconds kPoll{250};
constexpr std::chrono::minutes kLongWork{60};

struct Options {
  std::string path;
  bool cancel = false;
};

Status stats(Session& session) {
  const auto answer = session.api.get("/store/stats");
  if (!answer) return fail(answer.error());
  return show(session, *answer, {store_stats_table, store_stats_csv});
}

// Until it is over. Ctrl-C ends the looking on, not the work.
Result<Json> wait_for_verify(Session& session) {
  ProgressBar bar(session, "verifying the store");
  for (;;) {
    auto state = session.api.get("/store/verify");
    if (!state || text_at(*state, "state") != "running") return state;
    bar.draw(number_at(*state, "done").value_or(0));
    std::this_thread::sleep_for(kPoll);
  }
}

Status verify(Session& session, const Options& options) {
  if (!options.path.empty()) return become("headroom-aggregator", {"--verify-store", options.path});
  if (options.cancel) {
    const auto answer = session.api.send("DELETE", "/store/verify");
    if (!answer) return fail(answer.error());
    return show(session, *answer, {verify_text, verify_csv});
  }
  const auto started = session.api.send("POST", "/store/verify");
  // Where one runs already, this one looks on.
  if (!started && started.error().code != ErrorCode::kAlreadyExists) return fail(started.error());
  const auto state = wait_for_verify(session);
  if (!state) return fail(state.error());
  const std::string word = text_at(*state, "state");
  if (word == "failed") return fail(ErrorCode::kInternal, text_at(*state, "error"));
  if (word == "cancelled") return fail(ErrorCode::kCancelled, "somebody cancelled it");
  if (auto shown = show(session, *state, {verify_text, verify_csv}); !shown) return shown;
  const double problems = count_at(*state, "report.problem_count");
  if (problems == 0) return {};
  return fail(ErrorCode::kCorruption, "the store is damaged: " + counted(problems, "problem"));
}

Status flush(Session& session) {
  session.api.set_timeout(kLongWork);
  const auto answer = session.api.send("POST", "/store/flush");
  if (!answer) return fail(answer.error());
  return show(session, *answer,
              {[](const Json& done, const Look&) {
                 return "Moved " + counted(count_at(done, "head_samples"), "sample") + " (" +
                        format_bytes(count_at(done, "head_bytes")) +
                        ") from memory into chunks, in " +
                        format_value(number_at(done, "seconds"), "s") + ".\n";
               },
               {}});
}

Status cardinality(Session& session) {
  const auto answer = session.api.get("/store/cardinality");
  if (!answer) return fail(answer.error());
  return show(session, *answer, {cardinality_table, cardinality_csv});
}

}  // namespace

void add_store(Commands& commands) {
  const auto options = std::make_shared<Options>();
  Command& store = commands.add(
      "store", "how large the store is, and whether it is whole; verify, flush, …",
      {"headroom store stats", "headroom store verify", "headroom store cardinality --format csv"});
  store.app->require_subcommand(0, 1);
  store.run = stats;

  commands
      .add("stats", "what is kept, what it takes, and what is left of the disk",
           {"headroom store stats", "headroom store stats --format json"}, &store)
      .run = stats;

  Command& verifying = commands.add(
      "verify", "read everything back and check it; the exit status is 1 where it is damaged",
      {"headroom store verify", "headroom store verify --cancel",
       "headroom store verify --path /var/lib/headroom/backup/20261122T055429Z"},
      &store);
  verifying.app
      ->add_option("--path", options->path,
                   "a store that no aggregator has open, or a backup; without the aggregator")
      ->type_name("DIR");
  verifying.app->add_flag("--cancel", options->cancel, "end the one that is running");
  verifying.check = [options](const Session&) -> Status {
    if (!options->cancel || options->path.empty()) return {};
    return fail(ErrorCode::kInvalidArgument, "--cancel is for the running aggregator's store");
  };
  verifying.run = [options](Session& session) { return verify(session, *options); };

  commands.add("flush", "move what is in memory into chunks now", {"headroom store flush"}, &store)
      .run = flush;
  commands
      .add("cardinality", "how many series there are, and which limits keep some out",
           {"headroom store cardinality"}, &store)
      .run = cardinality;
}

}  // namespace headroom::cli
