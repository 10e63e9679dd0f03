#include "agent/scrape/exposition.h"

#include <algorithm>
#include <charconv>
#include <optional>

namespace headroom::agent::scrape {
namespace {

enum class Type { kUntyped, kCounter, kGauge, kHistogram, kSummary };

bool is_name_byte(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
         c == ':';
}

// What is left of one line.
class Cursor {
 public:
  explicit Cursor(std::string_view text) : text_(text) {}

  void skip_blanks() {
    while (!text_.empty() && (text_.front() == ' ' || text_.front() == '\t'))
      text_.remove_prefix(1);
  }
  bool accept(char c) {
    skip_blanks();
    if (text_.empty() || text_.front() != c) return false;
    text_.remove_prefix(1);
    return true;
  }
  std::string_view name() {
    skip_blanks();
    std::size_t end = 0;
    while (end < text_.size() && is_name_byte(text_[end])) ++end;
    return take(end);
  }
  std::string_view word() {
    skip_blanks();
    return take(std::min(text_.find_first_of(" \t"), text_.size()));
  }
  // A quoted string with its escapes undone; nothing when it has no end.
  std::optional<std::string> quoted() {
    if (!accept('"')) return std::nullopt;
    std::string value;
    while (!text_.empty()) {
      const char c = take(1).front();
      if (c == '"') return value;
      if (c != '\\') {
        value += c;
        continue;
      }
      if (text_.empty()) return std::nullopt;
      const char escaped = take(1).front();
      value += escaped == 'n' ? '\n' : escaped;
    }
    return std::nullopt;
  }
  bool at_end() {
    skip_blanks();
    return text_.empty();
  }

 private:
  std::string_view take(std::size_t bytes) {
    const std::string_view taken = text_.substr(0, bytes);
    text_.remove_prefix(bytes);
    return taken;
  }

  std::string_view text_;
};

std::optional<double> number(std::string_view text) {
  if (text.starts_with('+')) text.remove_prefix(1);
  double value = 0;
  const char* const end = text.data() + text.size();
  const auto parsed = std::from_chars(text.data(), end, value);
  if (text.empty() || parsed.ec != std::errc() || parsed.ptr != end) return std::nullopt;
  return value;
}

bool is_wanted(std::string_view name, const std::vector<std::string>& wanted) {
  if (wanted.empty()) return true;
  return std::any_of(wanted.begin(), wanted.end(), [&](std::string_view pattern) {
    if (!pattern.ends_with('*')) return name == pattern;
    return name.starts_with(pattern.substr(0, pattern.size() - 1));
  });
}

// The last "# TYPE" and what of a name follows from it.
struct Family {
  std::string_view name;
  Type type = Type::kUntyped;

  void read(Cursor line) {
    if (!line.accept('#') || line.word() != "TYPE") return;
    name = line.name();
    const std::string_view word = line.word();
    type = word == "counter"     ? Type::kCounter
           : word == "gauge"     ? Type::kGauge
           : word == "histogram" ? Type::kHistogram
           : word == "summary"   ? Type::kSummary
                                 : Type::kUntyped;
  }

  Kind kind_of(std::string_view metric) const {
    const bool mine = !name.empty() && metric.starts_with(name);
    const std::string_view suffix = mine ? metric.substr(name.size()) : std::string_view();
    const bool total = suffix == "_sum" || suffix == "_count" || suffix == "_bucket";
    const bool told = mine && (suffix.empty() || total) && type != Type::kUntyped;
    if (!told) return metric.ends_with("_total") ? Kind::kCounter : Kind::kGauge;
    if (type == Type::kCounter) return Kind::kCounter;
    return type != Type::kGauge && total ? Kind::kCounter : Kind::kGauge;
  }
};

// No unit where the name tells none, because "1" would be a share.
std::string_view unit_of(std::string_view metric) {
  if (metric.ends_with("_bucket") || metric.ends_with("_count")) return "{event}";
  for (const std::string_view suffix : {"_total", "_sum"}) {
    if (metric.ends_with(suffix)) metric.remove_suffix(suffix.size());
  }
  if (metric.ends_with("_seconds")) return "s";
  if (metric.ends_with("_bytes")) return "By";
  return metric.ends_with("_ratio") ? "1" : "";
}

enum class Labels { kRead, kMalformed, kTooMany };

Labels read_labels(Cursor& line, Attributes& attributes) {
  if (!line.accept('{')) return Labels::kRead;
  bool too_many = false;
  while (!line.accept('}')) {
    const std::string_view name = line.name();
    if (name.empty() || !line.accept('=')) return Labels::kMalformed;
    auto value = line.quoted();
    if (!value) return Labels::kMalformed;
    too_many = too_many || attributes.size() == kMaxLabels || value->size() > kMaxLabelBytes;
    // An empty label is the same as none.
    if (!too_many && !value->empty()) attributes.push_back({std::string(name), std::move(*value)});
    if (!line.accept(',')) {
      if (!line.accept('}')) return Labels::kMalformed;
      break;
    }
  }
  return too_many ? Labels::kTooMany : Labels::kRead;
}

}  // namespace

std::vector<Point> parse_exposition(std::string_view text, const std::vector<std::string>& wanted,
                                    std::size_t room, Refused& refused) {
  std::vector<Point> points;
  Family family;
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    std::string_view row = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    if (row.ends_with('\r')) row.remove_suffix(1);
    Cursor line(row);
    if (line.at_end()) continue;
    if (Cursor(line).accept('#')) {
      family.read(line);
      continue;
    }
    const std::string_view name = line.name();
    Point point;
    const Labels labels = read_labels(line, point.series.attributes);
    const auto value = number(line.word());
    (void)line.word();  // a time stamp; the sample's own is the grid point
    if (name.empty() || labels == Labels::kMalformed || !value || !line.at_end()) {
      ++refused.malformed;
      continue;
    }
    if (!is_wanted(name, wanted)) continue;
    point.series.metric = name.substr(0, kMaxNameBytes + 1);
    std::replace(point.series.metric.begin(), point.series.metric.end(), ':', '_');
    point.series.unit = unit_of(name);
    point.series.kind = family.kind_of(name);
    point.value = *value;
    normalize(point.series.attributes);
    if (labels == Labels::kTooMany || name.size() > kMaxNameBytes || !validate(point.series)) {
      ++refused.labels;
      continue;
    }
    if (points.size() >= room) {
      ++refused.limit;
      continue;
    }
    point.key = to_string(point.series);
    points.push_back(std::move(point));
  }
  return points;
}

}  // namespace headroom::agent::scrape
