// The few functions of NVIDIA's public management library (NVML,
// https://docs.nvidia.com/deploy/nvml-api/) that are used, declared anew so that nothing of it is
// needed to build. Names, values and layouts are the library's stable binary interface.
#pragma once

namespace headroom::agent::gpu::nvml_api {

using Return = int;
inline constexpr Return kSuccess = 0;
inline constexpr Return kUninitialized = 1;
inline constexpr Return kNotSupported = 3;
inline constexpr Return kNotFound = 6;
inline constexpr Return kInsufficientSize = 7;
inline constexpr Return kDriverNotLoaded = 9;
inline constexpr Return kGpuIsLost = 15;
inline constexpr Return kResetRequired = 16;
inline constexpr Return kUnknown = 999;

using DeviceHandle = struct OpaqueDevice*;

struct Utilization {  // percent of the last sampling period, 1/6 s to 1 s
  unsigned gpu;
  unsigned memory;
};
struct Memory {  // bytes
  unsigned long long total;
  unsigned long long free;
  unsigned long long used;
};

inline constexpr unsigned kNameBytes = 96;  // of the longest UUIDs and names
inline constexpr int kTemperatureOfGpu = 0;
inline constexpr int kClockOfSm = 1;
inline constexpr int kClockOfMemory = 2;
inline constexpr int kCorrected = 0;
inline constexpr int kUncorrected = 1;
inline constexpr int kSinceDriverLoad = 0;  // "volatile", in the library's words
inline constexpr unsigned kMigEnabled = 1;

inline constexpr unsigned long long kReasonPowerCap = 0x4;
inline constexpr unsigned long long kReasonHardwareSlowdown = 0x8;
inline constexpr unsigned long long kReasonThermalSoftware = 0x20;
inline constexpr unsigned long long kReasonThermalHardware = 0x40;
inline constexpr unsigned long long kReasonPowerBrake = 0x80;

// Each is null where the library is too old to have it; only `kRequired` of nvml.cpp must be there.
struct Functions {
  Return (*init)();
  Return (*shutdown)();
  const char* (*error_string)(Return);
  Return (*device_count)(unsigned*);
  Return (*device_by_index)(unsigned, DeviceHandle*);
  Return (*uuid)(DeviceHandle, char*, unsigned);
  Return (*name)(DeviceHandle, char*, unsigned);
  Return (*utilization)(DeviceHandle, Utilization*);
  Return (*memory)(DeviceHandle, Memory*);
  Return (*power)(DeviceHandle, unsigned*);             // mW
  Return (*power_limit)(DeviceHandle, unsigned*);       // mW
  Return (*energy)(DeviceHandle, unsigned long long*);  // mJ
  Return (*temperature)(DeviceHandle, int, unsigned*);  // °C
  Return (*clock)(DeviceHandle, int, unsigned*);        // MHz
  Return (*clock_reasons)(DeviceHandle, unsigned long long*);
  Return (*ecc_errors)(DeviceHandle, int, int, unsigned long long*);
  // With a count of 0 and no room: how many there are, as kInsufficientSize where there are any.
  Return (*compute_processes)(DeviceHandle, unsigned*, void*);
  Return (*graphics_processes)(DeviceHandle, unsigned*, void*);
  Return (*mig_mode)(DeviceHandle, unsigned* current, unsigned* pending);
  Return (*mig_device_limit)(DeviceHandle, unsigned*);
  Return (*mig_device)(DeviceHandle, unsigned, DeviceHandle*);
};

}  // namespace headroom::agent::gpu::nvml_api
