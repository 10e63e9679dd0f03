#include "agent/identity.h"

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <system_error>
#include <vector>

#include "common/base/file.h"
#include "common/base/text.h"

namespace headroom::agent {
namespace {

constexpr std::size_t kCardsMax = 64;

// FNV-1a, 64 bits: it only has to be the same every time.
std::uint64_t hash_of(const std::string& text) {
  std::uint64_t hash = 0xcbf29ce484222325;
  for (const char c : text) {
    hash ^= static_cast<unsigned char>(c);
    hash *= 0x100000001b3;
  }
  return hash;
}

std::string line_of(const std::string& path) {
  const auto content = read_file(path, 4096);
  return content ? std::string(trim(*content)) : std::string();
}

// Cards that stand on a bus; what software makes (bridges, containers' links) comes and goes.
std::vector<std::string> card_addresses(const HostRoots& roots) {
  std::vector<std::string> addresses;
  std::error_code error;
  const std::filesystem::path folder(roots.sys() + "/class/net");
  for (std::filesystem::directory_iterator at(folder, error), end; !error && at != end;
       at.increment(error)) {
    std::error_code ignored;
    if (!std::filesystem::exists(at->path() / "device", ignored)) continue;
    std::string address = line_of((at->path() / "address").string());
    if (!address.empty() && addresses.size() < kCardsMax) addresses.push_back(std::move(address));
  }
  std::sort(addresses.begin(), addresses.end());
  return addresses;
}

}  // namespace

std::string machine_identity(const HostRoots& roots) {
  std::string all;
  const auto add = [&](const std::string& part) {
    if (!part.empty()) all += part + "\n";
  };
  add(line_of(roots.root + "/etc/machine-id"));
  for (const std::string& address : card_addresses(roots)) add(address);
  if (all.empty()) return {};
  char text[17];
  std::snprintf(text, sizeof(text), "%016llx", static_cast<unsigned long long>(hash_of(all)));
  return text;
}

std::string boot_identity(const HostRoots& roots) {
  const std::string id = line_of(roots.proc() + "/sys/kernel/random/boot_id");
  return id.empty() ? "unknown" : id;
}

}  // namespace headroom::agent
