#include "cli/verb.h"

#include <CLI/CLI.hpp>

#include "cli/csv.h"

namespace headroom::cli {

Look Session::look() const {
  const bool to_file = !output.empty() && output != "-";
  Look look;
  look.width = to_file ? Look{}.width : terminal.width;
  look.height = !to_file && terminal.present ? terminal.height : 0;
  look.colour = !to_file && terminal.colour;
  look.now = clock.unix_ms();
  return look;
}

Status show(Session& session, const Json& answer, const View& view) {
  std::string text;
  switch (session.format) {
    case Format::kTable:
      text = view.table(answer, session.look());
      break;
    case Format::kJson:
      text = pretty(answer);
      break;
    case Format::kCsv:
      text = view.csv ? view.csv(answer) : fields_csv(answer);
      break;
  }
  return write_output(session.output, text, session.out);
}

Command& Commands::add(const std::string& name, const std::string& summary,
                       std::vector<std::string> examples, Command* under) {
  CLI::App& parent = under == nullptr ? root_ : *under->app;
  CLI::App* app = parent.add_subcommand(name, summary);
  app->fallthrough();  // --format and its like may stand anywhere
  Command& command = commands_.emplace_back();
  command.app = app;
  command.examples = std::move(examples);
  return command;
}

const Command* Commands::chosen() const {
  const Command* innermost = nullptr;
  for (const Command& command : commands_) {
    // A verb of a verb is added after it.
    if (command.app->parsed()) innermost = &command;
  }
  return innermost;
}

const Command* Commands::find(const CLI::App* app) const {
  for (const Command& command : commands_) {
    if (command.app == app) return &command;
  }
  return nullptr;
}

}  // namespace headroom::cli
