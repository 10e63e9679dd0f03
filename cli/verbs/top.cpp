// headroom top
#include <memory>

#include <CLI/CLI.hpp>

#include "cli/checks.h"
#include "cli/render/render.h"
#include "cli/verb.h"
#include "cli/watch.h"

namespace headroom::cli {
namespace {

struct Options {
  std::string by = "CPU";
  std::string limit = "20";
  WatchOption watch;
};

}  // namespace

void add_top(Commands& commands) {
  const auto options = std::make_shared<Options>();
  Command& verb =
      commands.add("top", "the fullest hosts, resource by resource",
                   {"headroom top", "headroom top --by MEMORY --limit 50", "headroom top --watch"});
  verb.app->add_option("--by", options->by, "sort by this resource (default CPU)")
      ->type_name("RESOURCE");
  verb.app->add_option("--limit", options->limit, "how many hosts (default 20)")
      ->check(count_problem)
      ->type_name("COUNT");
  options->watch.add_to(verb);
  verb.check = [options](const Session& session) { return options->watch.check(session); };
  verb.run = [options](Session& session) -> Status {
    const std::string by = resource_name(options->by);
    // Not get_all: the limit is how much is wanted, not the size of a page.
    const auto ask = [&] {
      return session.api.get("/top", {{"by", by}, {"limit", options->limit}});
    };
    if (options->watch.wanted()) {
      return watch(session, options->watch.interval(), [&](const Look& look) {
        return ask().map([&](const Json& answer) { return top_table(answer, by, look); });
      });
    }
    const auto answer = ask();
    if (!answer) return fail(answer.error());
    return show(
        session, *answer,
        {[&](const Json& shown, const Look& look) { return top_table(shown, by, look); }, top_csv});
  };
}

}  // namespace headroom::cli
