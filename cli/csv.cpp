#include "cli/csv.h"

#include <cmath>

#include "common/base/text.h"

namespace headroom::cli {
namespace {

void append_fields(std::string& text, const std::string& path, const Json& value) {
  if (value.is_object()) {
    const std::string prefix = path.empty() ? "" : path + ".";
    for (const auto& [key, member] : value.items()) append_fields(text, prefix + key, member);
    return;
  }
  text += csv_line({path, csv_value(value)});
}

}  // namespace

std::string csv_field(std::string_view text) {
  if (text.find_first_of(",\"\r\n") == std::string_view::npos) return std::string(text);
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"') quoted += '"';
    quoted += c;
  }
  return quoted + "\"";
}

std::string csv_line(const std::vector<std::string>& fields) {
  std::string line;
  for (std::size_t i = 0; i < fields.size(); ++i) {
    if (i > 0) line += ',';
    line += csv_field(fields[i]);
  }
  return line + "\n";
}

std::string csv_value(const Json& value) {
  if (value.is_null()) return "";
  if (value.is_string()) return value.get<std::string>();
  if (!value.is_number_float()) return value.dump();
  const double number = value.get<double>();
  constexpr double kWholeMax =
      9'007'199'254'740'992;  // 2^53: every whole number below it is a double
  if (number == std::trunc(number) && std::abs(number) < kWholeMax) {
    return std::to_string(static_cast<std::int64_t>(number));
  }
  return format_double(number);
}

std::string csv_unix_seconds(UnixMs time) {
  const std::int64_t seconds = (time >= 0 ? time : time - 999) / 1000;
  std::string text = std::to_string(seconds);
  std::string ms = std::to_string(time - seconds * 1000);
  if (ms == "0") return text;
  ms.insert(0, 3 - ms.size(), '0');
  while (ms.back() == '0') ms.pop_back();
  return text + "." + ms;
}

std::string records_csv(const Json& items, const std::vector<std::string>& columns) {
  std::string text = csv_line(columns);
  for (const Json& item : items) {
    std::vector<std::string> fields;
    fields.reserve(columns.size());
    for (const std::string& column : columns) fields.push_back(csv_value(member(item, column)));
    text += csv_line(fields);
  }
  return text;
}

std::string fields_csv(const Json& object) {
  std::string text = csv_line({"field", "value"});
  append_fields(text, "", object);
  return text;
}

}  // namespace headroom::cli
