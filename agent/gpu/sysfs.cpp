#include "agent/gpu/sysfs.h"

#include <algorithm>
#include <filesystem>

#include "common/base/file.h"
#include "common/base/text.h"

namespace headroom::agent::gpu {
namespace {

namespace fs = std::filesystem;

// "card12" is a card, "card0-HDMI-A-1" a plug of one.
bool is_card(const std::string& name) {
  return name.size() > 4 && name.starts_with("card") &&
         name.find_first_not_of("0123456789", 4) == std::string::npos;
}

}  // namespace

std::vector<CardFolder> find_cards(const std::string& sys, const std::string& vendor) {
  std::vector<CardFolder> cards;
  std::error_code error;
  for (fs::directory_iterator at(sys + "/class/drm", error), end; !error && at != end;
       at.increment(error)) {
    const std::string name = at->path().filename().string();
    if (!is_card(name)) continue;
    const auto text = read_file(at->path().string() + "/device/vendor", 4096);
    if (text && trim(*text) == vendor) cards.push_back({at->path().string(), name});
  }
  std::sort(cards.begin(), cards.end(), [](const CardFolder& a, const CardFolder& b) {
    return std::pair(a.name.size(), a.name) < std::pair(b.name.size(), b.name);
  });
  if (cards.size() > kMaxDevices) cards.resize(kMaxDevices);
  return cards;
}

std::string identity_of(const CardFolder& card) {
  const auto text = read_file(card.path + "/device/uevent", 4096);
  if (!text) return card.name;
  for (const std::string_view line : split(*text, '\n')) {
    constexpr std::string_view kSlot = "PCI_SLOT_NAME=";
    if (line.starts_with(kSlot)) return std::string(line.substr(kSlot.size()));
  }
  return card.name;
}

std::string hwmon_of(const CardFolder& card) {
  std::error_code error;
  std::string first;
  for (fs::directory_iterator at(card.path + "/device/hwmon", error), end; !error && at != end;
       at.increment(error)) {
    const std::string path = at->path().string();
    if (first.empty() || path < first) first = path;
  }
  return first;
}

}  // namespace headroom::agent::gpu
