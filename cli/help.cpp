#include "cli/help.h"

#include <algorithm>

#include <CLI/CLI.hpp>

#include "cli/table.h"
#include "cli/text_width.h"

namespace headroom::cli {
namespace {

constexpr std::size_t kTextColumnsMax = 100;

std::string heading(const std::string& text, const Look& look) {
  return "\n" + paint(text, Tone::kStrong, look.colour) + "\n";
}

bool is_argument(const CLI::Option& option) {
  return option.get_positional() && !option.nonpositional();
}

// "--service NAME", "-h, --help", "SELECTOR".
std::string written(const CLI::Option& option) {
  if (is_argument(option)) return option.get_name(true);
  std::string text;
  for (const std::string& name : option.get_snames()) text += "-" + name + ", ";
  for (const std::string& name : option.get_lnames()) text += "--" + name + ", ";
  text.resize(text.size() - std::min<std::size_t>(2, text.size()));
  if (option.get_type_size() > 0 && !option.get_type_name().empty())
    text += " " + option.get_type_name();
  return text;
}

// The options of an app, or its arguments; --help is told once, with those of every verb.
std::string options_text(const CLI::App& app, bool arguments, const Look& look) {
  std::vector<Detail> details;
  for (const CLI::Option* option : app.get_options()) {
    const bool told_already = option == app.get_help_ptr() && app.get_parent() != nullptr;
    if (is_argument(*option) == arguments && !told_already) {
      details.push_back({written(*option), option->get_description()});
    }
  }
  return render_details(details, look, 2);
}

std::string verbs_text(const CLI::App& app, const Look& look) {
  std::vector<Detail> details;
  for (const CLI::App* verb : app.get_subcommands([](const CLI::App*) { return true; })) {
    details.push_back({verb->get_name(), verb->get_description()});
  }
  return render_details(details, look, 2);
}

std::string examples_text(const std::vector<std::string>& examples) {
  std::string text;
  for (const std::string& example : examples) text += "  " + example + "\n";
  return text;
}

// "headroom rules show".
std::string full_name(const CLI::App& app) {
  std::string name = app.get_name();
  for (const CLI::App* parent = app.get_parent(); parent != nullptr;
       parent = parent->get_parent()) {
    name.insert(0, parent->get_name() + " ");
  }
  return name;
}

// "headroom rules show ID [options]": arguments and required options in their order.
std::string usage(const CLI::App& app) {
  std::string required;
  std::string positional;
  for (const CLI::Option* option : app.get_options()) {
    if (is_argument(*option)) {
      positional +=
          " " + (option->get_required() ? written(*option) : "[" + written(*option) + "]");
    } else if (option->get_required()) {
      required += " " + written(*option);
    }
  }
  const bool has_verbs = !app.get_subcommands([](const CLI::App*) { return true; }).empty();
  return "Usage: " + full_name(app) + (has_verbs ? " [VERB]" : "") + positional + required +
         " [options]\n";
}

Look narrowed(const Look& look) {
  Look narrow = look;
  narrow.width = std::min(look.width, kTextColumnsMax);
  return narrow;
}

}  // namespace

std::string program_help(const CLI::App& root, const Look& look) {
  const Look narrow = narrowed(look);
  std::string text = root.get_description() + "\n\nUsage: headroom VERB [options]\n";
  text += heading("Verbs", narrow) + verbs_text(root, narrow);
  text += heading("Options of every verb", narrow) + options_text(root, false, narrow);
  text += heading("Examples", narrow) +
          examples_text({"headroom status", "headroom utilization --service web",
                         "headroom query system.memory.usage --host web-1 --last 1h",
                         "headroom forecast --service web --resource CPU",
                         "headroom rules apply web-cpu.yaml"});
  return text + "\nheadroom VERB --help says more about one of them.\n";
}

std::string verb_help(const CLI::App& root, const Command& command, const Look& look) {
  const Look narrow = narrowed(look);
  const CLI::App& app = *command.app;
  std::string text =
      wrap(full_name(app) + ": " + app.get_description(), narrow.width, 0) + "\n\n" + usage(app);
  const auto add = [&](const char* title, const std::string& part) {
    if (!part.empty()) text += heading(title, narrow) + part;
  };
  add("Verbs", verbs_text(app, narrow));
  add("Arguments", options_text(app, true, narrow));
  add("Options", options_text(app, false, narrow));
  text += heading("Options of every verb", narrow) + options_text(root, false, narrow);
  if (!command.examples.empty())
    text += heading("Examples", narrow) + examples_text(command.examples);
  return text;
}

}  // namespace headroom::cli
