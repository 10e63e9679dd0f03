// AMD's GPUs, as the driver amdgpu shows them
// (https://docs.kernel.org/gpu/amdgpu/driver-misc.html, .../thermal.html).
#include "agent/gpu/card_files.h"
#include "agent/gpu/sysfs.h"
#include "common/base/file.h"
#include "common/base/text.h"

namespace headroom::agent::gpu {
namespace {

constexpr const char* kVendor = "0x1002";
constexpr double kPerPercent = 0.01;
constexpr double kPerMicro = 1e-6;
constexpr double kPerMilli = 1e-3;

class AmdCard final : public SysfsCard {
 public:
  AmdCard(const CardFolder& card, Device device) : SysfsCard(std::move(device)), files_(card.path) {
    const std::string folder = card.path + "/device/";
    files_.add(kUtilization, folder + "gpu_busy_percent", kPerPercent);
    files_.add(kMemoryUsed, folder + "mem_info_vram_used", 1);
    files_.add(kMemoryTotal, folder + "mem_info_vram_total", 1);
    const std::string hwmon = hwmon_of(card);
    if (hwmon.empty()) return;
    // Which of the two is there depends on the chip.
    if (!files_.add(kPower, hwmon + "/power1_average", kPerMicro)) {
      files_.add(kPower, hwmon + "/power1_input", kPerMicro);
    }
    files_.add(kPowerLimit, hwmon + "/power1_cap", kPerMicro);
    files_.add(kTemperature, hwmon + "/temp1_input", kPerMilli);
    files_.add(kCoreClock, hwmon + "/freq1_input", 1);
    files_.add(kMemoryClock, hwmon + "/freq2_input", 1);
  }

  void read() override { files_.read(device_.values); }

 private:
  CardFiles files_;
};

// The marketing name where the driver knows it, else the chip's number.
std::string name_of(const CardFolder& card) {
  if (const auto name = read_file(card.path + "/device/product_name", 4096)) {
    const std::string_view trimmed = trim(*name);
    if (!trimmed.empty()) return std::string(trimmed);
  }
  const auto chip = read_file(card.path + "/device/device", 4096);
  return chip ? "AMD " + std::string(trim(*chip)) : "AMD";
}

}  // namespace

std::vector<std::unique_ptr<SysfsCard>> find_amd_cards(const std::string& sys) {
  std::vector<std::unique_ptr<SysfsCard>> cards;
  for (const CardFolder& card : find_cards(sys, kVendor)) {
    Device device;
    device.id = identity_of(card);
    device.name = name_of(card);
    device.vendor = "AMD";
    cards.push_back(std::make_unique<AmdCard>(card, std::move(device)));
  }
  return cards;
}

}  // namespace headroom::agent::gpu
