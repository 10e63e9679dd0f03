#include "aggregator/forecast/calendar/yaml_fields.h"

#include <algorithm>

#include "aggregator/forecast/calendar/calendar_file.h"
#include "common/base/text.h"

namespace headroom::forecast {

void Problems::add(const YAML::Node& at, const std::string& problem) {
  if (lines_.size() > kCalendarProblems) return;
  if (lines_.size() == kCalendarProblems) {
    lines_.push_back(file_ + ": and more");
    return;
  }
  const YAML::Mark mark = at.Mark();
  const std::string line = mark.is_null() ? "" : std::to_string(mark.line + 1) + ":";
  lines_.push_back(file_ + ":" + line + " " + problem);
}

bool Problems::count(const YAML::Node& at) {
  if (++values_ <= kCalendarValues) return true;
  if (!too_many_)
    add(at, "more than " + std::to_string(kCalendarValues) + " values in one calendar");
  too_many_ = true;
  return false;
}

Error Problems::error() const { return {ErrorCode::kInvalidArgument, join(lines_, "\n")}; }

Fields::Fields(const YAML::Node& node, std::string what,
               std::initializer_list<std::string_view> known, Problems& problems)
    : node_(node), what_(std::move(what)), problems_(&problems) {
  if (!node.IsMap()) {
    complain_at(node, "must be a map of keys to values");
    return;
  }
  std::vector<std::string> names;
  for (const std::string_view name : known) names.emplace_back(name);
  for (const auto& pair : node) {
    if (!problems.count(pair.first)) return;
    const std::string key = pair.first.IsScalar() ? pair.first.Scalar() : "";
    if (std::find(names.begin(), names.end(), key) == names.end()) {
      std::string problem = "'" + key + "' is not a key here";
      const auto meant = nearest(key, names);
      problem += meant ? "; did you mean " + *meant + "?" : "; known are " + join(names, ", ");
      complain_at(pair.first, problem);
    } else if (has(key)) {
      complain_at(pair.first, "the key '" + key + "' stands twice");
    } else {
      entries_.emplace_back(key, pair.second);
    }
  }
}

std::optional<YAML::Node> Fields::find(std::string_view key) const {
  for (const auto& [name, value] : entries_) {
    if (name == key) return value;
  }
  return std::nullopt;
}

void Fields::complain(std::string_view key, const std::string& problem) const {
  complain_at(find(key).value_or(node_), std::string(key) + ": " + problem);
}

void Fields::complain_at(const YAML::Node& at, const std::string& problem) const {
  problems_->add(at, what_.empty() ? problem : what_ + ": " + problem);
}

std::optional<std::string> Fields::text(std::string_view key) const {
  const auto value = find(key);
  if (!value) return std::nullopt;
  if (value->IsScalar() && !value->Scalar().empty()) return value->Scalar();
  complain(key, "must be a single value");
  return std::nullopt;
}

std::vector<YAML::Node> Fields::values(std::string_view key) const {
  std::vector<YAML::Node> values;
  const auto value = find(key);
  if (!value) return values;
  if (value->IsScalar()) {
    values.push_back(*value);
    return values;
  }
  if (!value->IsSequence() || value->size() == 0) {
    complain(key, "must be a value or a list of values");
    return values;
  }
  for (const YAML::Node& element : *value) {
    if (!problems_->count(element)) break;
    if (element.IsScalar()) {
      values.push_back(element);
    } else {
      complain_at(element, std::string(key) + ": must be a list of single values");
    }
  }
  return values;
}

std::vector<YAML::Node> Fields::list(std::string_view key) const {
  std::vector<YAML::Node> elements;
  const auto value = find(key);
  // "holidays:" with nothing, or only comments, below it.
  if (!value || value->IsNull()) return elements;
  if (!value->IsSequence()) {
    complain(key, "must be a list");
    return elements;
  }
  for (const YAML::Node& element : *value) {
    if (!problems_->count(element)) break;
    elements.push_back(element);
  }
  return elements;
}

std::optional<int> Fields::whole(std::string_view key, int least, int most) const {
  const auto value = text(key);
  if (!value) return std::nullopt;
  const auto number = parse_int(*value);
  if (number && *number >= least && *number <= most) return static_cast<int>(*number);
  complain(key, "'" + *value + "' is not a whole number from " + std::to_string(least) + " to " +
                    std::to_string(most));
  return std::nullopt;
}

}  // namespace headroom::forecast
