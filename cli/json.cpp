#include "cli/json.h"

#include <algorithm>
#include <cmath>

#include "cli/text_width.h"
#include "common/base/text.h"

namespace headroom::cli {
namespace {

constexpr std::size_t kLineColumns = 100;

const Json& nothing() {
  static const Json value;
  return value;
}

std::string json_text(std::string_view text) {
  return Json(text).dump(-1, ' ', false, Json::error_handler_t::replace);
}

// On one line with blanks after ':' and ','. Gives up once longer than `limit`, then the text is of
// no use.
bool write_flat(std::string& out, const Json& value, std::size_t limit) {
  if (!value.is_structured()) {
    out += value.is_string() ? json_text(value.get_ref<const std::string&>()) : value.dump();
    return out.size() <= limit;
  }
  out += value.is_object() ? '{' : '[';
  bool first = true;
  for (const auto& [key, element] : value.items()) {
    if (!first) out += ", ";
    first = false;
    if (value.is_object()) out += json_text(key) + ": ";
    if (!write_flat(out, element, limit)) return false;
  }
  out += value.is_object() ? '}' : ']';
  return out.size() <= limit;
}

void write_pretty(std::string& out, const Json& value, std::size_t indent, std::size_t used) {
  std::string flat;
  const std::size_t room = kLineColumns > indent + used ? kLineColumns - indent - used : 0;
  if (!value.is_structured() || write_flat(flat, value, room)) {
    if (!value.is_structured()) write_flat(flat, value, 0);
    out += flat;
    return;
  }
  out += value.is_object() ? "{" : "[";
  bool first = true;
  for (const auto& [key, element] : value.items()) {
    out += first ? "\n" : ",\n";
    first = false;
    out.append(indent + 2, ' ');
    std::size_t before = 0;
    if (value.is_object()) {
      const std::string name = json_text(key) + ": ";
      before = name.size();
      out += name;
    }
    write_pretty(out, element, indent + 2, before);
  }
  out += "\n";
  out.append(indent, ' ');
  out += value.is_object() ? "}" : "]";
}

// How many lists and objects stand inside each other, at most.
std::size_t nesting(std::string_view text) {
  std::size_t depth = 0;
  std::size_t deepest = 0;
  bool in_text = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (in_text) {
      if (c == '\\') ++i;
      in_text = c != '"';
    } else if (c == '"') {
      in_text = true;
    } else if (c == '[' || c == '{') {
      deepest = std::max(deepest, ++depth);
    } else if ((c == ']' || c == '}') && depth > 0) {
      --depth;
    }
  }
  return deepest;
}

}  // namespace

Result<Json> parse_json(std::string_view text, const std::string& what) {
  if (nesting(text) > kJsonDepth) {
    return fail(ErrorCode::kLimitExceeded,
                what + " is nested deeper than " + std::to_string(kJsonDepth) + " levels");
  }
  Json value = Json::parse(text.begin(), text.end(), nullptr, false);
  if (value.is_discarded()) return fail(ErrorCode::kCorruption, what + " is not JSON");
  return value;
}

const Json& field(const Json& object, std::string_view name) {
  if (!object.is_object()) return nothing();
  const auto found = object.find(std::string(name));
  return found == object.end() ? nothing() : *found;
}

const Json& member(const Json& object, std::string_view path) {
  const Json* at = &object;
  for (const std::string_view part : split(path, '.')) at = &field(*at, part);
  return *at;
}

std::string text_at(const Json& object, std::string_view path, std::string_view otherwise) {
  const Json& value = member(object, path);
  return value.is_string() ? clean(value.get_ref<const std::string&>()) : std::string(otherwise);
}

std::optional<double> number_at(const Json& object, std::string_view path) {
  const Json& value = member(object, path);
  if (!value.is_number()) return std::nullopt;
  return value.get<double>();
}

double count_at(const Json& object, std::string_view path) {
  return number_at(object, path).value_or(0);
}

bool flag_at(const Json& object, std::string_view path) {
  const Json& value = member(object, path);
  return value.is_boolean() && value.get<bool>();
}

std::optional<UnixMs> unix_ms_of(const Json& value) {
  constexpr double kSecondsMax = 253'402'300'799;  // the end of year 9999
  if (!value.is_number()) return std::nullopt;
  const double seconds = value.get<double>();
  if (!(std::abs(seconds) <= kSecondsMax)) return std::nullopt;
  return std::llround(seconds * 1000.0);
}

std::optional<UnixMs> time_at(const Json& object, std::string_view path) {
  const Json& value = member(object, path);
  if (!value.is_string()) return unix_ms_of(value);
  const auto time = parse_time(value.get_ref<const std::string&>());
  if (!time) return std::nullopt;
  return *time;
}

std::int64_t milliseconds_at(const Json& object, std::string_view path) {
  constexpr double kSecondsMax = 1e12;  // 31 000 years
  return std::llround(std::clamp(count_at(object, path), -kSecondsMax, kSecondsMax) * 1000.0);
}

const Json& list_at(const Json& object, std::string_view path) {
  static const Json empty = Json::array();
  const Json& value = member(object, path);
  return value.is_array() ? value : empty;
}

std::string pretty(const Json& value) {
  std::string text;
  write_pretty(text, value, 0, 0);
  return text + "\n";
}

}  // namespace headroom::cli
