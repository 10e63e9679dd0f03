#include "agent/collectors/service_rules.h"

#include <algorithm>

#include "common/base/text.h"

namespace headroom::agent {
namespace {

constexpr std::size_t kContainerIdDigits = 64;

std::string_view last_part(std::string_view path) { return path.substr(path.rfind('/') + 1); }

bool is_container_id(std::string_view name) {
  return name.size() == kContainerIdDigits &&
         name.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

// "kubepods-burstable-pod1234.slice" by the systemd driver, "pod1234" by the other one.
bool is_pod(std::string_view path, std::string_view name) {
  if (!path.starts_with("/kubepods")) return false;
  return name.starts_with("pod") ||
         (name.ends_with(".slice") && name.find("-pod") != std::string_view::npos);
}

}  // namespace

// Where a star matched too little, it is tried again with one character more. Only the last star of
// each kind has to be: what an earlier one could take, the later one can take as well.
bool matches(std::string_view pattern, std::string_view text) {
  struct Star {
    std::size_t behind = std::string_view::npos;  // in the pattern
    std::size_t taken = 0;                        // in the text
  };
  Star one;
  Star two;
  std::size_t p = 0;
  std::size_t t = 0;
  while (t < text.size() || p < pattern.size()) {
    if (pattern.substr(p, 2) == "**") {
      two = {p += 2, t};
      one = {};
      continue;
    }
    if (p < pattern.size() && pattern[p] == '*') {
      one = {++p, t};
      continue;
    }
    const bool wild = p < pattern.size() && pattern[p] == '?' && t < text.size() && text[t] != '/';
    if (wild || (p < pattern.size() && t < text.size() && pattern[p] == text[t])) {
      ++p;
      ++t;
      continue;
    }
    if (one.behind != std::string_view::npos && one.taken < text.size() && text[one.taken] != '/') {
      p = one.behind;
      t = ++one.taken;
      continue;
    }
    if (two.behind == std::string_view::npos || two.taken >= text.size()) return false;
    p = two.behind;
    t = ++two.taken;
    one = {};
  }
  return true;
}

ServiceRules::ServiceRules(std::vector<std::pair<std::string, std::string>> rules)
    : rules_(std::move(rules)) {
  std::stable_sort(rules_.begin(), rules_.end(),
                   [](const auto& a, const auto& b) { return a.first.size() > b.first.size(); });
}

std::optional<std::string_view> ServiceRules::service_of(std::string_view path) const {
  const std::string_view name = last_part(path);
  for (const auto& [pattern, service] : rules_) {
    const bool whole = pattern.find('/') != std::string::npos;
    if (matches(pattern, whole ? path : name)) return service;
  }
  return std::nullopt;
}

bool is_unit(std::string_view path) {
  const std::string_view name = last_part(path);
  return name.ends_with(".service") || name.ends_with(".scope") || is_container_id(name) ||
         name.starts_with("lxc.payload.") || is_pod(path, name);
}

std::string unit_name(std::string_view path) {
  const std::string_view inner = path.substr(1);
  const auto parts = split(inner, '/');
  const bool below_slices = std::all_of(parts.begin(), parts.end() - 1, [](std::string_view part) {
    return part.ends_with(".slice");
  });
  return std::string(below_slices ? parts.back() : inner);
}

}  // namespace headroom::agent
