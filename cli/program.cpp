#include "cli/program.h"

#include <optional>
#include <ostream>

#include <CLI/CLI.hpp>

#include "cli/checks.h"
#include "cli/help.h"
#include "cli/text_width.h"
#include "cli/verb.h"
#include "common/base/text.h"

namespace headroom::cli {
namespace {

constexpr const char* kDescription =
    "headroom asks the aggregator what is used now, what will be needed when, and what should be "
    "scaled.";

struct CommonOptions {
  std::string format = "table";
  std::string output;
  std::string socket;
  bool version = false;
};

void add_common_options(CLI::App& root, CommonOptions& options) {
  root.set_help_flag("-h,--help", "this text");
  root.add_option("--format", options.format,
                  "table, json (exact, as the API answers) or csv (exact)")
      ->check(format_problem)
      ->type_name("FORMAT");
  root.add_option("--output", options.output, "write into FILE instead of standard output")
      ->type_name("FILE");
  root.add_option("--socket", options.socket,
                  "the aggregator's admin socket (default HEADROOM_SOCKET, else " +
                      std::string(kDefaultSocket) + ")")
      ->type_name("PATH");
  root.add_flag("--version", options.version, "print the version");
}

Format parse_format(const std::string& text) {
  if (text == "json") return Format::kJson;
  return text == "csv" ? Format::kCsv : Format::kTable;
}

// "status", "rules show"; empty for the program itself.
std::string verb_name(const Command* command) {
  std::string name;
  const CLI::App* app = command == nullptr ? nullptr : command->app;
  for (; app != nullptr && app->get_parent() != nullptr; app = app->get_parent()) {
    name.insert(0, " " + app->get_name());
  }
  return name;
}

int bad_usage(const std::string& message, const Command* command, World& world) {
  const std::string name = "headroom" + verb_name(command);
  world.err << name << ": " << message << "\n" << name << " --help says how it is written.\n";
  return kExitBadUsage;
}

void add_names(const CLI::App& app, bool options, std::vector<std::string>& names) {
  if (options) {
    for (const CLI::Option* option : app.get_options()) {
      for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
    }
    return;
  }
  for (const CLI::App* verb : app.get_subcommands([](const CLI::App*) { return true; })) {
    names.push_back(verb->get_name());
  }
}

std::string unknown_argument(const CLI::App& root, const Command* command,
                             const std::string& argument) {
  const bool is_option = argument.starts_with('-');
  const std::string word = is_option ? argument.substr(0, argument.find('=')) : argument;
  std::vector<std::string> known;
  if (command != nullptr) add_names(*command->app, is_option, known);
  if (command == nullptr || is_option) add_names(root, is_option, known);
  std::string text = "'" + clean(word) + "' is ";
  if (is_option) {
    text += "not an option here";
  } else {
    text += command == nullptr ? "not a verb" : "one word too many";
  }
  if (const auto meant = nearest(word, known)) text += "; did you mean " + *meant + "?";
  return text;
}

// "help VERB" is what some people type first.
std::vector<std::string> normalized(const std::vector<std::string>& arguments) {
  if (arguments.empty() || arguments.front() != "help") return arguments;
  std::vector<std::string> asked(arguments.begin() + 1, arguments.end());
  asked.emplace_back("--help");
  return asked;
}

// Parses; the exit status where that already is the end.
std::optional<int> parse(CLI::App& root, const Commands& commands,
                         const std::vector<std::string>& arguments, World& world,
                         const Look& look) {
  const std::vector<std::string> asked = normalized(arguments);
  std::optional<std::string> problem;
  try {
    // CLI11 takes them last first.
    std::vector<std::string> reversed(asked.rbegin(), asked.rend());
    root.parse(std::move(reversed));
  } catch (const CLI::CallForHelp&) {
    const Command* command = commands.chosen();
    world.out << (command == nullptr ? program_help(root, look) : verb_help(root, *command, look));
    return kExitDone;
  } catch (const CLI::ArgumentMismatch& error) {
    const std::string text = clean(error.what());
    problem = text.substr(0, text.find(':')) + " needs a value";
  } catch (const CLI::Error& error) {
    problem = clean(error.what());
  }
  // A mistyped option is named as such, not as the required one that is missing because of it.
  const Command* command = commands.chosen();
  const std::vector<std::string> unknown = root.remaining(true);
  if (!unknown.empty())
    return bad_usage(unknown_argument(root, command, unknown.front()), command, world);
  if (problem) return bad_usage(*problem, command, world);
  return std::nullopt;
}

int report(const Error& error, const Command& command, World& world) {
  // An error may have a second line, which says what to do.
  world.err << "headroom" << verb_name(&command) << ": " << clean_lines(error.message);
  return kExitFailed;
}

}  // namespace

int run_program(const std::vector<std::string>& arguments, World& world) {
  CLI::App root(kDescription, "headroom");
  root.allow_extras();  // so that this program, and not CLI11, says what is wrong with them
  CommonOptions options;
  add_common_options(root, options);
  root.require_subcommand(0, 1);
  Commands commands(root);
  add_verbs(commands);

  Look look;
  look.width = world.terminal.width;
  look.colour = world.terminal.colour;
  if (const auto status = parse(root, commands, arguments, world, look)) return *status;
  if (options.version) {
    world.out << "headroom " << HEADROOM_VERSION << "\n";
    return kExitDone;
  }
  const Command* command = commands.chosen();
  if (command == nullptr) {
    world.out << program_help(root, look);
    return kExitDone;
  }
  if (options.socket.empty()) options.socket = world.environment("HEADROOM_SOCKET").value_or("");
  if (options.socket.empty()) options.socket = kDefaultSocket;
  Api api(options.socket);
  Session session{api,
                  parse_format(options.format),
                  options.output,
                  world.terminal,
                  world.clock,
                  world.in,
                  world.out,
                  world.err};
  if (command->check) {
    if (const Status usage = command->check(session); !usage)
      return bad_usage(usage.error().message, command, world);
  }
  if (const Status done = command->run(session); !done)
    return report(done.error(), *command, world);
  return kExitDone;
}

}  // namespace headroom::cli
