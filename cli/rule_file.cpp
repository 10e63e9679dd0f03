#include "cli/rule_file.h"

#include <charconv>

#include <yaml-cpp/yaml.h>

#include "cli/text_width.h"
#include "common/base/text.h"

namespace headroom::cli {
namespace {

Error at_line(const std::string& name, const YAML::Mark& mark, const std::string& message) {
  const std::string line = mark.is_null() ? "" : std::to_string(mark.line + 1) + ":";
  return {ErrorCode::kInvalidArgument, name + ":" + line + " " + message};
}

bool is_digits(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

std::optional<Json> integer(std::string_view text) {
  std::string_view digits = text;
  int base = 10;
  bool negative = false;
  if (digits.starts_with("0x") || digits.starts_with("0o")) {
    base = digits[1] == 'x' ? 16 : 8;
    digits.remove_prefix(2);
  } else {
    negative = digits.starts_with('-');
    if (negative || digits.starts_with('+')) digits.remove_prefix(1);
    if (!is_digits(digits)) return std::nullopt;
  }
  if (digits.empty() || digits.front() == '-') return std::nullopt;
  std::int64_t value = 0;
  const auto [end, error] =
      std::from_chars(digits.data(), digits.data() + digits.size(), value, base);
  if (error != std::errc() || end != digits.data() + digits.size()) return std::nullopt;
  return Json(negative ? -value : value);
}

// [-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?
std::optional<Json> real(std::string_view text) {
  std::string_view unsigned_text = text;
  if (text.starts_with('+') || text.starts_with('-')) unsigned_text.remove_prefix(1);
  if (unsigned_text.empty() || unsigned_text.find_first_of("0123456789") == std::string_view::npos)
    return std::nullopt;
  if (unsigned_text.find_first_not_of("0123456789.eE+-") != std::string_view::npos)
    return std::nullopt;
  const char first = unsigned_text.front();
  if (first != '.' && (first < '0' || first > '9')) return std::nullopt;
  const auto value = parse_double(unsigned_text);
  if (!value) return std::nullopt;
  return Json(text.front() == '-' ? -*value : *value);
}

// A plain scalar by the core schema (YAML 1.2.2, section 10.3.2).
Json plain(const std::string& text) {
  if (text.empty() || text == "~" || text == "null" || text == "Null" || text == "NULL")
    return nullptr;
  if (text == "true" || text == "True" || text == "TRUE") return true;
  if (text == "false" || text == "False" || text == "FALSE") return false;
  if (auto value = integer(text)) return *value;
  if (auto value = real(text)) return *value;
  return text;
}

// Quoted scalars carry the tag "!"; "!!str" says the same aloud.
bool is_typed(const YAML::Node& node) {
  const std::string& tag = node.Tag();
  return tag != "!" && tag != "tag:yaml.org,2002:str";
}

class Converter {
 public:
  explicit Converter(const std::string& name) : name_(name) {}

  Result<Json> convert(const YAML::Node& node, std::size_t depth) {
    if (++nodes_ > kRuleFileNodes || depth > kRuleFileDepth) {
      return fail(at_line(name_, node.Mark(), "too much in one file, or too deeply nested"));
    }
    switch (node.Type()) {
      case YAML::NodeType::Scalar:
        return is_typed(node) ? plain(node.Scalar()) : Json(node.Scalar());
      case YAML::NodeType::Sequence:
        return sequence(node, depth);
      case YAML::NodeType::Map:
        return map(node, depth);
      default:
        return Json(nullptr);
    }
  }

 private:
  Result<Json> sequence(const YAML::Node& node, std::size_t depth) {
    Json list = Json::array();
    for (const YAML::Node& element : node) {
      auto value = convert(element, depth + 1);
      if (!value) return value;
      list.push_back(std::move(*value));
    }
    return list;
  }

  Result<Json> map(const YAML::Node& node, std::size_t depth) {
    Json object = Json::object();
    for (const auto& entry : node) {
      if (!entry.first.IsScalar())
        return fail(at_line(name_, entry.first.Mark(), "a key must be a simple text"));
      const std::string& key = entry.first.Scalar();
      if (object.contains(key)) {
        return fail(
            at_line(name_, entry.first.Mark(), "the key '" + clean(key) + "' stands twice"));
      }
      auto value = convert(entry.second, depth + 1);
      if (!value) return value;
      object[key] = std::move(*value);
    }
    return object;
  }

  const std::string& name_;
  std::size_t nodes_ = 0;
};

// Whether a text may stand unquoted: words as in identifiers, times and paths, and nothing that
// reads as another type.
bool is_plain_safe(const std::string& text) {
  constexpr std::string_view kSafe =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./";
  return !text.empty() && text.find_first_not_of(kSafe) == std::string::npos &&
         text.front() != '-' && text.front() != '.' && plain(text).is_string();
}

std::string scalar_text(const Json& value) {
  if (!value.is_string()) return value.dump();
  const std::string& text = value.get_ref<const std::string&>();
  // A JSON text is a double-quoted scalar of YAML.
  return is_plain_safe(text) ? text : value.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::string key_text(const std::string& key) { return scalar_text(Json(key)); }

bool is_simple(const Json& value) { return !value.is_structured() || value.empty(); }

bool is_flat(const Json& value) {
  for (const Json& element : value) {
    if (!is_simple(element)) return false;
  }
  return true;
}

// In one line, for values without lists or maps inside.
std::string flow(const Json& value) {
  if (!value.is_structured()) return scalar_text(value);
  std::vector<std::string> parts;
  for (const auto& [key, element] : value.items()) {
    parts.push_back(value.is_object() ? key_text(key) + ": " + flow(element) : flow(element));
  }
  return (value.is_object() ? "{" : "[") + join(parts, ", ") + (value.is_object() ? "}" : "]");
}

// What stands on one line: simple values, and lists and maps of simple values that are short.
bool fits_line(const Json& value) {
  constexpr std::size_t kFlowColumns = 80;
  return is_simple(value) || (is_flat(value) && display_width(flow(value)) <= kFlowColumns);
}

void write_block(std::string& out, const Json& value, std::size_t indent) {
  const std::string margin(indent, ' ');
  bool first = true;
  for (const auto& [key, element] : value.items()) {
    // The first entry of a map in a list stands behind the list's dash.
    if (!first || out.empty() || out.back() == '\n') out += margin;
    first = false;
    out += value.is_array() ? "- " : key_text(key) + ":";
    if (fits_line(element)) {
      out += (value.is_array() ? "" : " ") + flow(element) + "\n";
    } else {
      if (value.is_object()) out += "\n";
      write_block(out, element, indent + 2);
    }
  }
}

}  // namespace

Result<std::vector<Json>> parse_rule_text(std::string_view text, const std::string& name) {
  if (text.size() > kRuleFileBytes) {
    return fail(ErrorCode::kLimitExceeded,
                name + " is larger than " + std::to_string(kRuleFileBytes) + " bytes");
  }
  const std::string_view content = trim(text);
  if (content.starts_with('{') || content.starts_with('[')) {
    auto value = parse_json(content, name);
    if (value) return std::vector<Json>{std::move(*value)};
    // What is not JSON may still be YAML, whose errors have a line.
    if (value.error().code == ErrorCode::kLimitExceeded) return fail(value.error());
  }
  std::vector<Json> documents;
  try {
    Converter converter(name);
    for (const YAML::Node& document : YAML::LoadAll(std::string(text))) {
      auto value = converter.convert(document, 0);
      if (!value) return fail(value.error());
      if (!value->is_null()) documents.push_back(std::move(*value));
    }
  } catch (const YAML::Exception& error) {
    return fail(at_line(name, error.mark, error.msg));
  }
  return documents;
}

Result<std::vector<Json>> parse_rules(std::string_view text, const std::string& name) {
  auto documents = parse_rule_text(text, name);
  if (!documents) return documents;
  std::vector<Json> rules;
  for (Json& document : *documents) {
    if (document.is_array()) {
      for (Json& rule : document) rules.push_back(std::move(rule));
    } else {
      rules.push_back(std::move(document));
    }
  }
  const auto refuse = [&](const std::string& problem) {
    return fail(ErrorCode::kInvalidArgument, name + ": " + problem);
  };
  if (rules.empty()) return refuse("there is no rule in it");
  for (std::size_t i = 0; i < rules.size(); ++i) {
    std::string which = "the rule";
    if (rules.size() > 1) which = "rule " + std::to_string(i + 1);
    if (!rules[i].is_object()) return refuse(which + " is not a map of 'key: value' lines");
    if (text_at(rules[i], "rule_id").empty()) {
      return refuse(which + " has no rule_id; give it a name, for example 'rule_id: web-cpu'");
    }
  }
  return rules;
}

std::string to_yaml(const Json& value) {
  std::string text;
  if (is_simple(value)) return flow(value) + "\n";
  write_block(text, value, 0);
  return text;
}

}  // namespace headroom::cli
