// What is known about one GPU at one moment, whoever made it.
//
// This room reads GPUs: NVIDIA's by its management library (nvml.h), the others by sysfs (sysfs.h).
// It knows nothing of series; agent/collectors/gpu_collector.cpp makes them. The values of a thing
// that a device, its driver or its mode does not tell are unknown and never 0.
#pragma once

#include <array>
#include <cstddef>
#include <limits>
#include <string>

namespace headroom::agent::gpu {

enum Value : std::size_t {
  kUtilization,       // share of time in which something ran
  kMemoryUsed,        // bytes
  kMemoryTotal,       // bytes
  kPower,             // W
  kPowerLimit,        // W
  kEnergy,            // J since the driver was loaded
  kTemperature,       // °C
  kCoreClock,         // Hz
  kMemoryClock,       // Hz
  kThrottlePowerCap,  // 1 while the clocks are held down for this reason, else 0
  kThrottleThermalSoftware,
  kThrottleThermalHardware,
  kThrottleHardware,  // power brake or another slowdown by hardware
  kErrorsCorrected,   // of memory, since the driver was loaded
  kErrorsUncorrected,
  kProcesses,
  kValues
};
using Values = std::array<double, kValues>;

constexpr Values nothing_known() {
  Values values{};
  values.fill(std::numeric_limits<double>::quiet_NaN());
  return values;
}

struct Device {
  std::string id;  // unique on this host
  std::string name;
  std::string vendor;
  std::string parent;  // id of the GPU that this one is a slice of (MIG); empty: a whole GPU
  Values values = nothing_known();
};

// GPUs and slices of GPUs that are looked at on one host, per maker.
inline constexpr std::size_t kMaxDevices = 128;

}  // namespace headroom::agent::gpu
