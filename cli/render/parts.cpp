#include "cli/render/parts.h"

#include "cli/csv.h"
#include "cli/selector.h"
#include "cli/text_width.h"
#include "cli/units.h"
#include "common/base/text.h"

namespace headroom::cli {

std::string counted(double count, std::string_view thing) {
  std::string text = format_count(count) + " " + std::string(thing);
  // "series" and "batch" are the two words here that do not simply take an s.
  if (count == 1 || thing == "series") return text;
  return text + (thing.ends_with("ch") ? "es" : "s");
}

std::string marked(const std::string& name, bool simulated) {
  return simulated ? name + " (simulated)" : name;
}

Cell marked_cell(const std::string& name, bool simulated) {
  return {name, Tone::kPlain, simulated ? " (simulated)" : ""};
}

std::string age_at(const Json& object, std::string_view path, const Look& look) {
  const auto time = time_at(object, path);
  return time ? format_age(*time, look.now) : std::string(kNothing);
}

UnixMs moment_of(const Json& answer, const Look& look) {
  return time_at(answer, "time").value_or(look.now);
}

std::string spoken_resource(std::string_view resource) {
  if (resource == "CPU" || resource == "GPU") return std::string(resource);
  if (resource == "GPU_MEMORY") return "GPU memory";
  if (resource == "DISK_IO") return "Disk I/O";
  if (resource == "API_CALLS") return "API calls";
  std::string text;
  for (const char c : resource) {
    const bool letter = c >= 'A' && c <= 'Z';
    text += c == '_' ? ' ' : letter && !text.empty() ? static_cast<char>(c - 'A' + 'a') : c;
  }
  return text;
}

std::string selector_of(const Json& series) {
  const Json& attributes = member(series, "attributes");
  if (!attributes.is_object() || attributes.empty()) return "";
  std::vector<std::string> parts;
  for (const auto& [key, value] : attributes.items())
    parts.push_back(matcher(key, "=", csv_value(value)));
  return "{" + join(parts, ",") + "}";
}

bool is_simulated_series(const Json& series) {
  return csv_value(field(member(series, "attributes"), kSimulatedKey)) == "true";
}

std::string series_heading(const Json& series, const std::string& selector, bool simulated) {
  std::vector<std::string> notes;
  for (const char* note : {"kind", "unit"}) {
    if (const std::string text = text_at(series, note); !text.empty()) notes.push_back(text);
  }
  const std::string kind = notes.empty() ? "" : " (" + join(notes, ", ") + ")";
  return marked(text_at(series, "metric") + clean(selector) + kind, simulated);
}

std::string series_heading(const Json& series) {
  const bool simulated = is_simulated_series(series);
  Json shown{{"attributes", member(series, "attributes")}};
  if (simulated) shown["attributes"].erase(std::string(kSimulatedKey));
  return series_heading(series, selector_of(shown), simulated);
}

std::string step_text(const Json& decision) {
  const auto from = number_at(decision, "from_value");
  const auto to = number_at(decision, "to_value");
  if (!from && !to) return std::string(kNothing);
  if (from && to && *from == *to) return format_number(*from);
  return (from ? format_number(*from) : "?") + " → " + (to ? format_number(*to) : "?");
}

}  // namespace headroom::cli
