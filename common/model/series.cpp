#include "common/model/series.h"

#include <algorithm>

#include "common/base/limits.h"

namespace headroom {
namespace {

// A letter first, then letters, digits, '.', '_' and '-': what OpenTelemetry, Prometheus and a
// shell can all carry.
bool is_name(std::string_view text) {
  if (text.empty()) return false;
  const auto letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); };
  if (!letter(text.front())) return false;
  return std::all_of(text.begin(), text.end(), [&](char c) {
    return letter(c) || (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-' || c == '/';
  });
}

// UTF-8 without control characters: what JSON and a terminal can show.
bool is_printable(std::string_view text) {
  for (std::size_t i = 0; i < text.size();) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if (byte < 0x20 || byte == 0x7f) return false;
    const std::size_t length = byte < 0x80   ? 1
                               : byte < 0xc2 ? 0
                               : byte < 0xe0 ? 2
                               : byte < 0xf0 ? 3
                               : byte < 0xf5 ? 4
                                             : 0;
    if (length == 0 || i + length > text.size()) return false;
    for (std::size_t k = 1; k < length; ++k) {
      if ((static_cast<unsigned char>(text[i + k]) & 0xc0) != 0x80) return false;
    }
    const auto second = length > 1 ? static_cast<unsigned char>(text[i + 1]) : 0;
    // Overlong forms, surrogates, and what is beyond Unicode.
    if ((byte == 0xe0 && second < 0xa0) || (byte == 0xed && second > 0x9f) ||
        (byte == 0xf0 && second < 0x90) || (byte == 0xf4 && second > 0x8f)) {
      return false;
    }
    i += length;
  }
  return true;
}

}  // namespace

std::string_view attribute(const Attributes& attributes, std::string_view key) {
  const auto found = std::find_if(attributes.begin(), attributes.end(),
                                  [&](const Attribute& candidate) { return candidate.key == key; });
  return found == attributes.end() ? std::string_view() : std::string_view(found->value);
}

void normalize(Attributes& attributes) {
  const auto by_key = [](const Attribute& a, const Attribute& b) { return a.key < b.key; };
  const auto same_key = [](const Attribute& a, const Attribute& b) { return a.key == b.key; };
  std::stable_sort(attributes.begin(), attributes.end(), by_key);
  attributes.erase(std::unique(attributes.begin(), attributes.end(), same_key), attributes.end());
}

Attributes merged(const Attributes& first, const Attributes& second) {
  Attributes all = first;
  all.insert(all.end(), second.begin(), second.end());
  normalize(all);
  return all;
}

Status validate(const Series& series) {
  const auto refuse = [&](const std::string& why) {
    return fail(ErrorCode::kInvalidArgument,
                "series '" + series.metric.substr(0, 80) + "': " + why);
  };
  if (!is_name(series.metric)) return refuse("the metric's name is not a name");
  if (series.metric.size() > limits::kMetricNameBytes)
    return refuse("the metric's name is too long");
  if (series.unit.size() > limits::kAttributeKeyBytes || !is_printable(series.unit)) {
    return refuse("the unit is not a unit");
  }
  if (series.attributes.size() > limits::kAttributesPerSeries) return refuse("too many attributes");
  for (std::size_t i = 0; i < series.attributes.size(); ++i) {
    const Attribute& one = series.attributes[i];
    if (!is_name(one.key) || one.key.size() > limits::kAttributeKeyBytes) {
      return refuse("attribute key '" + one.key.substr(0, 40) + "' is not a name");
    }
    if (one.value.size() > limits::kAttributeValueBytes || !is_printable(one.value)) {
      return refuse("the value of attribute '" + one.key + "' is too long, or not printable UTF-8");
    }
    if (i > 0 && !(series.attributes[i - 1].key < one.key)) {
      return refuse("attributes are not sorted by key, or a key stands twice");
    }
  }
  return {};
}

std::string to_string(const Series& series) {
  std::string text = series.metric;
  if (series.attributes.empty()) return text;
  text += '{';
  for (std::size_t i = 0; i < series.attributes.size(); ++i) {
    if (i > 0) text += ',';
    text += series.attributes[i].key + "=\"" + series.attributes[i].value + '"';
  }
  return text + '}';
}

}  // namespace headroom
