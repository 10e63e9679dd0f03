// Intel's GPUs, as the drivers i915 and xe show them
// (https://docs.kernel.org/gpu/i915.html, Documentation/ABI/testing/sysfs-driver-intel-xe-hwmon and
// sysfs-driver-intel-i915-hwmon). Neither says in sysfs how busy the card is or how much of its
// memory is taken: these stay unknown.
#include "agent/gpu/card_files.h"
#include "agent/gpu/sysfs.h"
#include "common/base/file.h"
#include "common/base/text.h"

namespace headroom::agent::gpu {
namespace {

constexpr const char* kVendor = "0x8086";
constexpr double kHzPerMHz = 1e6;
constexpr double kPerMicro = 1e-6;
constexpr double kPerMilli = 1e-3;

class IntelCard final : public SysfsCard {
 public:
  IntelCard(const CardFolder& card, Device device)
      : SysfsCard(std::move(device)), files_(card.path) {
    // i915's older place, its newer one, and xe's.
    for (const char* const place :
         {"/gt_act_freq_mhz", "/gt/gt0/rps_act_freq_mhz", "/device/tile0/gt0/freq0/act_freq"}) {
      if (files_.add(kCoreClock, card.path + place, kHzPerMHz)) break;
    }
    for (const char* const place :
         {"/gt/gt0/throttle_reason_pl1", "/device/tile0/gt0/freq0/throttle/reason_pl1"}) {
      if (files_.add(kThrottlePowerCap, card.path + place, 1)) break;
    }
    for (const char* const place :
         {"/gt/gt0/throttle_reason_thermal", "/device/tile0/gt0/freq0/throttle/reason_thermal"}) {
      if (files_.add(kThrottleThermalHardware, card.path + place, 1)) break;
    }
    const std::string hwmon = hwmon_of(card);
    if (hwmon.empty()) return;
    files_.add(kEnergy, hwmon + "/energy1_input", kPerMicro);
    files_.add(kPowerLimit, hwmon + "/power1_max", kPerMicro);
    files_.add(kTemperature, hwmon + "/temp1_input", kPerMilli);
  }

  void read() override { files_.read(device_.values); }

 private:
  CardFiles files_;
};

}  // namespace

std::vector<std::unique_ptr<SysfsCard>> find_intel_cards(const std::string& sys) {
  std::vector<std::unique_ptr<SysfsCard>> cards;
  for (const CardFolder& card : find_cards(sys, kVendor)) {
    Device device;
    device.id = identity_of(card);
    const auto chip = read_file(card.path + "/device/device", 4096);
    device.name = chip ? "Intel " + std::string(trim(*chip)) : "Intel";
    device.vendor = "Intel";
    cards.push_back(std::make_unique<IntelCard>(card, std::move(device)));
  }
  return cards;
}

}  // namespace headroom::agent::gpu
