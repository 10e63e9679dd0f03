// headroom backup
#include <chrono>
#include <memory>

#include <CLI/CLI.hpp>

#include "cli/render/parts.h"
#include "cli/units.h"
#include "cli/verb.h"

namespace headroom::cli {
namespace {

constexpr std::chrono::hours kLongWork{24};  // onto another disk everything is copied

struct Options {
  std::string name;
  bool dry_run = false;
};

std::string backup_text(const Json& done, bool dry_run) {
  const std::string name = text_at(done, "name");
  const std::string size = format_bytes(count_at(done, "bytes"));
  if (dry_run) return "Would back up about " + size + " to " + text_at(done, "path") + ".\n";
  return "Backed up " + size + " to " + text_at(done, "path") + " in " +
         format_value(number_at(done, "seconds"), "s") + ".\n\n" +
         "Check it:  headroom store verify --path " + text_at(done, "path") +
         "\nGo back:   headroom restore " + name + "\n";
}

}  // namespace

void add_backup(Commands& commands) {
  const auto options = std::make_shared<Options>();
  Command& verb = commands.add("backup", "a consistent copy of the store, made while it runs",
                               {"headroom backup", "headroom backup before-upgrade"});
  verb.app->add_option("NAME", options->name,
                       "its folder in the aggregator's store.backup_path (default: the time)");
  verb.app->add_flag("--dry-run", options->dry_run, "only say what would be done");
  verb.run = [options](Session& session) -> Status {
    Json body;
    if (!options->name.empty()) body = Json{{"name", options->name}};
    http::Query query;
    if (options->dry_run) query.emplace_back("dry_run", "true");
    session.api.set_timeout(kLongWork);
    const auto answer = session.api.send("POST", "/backup", body, query);
    if (!answer) return fail(answer.error());
    return show(
        session, *answer,
        {[&](const Json& done, const Look&) { return backup_text(done, options->dry_run); }, {}});
  };
}

}  // namespace headroom::cli
