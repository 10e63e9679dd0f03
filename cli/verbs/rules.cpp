// headroom rules: list, show, apply, delete, evaluate.
#include <istream>
#include <iterator>
#include <memory>

#include <CLI/CLI.hpp>

#include "cli/csv.h"
#include "cli/render/render.h"
#include "cli/rule_file.h"
#include "cli/verb.h"
#include "common/base/file.h"
#include "common/base/text.h"

namespace headroom::cli {
namespace {

struct Options {
  std::string id;
  std::string file;
  bool dry_run = false;
};

std::string rule_path(const std::string& id) { return "/rules/" + path_segment(id); }

http::Query change_query(const Options& options) {
  http::Query query;
  if (options.dry_run) query.emplace_back("dry_run", "true");
  return query;
}

void add_dry_run(Command& verb, Options& options) {
  verb.app->add_flag("--dry-run", options.dry_run, "only say what would be done");
}

Result<std::string> read_rules(Session& session, const std::string& file) {
  if (file != "-") return read_file(file, kRuleFileBytes);
  return std::string(std::istreambuf_iterator<char>(session.in), std::istreambuf_iterator<char>());
}

// The version that a change is based on: the file's, if it carries one, else the one that is there
// now. It makes the aggregator refuse the change if somebody else was faster.
http::Query edit_query(const Options& options, const Json& rule, const Json& stored) {
  http::Query query = change_query(options);
  const Json& version =
      field(rule, "version").is_null() ? field(stored, "version") : field(rule, "version");
  if (!version.is_null()) query.emplace_back("if_version", csv_value(version));
  return query;
}

struct Applied {
  Json rule;
  bool created = false;
};

Result<Applied> apply_one(Session& session, const Options& options, const Json& rule) {
  const std::string path = rule_path(member(rule, "rule_id").get<std::string>());
  Json body = rule;
  for (const std::string_view key : kAddedRuleKeys) body.erase(std::string(key));
  const auto stored = session.api.get(path);
  if (!stored && stored.error().code != ErrorCode::kNotFound) return fail(stored.error());
  auto answer = stored ? session.api.send("PUT", path, body, edit_query(options, rule, *stored))
                       : session.api.send("POST", "/rules", body, change_query(options));
  if (!answer) return fail(answer.error());
  return Applied{std::move(*answer), !stored};
}

std::string applied_line(const Applied& applied, const Options& options) {
  std::string verb = applied.created ? "created" : "changed";
  if (options.dry_run) verb = "would be " + verb;
  std::string text = "Rule " + text_at(applied.rule, "rule_id") + " of " +
                     text_at(applied.rule, "service") + " " + verb;
  if (const auto version = number_at(applied.rule, "version"); version && !options.dry_run) {
    text += ", now version " + csv_value(field(applied.rule, "version"));
  }
  return text + ".\n";
}

Status apply(Session& session, const Options& options) {
  const std::string name = options.file == "-" ? "standard input" : options.file;
  const auto text = read_rules(session, options.file);
  if (!text) return fail(text.error());
  // All are read before the first is sent: a typing error changes nothing.
  const auto rules = parse_rules(*text, name);
  if (!rules) return fail(rules.error());
  Json answer{{"items", Json::array()}};
  std::string said;
  for (const Json& rule : *rules) {
    auto applied = apply_one(session, options, rule);
    if (!applied) {
      const std::string context = name + ", rule " + text_at(rule, "rule_id");
      // What went through before stands, and is said.
      const std::string before = said.empty() ? "" : "\n" + std::string(trim(said));
      return fail(applied.error().code, applied.error().within(context).message + before);
    }
    said += applied_line(*applied, options);
    answer["items"].push_back(std::move(applied->rule));
  }
  return show(session, answer, {[&](const Json&, const Look&) { return said; }, rules_csv});
}

Status remove(Session& session, const Options& options) {
  const auto answer =
      session.api.send("DELETE", rule_path(options.id), nullptr, change_query(options));
  if (!answer) return fail(answer.error());
  const Json done{{"rule_id", options.id}, {"deleted", !options.dry_run}};
  return show(session, done,
              {[&](const Json& shown, const Look&) {
                 const std::string verb = options.dry_run ? " would be deleted.\n" : " deleted.\n";
                 return "Rule " + text_at(shown, "rule_id") + verb;
               },
               {}});
}

void add_list_and_show(Commands& commands, Command& rules,
                       const std::shared_ptr<Options>& options) {
  rules.run = [](Session& session) -> Status {
    const auto answer = session.api.get_all("/rules");
    if (!answer) return fail(answer.error());
    return show(session, *answer, {rules_table, rules_csv});
  };
  Command& one = commands.add(
      "show", "one rule as YAML, with its last decision",
      {"headroom rules show web-cpu", "headroom rules show web-cpu > web-cpu.yaml"}, &rules);
  one.app->add_option("ID", options->id, "the rule's rule_id")->required();
  one.run = [options](Session& session) -> Status {
    const auto answer = session.api.get(rule_path(options->id));
    if (!answer) return fail(answer.error());
    return show(session, *answer, {rule_text, {}});
  };
}

void add_changes(Commands& commands, Command& rules, const std::shared_ptr<Options>& options) {
  Command& applying = commands.add(
      "apply", "create the rules of a YAML or JSON file, or change those that exist",
      {"headroom rules apply web-cpu.yaml", "headroom rules apply --dry-run web-cpu.yaml",
       "headroom rules show web-cpu | sed 's/max_instances: 3/max_instances: 5/' | headroom rules "
       "apply -"},
      &rules);
  applying.app->add_option("FILE", options->file, "the file, or - for standard input")->required();
  add_dry_run(applying, *options);
  applying.run = [options](Session& session) { return apply(session, *options); };

  Command& removing =
      commands.add("delete", "remove one rule", {"headroom rules delete web-cpu"}, &rules);
  removing.app->add_option("ID", options->id, "the rule's rule_id")->required();
  add_dry_run(removing, *options);
  removing.run = [options](Session& session) { return remove(session, *options); };

  Command& evaluating = commands.add("evaluate", "decide now, without waiting for the next round",
                                     {"headroom rules evaluate"}, &rules);
  add_dry_run(evaluating, *options);
  evaluating.run = [options](Session& session) -> Status {
    const auto answer = session.api.send("POST", "/evaluate", nullptr, change_query(*options));
    if (!answer) return fail(answer.error());
    return show(session, *answer, {decisions_table, decisions_csv});
  };
}

}  // namespace

void add_rules(Commands& commands) {
  const auto options = std::make_shared<Options>();
  Command& rules = commands.add(
      "rules", "the scaling rules and what they decided last; show, apply, delete, evaluate",
      {"headroom rules", "headroom rules show web-cpu", "headroom rules apply web-cpu.yaml"});
  rules.app->require_subcommand(0, 1);
  add_list_and_show(commands, rules, options);
  add_changes(commands, rules, options);
}

}  // namespace headroom::cli
