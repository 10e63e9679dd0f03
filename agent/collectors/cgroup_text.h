// The two forms of most files of a cgroup (cgroup-v2.html, "Interface Files").
#pragma once

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string_view>

namespace headroom::agent {

struct Field {
  std::string_view key;
  std::optional<std::uint64_t>& value;
};

// From lines of "key number"; a key that does not come leaves its value alone. false when one of
// these keys has no number.
bool read_fields(std::string_view text, std::initializer_list<Field> fields);

// The number that a text begins with.
std::optional<std::uint64_t> first_number(std::string_view text);

}  // namespace headroom::agent
