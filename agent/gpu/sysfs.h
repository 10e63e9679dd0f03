// GPUs that tell what they do in /sys/class/drm: AMD's and Intel's.
//
// Files are read on the caller's thread; they answer in microseconds. A card that sleeps
// (power/runtime_status) is left asleep: its values are unknown until somebody uses it.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "agent/gpu/device.h"

namespace headroom::agent::gpu {

// One card. Its files stay open, and a card that went away makes all values unknown.
class SysfsCard {
 public:
  virtual ~SysfsCard() = default;
  virtual void read() = 0;
  const Device& device() const { return device_; }

 protected:
  explicit SysfsCard(Device device) : device_(std::move(device)) {}
  Device device_;
};

// The folders /sys/class/drm/cardN of this PCI vendor ("0x1002"), in the order of N.
struct CardFolder {
  std::string path;
  std::string name;  // card0
};
std::vector<CardFolder> find_cards(const std::string& sys, const std::string& vendor);

// One maker's cards, one function a file.
std::vector<std::unique_ptr<SysfsCard>> find_amd_cards(const std::string& sys);
std::vector<std::unique_ptr<SysfsCard>> find_intel_cards(const std::string& sys);

// The PCI address such as 0000:03:00.0 when the card's device says it, else its name.
std::string identity_of(const CardFolder& card);
// The folder of the card's hwmon, or empty.
std::string hwmon_of(const CardFolder& card);

}  // namespace headroom::agent::gpu
