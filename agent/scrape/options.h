// What scraping of local endpoints is told by the configuration.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace headroom::agent::scrape {

inline constexpr std::size_t kMaxTargets = 16;

struct Options {
  std::vector<std::string> targets;  // http://127.0.0.1:PORT/PATH
  std::vector<std::string> metrics;  // names, or beginnings of names that end in "*"; empty: all
  std::chrono::milliseconds interval{15'000};
};

// HOST:PORT of a URL http://HOST:PORT/PATH whose host is the loopback: 127.x.y.z, [::1] or
// localhost. Nothing for any other, because an agent is no way into a network.
std::optional<std::string_view> local_authority(std::string_view url);

}  // namespace headroom::agent::scrape
