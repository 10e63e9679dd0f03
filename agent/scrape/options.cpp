#include "agent/scrape/options.h"

#include <algorithm>
#include <arpa/inet.h>

#include "common/base/text.h"

namespace headroom::agent::scrape {
namespace {

bool is_loopback_host(std::string_view host) {
  if (host == "localhost" || host == "[::1]") return true;
  in_addr address{};
  return ::inet_pton(AF_INET, std::string(host).c_str(), &address) == 1 &&
         ntohl(address.s_addr) >> 24 == 127;
}

}  // namespace

std::optional<std::string_view> local_authority(std::string_view url) {
  constexpr std::string_view kScheme = "http://";
  if (!url.starts_with(kScheme)) return std::nullopt;
  // What readers of URLs disagree about is refused, so that none of them sees another host.
  const bool plain = std::all_of(
      url.begin(), url.end(), [](char c) { return c > 0x20 && c < 0x7f && c != '\\' && c != '@'; });
  const std::string_view rest = url.substr(kScheme.size());
  const std::string_view authority = rest.substr(0, rest.find_first_of("/?#"));
  const std::size_t colon = authority.rfind(':');
  if (!plain || colon == std::string_view::npos) return std::nullopt;
  const auto port = parse_int(authority.substr(colon + 1));
  if (!port || *port < 1 || *port > 65535) return std::nullopt;
  if (!is_loopback_host(authority.substr(0, colon))) return std::nullopt;
  return authority;
}

}  // namespace headroom::agent::scrape
