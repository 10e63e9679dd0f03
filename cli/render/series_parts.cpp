#include "cli/render/series_parts.h"

#include <algorithm>
#include <map>

#include "cli/csv.h"
#include "cli/render/parts.h"
#include "cli/selector.h"
#include "cli/text_width.h"
#include "cli/units.h"

namespace headroom::cli {

std::string attribute_text(const Json& series, const std::string& key) {
  const Json& value = field(member(series, "attributes"), key);
  return value.is_null() ? std::string(kNothing) : clean(csv_value(value));
}

Cell attribute_cell(const Json& series, const std::string& key) {
  return marked_cell(attribute_text(series, key), key == kHostKey && is_simulated_series(series));
}

std::vector<SeriesGroup> by_metric(const Json& items) {
  std::vector<SeriesGroup> groups;
  std::map<std::string, std::size_t> index;
  for (const Json& series : items) {
    const std::string key =
        text_at(series, "metric") + "\n" + text_at(series, "unit") + "\n" + text_at(series, "kind");
    const auto [found, is_new] = index.try_emplace(key, groups.size());
    if (is_new) groups.emplace_back();
    groups[found->second].push_back(&series);
  }
  return groups;
}

Keys keys_of(const SeriesGroup& group) {
  std::vector<std::string> all;
  for (const Json* series : group) {
    const Json& attributes = member(*series, "attributes");
    if (!attributes.is_object()) continue;
    for (const auto& [key, value] : attributes.items()) {
      if (key != kSimulatedKey && std::find(all.begin(), all.end(), key) == all.end())
        all.push_back(key);
    }
  }
  // Who it is comes first, how it is split second.
  const auto rank = [](const std::string& key) {
    return key == "service.name" ? 0 : key == kHostKey ? 1 : 2;
  };
  std::stable_sort(all.begin(), all.end(),
                   [&](const auto& a, const auto& b) { return rank(a) < rank(b); });
  Keys keys;
  for (const std::string& key : all) {
    const std::string value = attribute_text(*group.front(), key);
    const bool same = std::all_of(group.begin(), group.end(), [&](const Json* series) {
      return attribute_text(*series, key) == value;
    });
    if (same && group.size() > 1) {
      keys.shared.push_back(matcher(key, "=", value));
    } else {
      keys.telling.push_back(key);
    }
  }
  return keys;
}

}  // namespace headroom::cli
