// Lists of series for people: by metric, with what they share in the heading and what tells them
// apart in columns.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "cli/json.h"
#include "cli/table.h"

namespace headroom::cli {

inline constexpr std::string_view kHostKey = "host.name";

std::string attribute_text(const Json& series, const std::string& key);

// A host's name carries the mark of those that do not exist.
Cell attribute_cell(const Json& series, const std::string& key);

// Series of one metric, in their order.
using SeriesGroup = std::vector<const Json*>;

// By metric, unit and kind, in the order in which each first appears.
std::vector<SeriesGroup> by_metric(const Json& items);

// Attributes of a group, split into those that all share and those that tell its series apart.
struct Keys {
  std::vector<std::string> telling;
  std::vector<std::string> shared;  // as key="value"
};
Keys keys_of(const SeriesGroup& group);

}  // namespace headroom::cli
