#include "agent/statsd/line.h"

#include <charconv>
#include <cmath>

namespace headroom::agent::statsd {
namespace {

// What stands before the first `separator`, which is taken off too.
std::string_view take(std::string_view& text, char separator) {
  const std::size_t at = text.find(separator);
  const std::string_view first = text.substr(0, at);
  text.remove_prefix(at == std::string_view::npos ? text.size() : at + 1);
  return first;
}

std::optional<double> number(std::string_view text) {
  double value = 0;
  const char* const end = text.data() + text.size();
  const auto parsed = std::from_chars(text.data(), end, value);
  if (text.empty() || parsed.ec != std::errc() || parsed.ptr != end) return std::nullopt;
  if (!(std::fabs(value) <= kLargest)) return std::nullopt;
  return value;
}

std::optional<Type> type_of(std::string_view text) {
  if (text == "c") return Type::kCounter;
  if (text == "g") return Type::kGauge;
  if (text == "ms") return Type::kTimer;
  if (text == "h" || text == "d") return Type::kDistribution;
  return std::nullopt;
}

}  // namespace

std::optional<Line> parse_line(std::string_view text) {
  Line line;
  const std::size_t colon = text.find(':');
  if (colon == 0 || colon == std::string_view::npos) return std::nullopt;
  line.name = text.substr(0, colon);
  text.remove_prefix(colon + 1);
  line.values = take(text, '|');
  const auto type = type_of(take(text, '|'));
  if (line.values.empty() || !type || line.name.find('|') != std::string_view::npos) {
    return std::nullopt;
  }
  line.type = *type;
  while (!text.empty()) {
    std::string_view section = take(text, '|');
    if (section.starts_with('#')) {
      line.tags = section.substr(1);
    } else if (section.starts_with('@')) {
      const auto rate = number(section.substr(1));
      if (!rate || !(*rate >= kSmallestRate && *rate <= 1)) return std::nullopt;
      line.rate = *rate;
    }
  }
  return line;
}

std::optional<Number> take_value(std::string_view& values) {
  std::string_view text = take(values, ':');
  Number result;
  result.is_signed = text.starts_with('+') || text.starts_with('-');
  // from_chars knows no '+'.
  if (text.starts_with('+')) {
    text.remove_prefix(1);
    if (text.starts_with('-')) return std::nullopt;
  }
  const auto value = number(text);
  if (!value) return std::nullopt;
  result.value = *value;
  return result;
}

}  // namespace headroom::agent::statsd
