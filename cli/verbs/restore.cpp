// headroom restore
#include <memory>

#include <CLI/CLI.hpp>

#include "cli/sibling.h"
#include "cli/verb.h"

namespace headroom::cli {
namespace {

struct Options {
  std::string backup;
  std::string config = "/etc/headroom/aggregator.yaml";
};

}  // namespace

void add_restore(Commands& commands) {
  const auto options = std::make_shared<Options>();
  Command& verb = commands.add(
      "restore", "put a backup in the place of the store; the aggregator must be stopped",
      {"sudo systemctl stop headroom-aggregator && sudo headroom restore before-upgrade",
       "headroom restore ./backups/20261122T055429Z --config aggregator.yaml"});
  verb.app
      ->add_option("BACKUP", options->backup,
                   "its folder, or its name in store.backup_path. It is checked first; the store "
                   "of before is kept beside the new one")
      ->required();
  verb.app
      ->add_option("--config", options->config,
                   "the aggregator's configuration, which says where the store is (default "
                   "/etc/headroom/aggregator.yaml)")
      ->type_name("FILE");
  verb.run = [options](Session&) {
    return become("headroom-aggregator",
                  {"--restore", options->backup, "--config", options->config});
  };
}

}  // namespace headroom::cli
