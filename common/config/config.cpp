#include "common/config/config.h"

#include <cstdlib>
#include <set>
#include <utility>

#include <yaml-cpp/yaml.h>

#include "common/base/file.h"
#include "common/base/text.h"

namespace headroom::config {
namespace {

struct Entry {
  YAML::Node node;
  int line = 0;  // from 1
};

// What a key was set to, and where.
struct Setting {
  std::string where;                // "agent.yaml:12" or "HEADROOM_PUSH_SERVER"
  std::optional<std::string> text;  // from the environment
  YAML::Node node;                  // from the file
};

std::string environment_name(const std::string& key) {
  std::string name = "HEADROOM_";
  for (const char c : key) {
    const bool lower = c >= 'a' && c <= 'z';
    name += lower ? static_cast<char>(c - 'a' + 'A') : (c == '.' || c == '-' ? '_' : c);
  }
  return name;
}

std::string yaml_text(const std::string& text) {
  const bool plain =
      !text.empty() && text.find_first_of(":#{}[],&*!|>'\"%@` ") == std::string::npos;
  return plain ? text : "\"" + text + "\"";
}

}  // namespace

Environment process_environment() {
  return [](const std::string& name) -> std::optional<std::string> {
    const char* value = std::getenv(name.c_str());
    return value == nullptr ? std::nullopt : std::optional<std::string>(value);
  };
}

struct Binder::Impl {
  std::string path;
  Environment environment;
  std::map<std::string, Entry> entries;  // leaves and inner nodes of the file, by dotted key
  std::set<std::string> leaves;          // keys of the file that hold a value
  std::set<std::string> bound;
  std::vector<std::string> bound_in_order;
  std::map<std::string, std::pair<std::string, std::string>> described;  // key → value, help
  std::vector<std::string> errors;

