#include "agent/statsd/store.h"

#include <algorithm>

#include "common/base/text.h"

namespace headroom::agent::statsd {
namespace {

constexpr double kSecondsPerMs = 1e-3;
// Between the parts of a key; in no name, and in no tag that is printable.
constexpr char kSeparator = '\n';
constexpr std::string_view kValueOfBareTag = "true";

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

// What Headroom's names may not have becomes '_'; StatsD sends such names now and then.
char permitted(char c) {
  const bool keep = is_letter(c) || (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-';
  return keep ? c : '_';
}

// An application must not pass for the host itself.
bool is_reserved(std::string_view name) {
  constexpr std::array<std::string_view, 3> kOwn{"headroom.", "system.", "hw."};
  return std::any_of(kOwn.begin(), kOwn.end(),
                     [&](std::string_view own) { return name.starts_with(own); });
}

// Nobody says what a gauge or a distribution counts. No unit, because "1" would be a share.
std::string_view unit_of(Type type) {
  switch (type) {
    case Type::kCounter:
      return "{event}";
    case Type::kTimer:
      return "s";
    default:
      return "";
  }
}

}  // namespace

Result<ResourceRule> parse_resource_rule(std::string metric, const std::string& text) {
  const std::size_t slash = text.find('/');
  ResourceRule rule;
  rule.metric = std::move(metric);
  const auto resource = parse_resource(text.substr(0, slash));
  if (!resource || (*resource != Resource::kQueueDepth && *resource != Resource::kApiCalls)) {
    return fail(ErrorCode::kInvalidArgument,
                "'" + text +
                    "' is not QUEUE_DEPTH or API_CALLS, alone or with a capacity such as "
                    "API_CALLS/500");
  }
  rule.resource = *resource;
  if (slash == std::string::npos) return rule;
  const auto capacity = parse_double(text.substr(slash + 1));
  if (!capacity || !(*capacity > 0)) {
    return fail(ErrorCode::kInvalidArgument,
                "the capacity in '" + text + "' is not a number above zero");
  }
  rule.capacity = *capacity;
  return rule;
}

void Store::take(std::string_view datagram) {
  while (!datagram.empty()) {
    const std::size_t end = datagram.find('\n');
    const std::string_view line = datagram.substr(0, end);
    datagram.remove_prefix(end == std::string_view::npos ? datagram.size() : end + 1);
    if (!line.empty()) take_line(line);
  }
}

void Store::take_line(std::string_view text) {
  const auto line = parse_line(text);
  if (!line) return count_drop(kMalformed);
  Entry* entry = nullptr;
  std::string_view values = line->values;
  do {
    const auto number = take_value(values);
    // Sums that go down would look like ones that began anew.
    if (!number || (line->type != Type::kGauge && number->value < 0)) {
      return count_drop(kMalformed);
    }
    if (entry == nullptr) entry = find_or_make(*line);
    if (entry == nullptr) return;
    if (!apply(*line, *number, *entry)) count_drop(kMalformed);
  } while (!values.empty());
}

// The name, and the tags in the order of their keys, so that one series has one key. false, and
// counted, when a limit is crossed.
bool Store::make_key(const Line& line) {
  key_.clear();
  if (line.name.size() > kMaxNameBytes || !is_letter(line.name.front())) {
    count_drop(kName);
    return false;
  }
  for (const char c : line.name) key_ += permitted(c);
  if (is_reserved(key_)) {
    count_drop(kName);
    return false;
  }
  std::array<std::string_view, kMaxTags> tags;
  std::size_t count = 0;
  for (std::string_view rest = line.tags; !rest.empty();) {
    const std::size_t comma = rest.find(',');
    const std::string_view tag = rest.substr(0, comma);
    rest.remove_prefix(comma == std::string_view::npos ? rest.size() : comma + 1);
    if (tag.empty()) continue;
    if (count == kMaxTags || tag.size() > kMaxTagBytes || !is_letter(tag.front())) {
      count_drop(kTags);
      return false;
    }
    std::size_t at = count++;
    for (; at > 0 && tag < tags[at - 1]; --at) tags[at] = tags[at - 1];
    tags[at] = tag;
  }
  for (std::size_t i = 0; i < count; ++i) {
    const std::size_t colon = std::min(tags[i].find(':'), tags[i].size());
    key_ += kSeparator;
    for (const char c : tags[i].substr(0, colon)) key_ += permitted(c);
    key_ += kSeparator;
    key_ += colon < tags[i].size() ? tags[i].substr(colon + 1) : kValueOfBareTag;
  }
  key_ += kSeparator;
  key_ += static_cast<char>('0' + static_cast<int>(line.type));
  return true;
}

Entry* Store::find_or_make(const Line& line) {
  if (!make_key(line)) return nullptr;
  const auto found = entries_.find(std::string_view(key_));
  if (found != entries_.end()) return &found->second;
  const bool timing = line.type == Type::kTimer || line.type == Type::kDistribution;
  if (entries_.size() >= kMaxSeries || (timing && sketches_ >= kMaxSketches)) {
    count_drop(kSeries);
    return nullptr;
  }
  const auto parts = split(key_, kSeparator);
  Entry entry;
  entry.type = line.type;
  entry.series = {std::string(parts[0]),
                  std::string(unit_of(line.type)),
                  line.type == Type::kGauge ? Kind::kGauge : Kind::kCounter,
                  {}};
  for (std::size_t i = 1; i + 2 < parts.size(); i += 2) {
    entry.series.attributes.push_back({std::string(parts[i]), std::string(parts[i + 1])});
  }
  normalize(entry.series.attributes);
  if (!validate(entry.series)) {
    count_drop(kTags);
    return nullptr;
  }
  const auto rule = std::find_if(rules_.begin(), rules_.end(), [&](const ResourceRule& one) {
    return one.metric == entry.series.metric;
  });
  if (rule != rules_.end()) entry.rule = &*rule;
  if (timing) {
    entry.sketch = std::make_unique<Sketch>();
    ++sketches_;
  }
  return &entries_.emplace(key_, std::move(entry)).first->second;
}

// false when the result would be beyond kLargest.
bool Store::apply(const Line& line, const Number& number, Entry& entry) {
  entry.silent = {};
  const double weight = 1 / line.rate;
  switch (entry.type) {
    case Type::kCounter:
      entry.value += number.value * weight;
      entry.growth += number.value * weight;
      return true;
    case Type::kGauge: {
      const double next = number.is_signed ? entry.value + number.value : number.value;
      if (!(next >= -kLargest && next <= kLargest)) return false;
      entry.value = next;
      return true;
    }
    case Type::kTimer:
    case Type::kDistribution: {
      const double value = entry.type == Type::kTimer ? number.value * kSecondsPerMs : number.value;
      entry.sketch->add(value, weight);
      entry.value += value * weight;
      entry.count += weight;
      entry.growth += weight;
      return true;
    }
  }
  return false;
}

}  // namespace headroom::agent::statsd
