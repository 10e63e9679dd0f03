// What the fake NVML library of the tests (fake_nvml.cpp) shall answer. A test finds it by the
// library's symbol fake_nvml.
#pragma once

#include <array>
#include <atomic>

namespace headroom::test {

// All may be set while a look runs, that of a collector which is gone already too.
struct FakeGpu {
  std::atomic<unsigned> utilization_percent = 0;
  std::atomic<unsigned long long> memory_used = 0;
  std::atomic<unsigned long long> memory_total = 0;
  std::atomic<unsigned> power_mw = 0;
  std::atomic<unsigned long long> energy_mj = 0;
  std::atomic<unsigned> temperature = 0;
  std::atomic<unsigned> sm_mhz = 0;
  std::atomic<unsigned> memory_mhz = 0;
  std::atomic<unsigned long long> clock_reasons = 0;
  std::atomic<unsigned long long> ecc_corrected = 0;
  std::atomic<unsigned> compute_processes = 0;
  std::atomic<unsigned> graphics_processes = 0;
  std::atomic<bool> lost = false;
  std::atomic<unsigned> slices = 0;  // above 0: MIG is on
};

struct FakeNvml {
  std::array<FakeGpu, 2> gpus;
  std::atomic<unsigned> count = 2;
  std::atomic<int> init_answer = 0;
  std::atomic<bool> hang = false;  // questions wait until it is false again
  std::atomic<bool> hanging = false;
  std::atomic<unsigned> starts = 0;
};

}  // namespace headroom::test