  void load();
  void flatten(const YAML::Node& node, const std::string& prefix);
  std::optional<Setting> find(const std::string& key);
  void complain(const Setting& setting, const std::string& key, const std::string& reason) {
    errors.push_back(setting.where + ": " + key + ": " + reason);
  }
  void describe(const std::string& key, const std::string& value, std::string_view help) {
    described[key] = {value, std::string(help)};
  }
  std::optional<std::string> scalar(const Setting& setting, const std::string& key);
  // "store:" with nothing, or only comments, below it.
  bool is_empty_section(const std::string& key) const {
    const YAML::Node& node = entries.at(key).node;
    const auto first = bound.lower_bound(key + ".");
    return (node.IsNull() || node.IsMap()) && first != bound.end() &&
           first->rfind(key + ".", 0) == 0;
  }
  std::string where(const std::string& key) const {
    const auto found = entries.find(key);
    return found == entries.end() ? path : path + ":" + std::to_string(found->second.line);
  }
};

void Binder::Impl::load() {
  if (path.empty()) return;
  const auto content = read_file(path, kConfigBytes);
  if (!content) {
    errors.push_back(content.error().message);
    return;
  }
  try {
    const YAML::Node root = YAML::Load(*content);
    if (root.IsNull()) return;
    if (!root.IsMap()) {
      errors.push_back(path + ":1: the file must be a map of keys to values");
      return;
    }
    flatten(root, "");
  } catch (const YAML::Exception& problem) {
    errors.push_back(path + ":" + std::to_string(problem.mark.line + 1) +
                     ": not valid YAML: " + problem.msg);
  }
}

void Binder::Impl::flatten(const YAML::Node& node, const std::string& prefix) {
  for (const auto& pair : node) {
    const std::string key = prefix + pair.first.as<std::string>();
    const int line = pair.first.Mark().line + 1;
    if (entries.count(key) > 0) {
      errors.push_back(path + ":" + std::to_string(line) + ": " + key + ": stands twice");
      continue;
    }
    entries[key] = {pair.second, line};
    if (pair.second.IsMap() && pair.second.size() > 0) {
      flatten(pair.second, key + ".");
    } else {
      leaves.insert(key);
    }
  }
}

std::optional<Setting> Binder::Impl::find(const std::string& key) {
  if (bound.insert(key).second) bound_in_order.push_back(key);
  const std::string name = environment_name(key);
  if (auto value = environment(name)) return Setting{name, std::move(value), {}};
  const auto found = entries.find(key);
  if (found == entries.end() || found->second.node.IsNull()) return std::nullopt;
  return Setting{where(key), std::nullopt, found->second.node};
}

std::optional<std::string> Binder::Impl::scalar(const Setting& setting, const std::string& key) {
  if (setting.text) return setting.text;
  if (setting.node.IsScalar()) return setting.node.Scalar();
  complain(setting, key, "must be a single value");
  return std::nullopt;
}

Binder::Binder(std::string path, Environment environment) : impl_(std::make_unique<Impl>()) {
  impl_->path = std::move(path);
  impl_->environment = std::move(environment);
  impl_->load();
}

Binder::~Binder() = default;

void Binder::bind(const std::string& key, std::string& value, std::string_view help) {
  if (const auto setting = impl_->find(key)) {
    if (auto text = impl_->scalar(*setting, key)) value = *text;
  }
  impl_->describe(key, yaml_text(value), help);
}

void Binder::bind(const std::string& key, bool& value, std::string_view help) {
  if (const auto setting = impl_->find(key)) {
    if (const auto text = impl_->scalar(*setting, key)) {
      if (*text == "true" || *text == "yes" || *text == "on") {
        value = true;
      } else if (*text == "false" || *text == "no" || *text == "off") {
        value = false;
      } else {
        impl_->complain(*setting, key, "'" + *text + "' is neither true nor false");
      }
    }
  }
  impl_->describe(key, value ? "true" : "false", help);
}

void Binder::bind(const std::string& key, double& value, double least, double most,
                  std::string_view help) {
  if (const auto setting = impl_->find(key)) {
    if (const auto text = impl_->scalar(*setting, key)) {
      const auto number = parse_double(*text);
      if (!number || *number < least || *number > most) {
        impl_->complain(*setting, key,
                        "'" + *text + "' is not a number from " + format_double(least) + " to " +
                            format_double(most));
      } else {
        value = *number;
      }
    }
  }
  impl_->describe(key, format_double(value), help);
}

void Binder::bind(const std::string& key, std::int64_t& value, std::int64_t least,
                  std::int64_t most, std::string_view help) {
  if (const auto setting = impl_->find(key)) {
    if (const auto text = impl_->scalar(*setting, key)) {
      const auto number = parse_int(*text);
      if (!number || *number < least || *number > most) {
        impl_->complain(*setting, key,
                        "'" + *text + "' is not a whole number from " + std::to_string(least) +
                            " to " + std::to_string(most));
      } else {
        value = *number;
      }
    }
  }
  impl_->describe(key, std::to_string(value), help);
}

void Binder::bind(const std::string& key, std::chrono::milliseconds& value,
                  std::chrono::milliseconds least, std::chrono::milliseconds most,
                  std::string_view help) {
  if (const auto setting = impl_->find(key)) {
    if (const auto text = impl_->scalar(*setting, key)) {
      const auto duration = parse_duration(*text);
      if (!duration) {
        impl_->complain(*setting, key, duration.error().message);
      } else if (*duration < least || *duration > most) {
        impl_->complain(*setting, key,
                        "'" + *text + "' is not between " + format_duration(least) + " and " +
                            format_duration(most));
      } else {
        value = *duration;
      }
    }
  }
  impl_->describe(key, format_duration(value), help);
}

void Binder::bind(const std::string& key, std::vector<std::string>& value, std::string_view help) {
  if (const auto setting = impl_->find(key)) {
    std::vector<std::string> items;
    bool good = true;
    if (setting->text) {
      for (const std::string_view part : split(*setting->text, ',')) {
        if (!trim(part).empty()) items.emplace_back(trim(part));
      }
    } else if (setting->node.IsSequence()) {
      for (const auto& item : setting->node) {
        good = good && item.IsScalar();
        if (item.IsScalar()) items.push_back(item.Scalar());
      }
    } else {
      good = false;
    }
    if (good) {
      value = std::move(items);
    } else {
      impl_->complain(*setting, key, "must be a list of single values");
    }
  }
  std::vector<std::string> shown;
  for (const std::string& item : value) shown.push_back(yaml_text(item));
  impl_->describe(key, "[" + join(shown, ", ") + "]", help);
}

void Binder::bind(const std::string& key, std::map<std::string, std::string>& value,
                  std::string_view help) {
  if (const auto setting = impl_->find(key)) {
    std::map<std::string, std::string> items;
    bool good = true;
    if (setting->text) {
      for (const std::string_view part : split(*setting->text, ',')) {
        if (trim(part).empty()) continue;
        const std::size_t equals = part.find('=');
        good = good && equals != std::string_view::npos;
        if (equals != std::string_view::npos) {
          items.emplace(trim(part.substr(0, equals)), trim(part.substr(equals + 1)));
        }
      }
    } else if (setting->node.IsMap()) {
      for (const auto& pair : setting->node) {
        good = good && pair.second.IsScalar();
        if (pair.second.IsScalar()) items.emplace(pair.first.Scalar(), pair.second.Scalar());
        impl_->leaves.erase(key + "." + pair.first.Scalar());
      }
    } else {
      good = false;
    }
    if (good) {
      value = std::move(items);
    } else {
      impl_->complain(*setting, key, "must be a map of names to single values");
    }
  }
  std::vector<std::string> shown;
  for (const auto& [name, item] : value) shown.push_back(yaml_text(name) + ": " + yaml_text(item));
  impl_->describe(key, "{" + join(shown, ", ") + "}", help);
}

void Binder::require(const std::string& key, bool holds, std::string_view reason) {
  if (holds) return;
  const std::string name = environment_name(key);
  const std::string where = impl_->environment(name) ? name : impl_->where(key);
  impl_->errors.push_back((where.empty() ? "default" : where) + ": " + key + ": " +
                          std::string(reason));
}

Status Binder::finish() {
  for (const std::string& key : impl_->leaves) {
    if (impl_->bound.count(key) > 0 || impl_->is_empty_section(key)) continue;
    std::string reason = "is not a key that this program knows";
    if (const auto close = nearest(key, impl_->bound_in_order))
      reason += "; did you mean " + *close + "?";
    impl_->errors.push_back(impl_->where(key) + ": " + key + ": " + reason);
  }
  if (impl_->errors.empty()) return {};
  return fail(ErrorCode::kInvalidArgument, join(impl_->errors, "\n"));
}

std::string Binder::describe() const {
  std::string text;
  for (const std::string& key : impl_->bound_in_order) {
    const auto& [value, help] = impl_->described.at(key);
    text += "# " + help + "\n" + key + ": " + value + "\n";
  }
  return text;
}

}  // namespace headroom::config
