// Which cgroups are services: the configuration's rules, and what is a unit or a container by its
// name.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace headroom::agent {

inline constexpr std::size_t kMaxServiceRules = 256;

// `*` stands for any number of characters, `?` for one, but neither for a slash; `**` stands for
// any number of characters and slashes. Everything else, the backslashes of unit names included, is
// itself.
bool matches(std::string_view pattern, std::string_view text);

class ServiceRules {
 public:
  // Pattern → service. A pattern with a slash is of a cgroup's whole path, which begins with one;
  // one without is of the path's last part. The longest pattern that matches decides.
  explicit ServiceRules(std::vector<std::pair<std::string, std::string>> rules);

  // The service of this cgroup, valid as long as the rules are.
  std::optional<std::string_view> service_of(std::string_view path) const;
  bool empty() const { return rules_.empty(); }

 private:
  std::vector<std::pair<std::string, std::string>> rules_;  // the longest pattern first
};

// Whether a cgroup is a systemd service or scope, a container or a Kubernetes pod. Slices and other
// inner nodes are none.
bool is_unit(std::string_view path);

// What an operator calls it: the last part of the path where only slices stand above it, because a
// service manager has no name twice; else the whole path without its first slash.
std::string unit_name(std::string_view path);

}  // namespace headroom::agent
