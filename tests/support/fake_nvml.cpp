// A stand-in for NVIDIA's libnvidia-ml.so.1: the functions that the agent uses, with the answers
// that a test sets. Built twice; with HEADROOM_FAKE_NVML_OLD it lacks what older libraries lack.
#include "tests/support/fake_nvml.h"

#include <cstdio>
#include <ctime>

namespace {

using headroom::test::FakeGpu;
using headroom::test::FakeNvml;

constexpr int kSuccess = 0;
constexpr int kInvalidArgument = 2;
constexpr int kNotSupported = 3;
constexpr int kNotFound = 6;
constexpr int kInsufficientSize = 7;
constexpr int kGpuIsLost = 15;
constexpr unsigned kSlicesPerGpu = 7;

// A whole GPU, or one of its slices.
struct Handle {
  unsigned gpu;
  int slice;  // -1: the whole
};

FakeNvml state;

struct Handles {
  Handle all[2][1 + kSlicesPerGpu];
  Handles() {
    for (unsigned gpu = 0; gpu < 2; ++gpu) {
      for (unsigned i = 0; i <= kSlicesPerGpu; ++i) all[gpu][i] = {gpu, static_cast<int>(i) - 1};
    }
  }
} handles;

FakeGpu& gpu_of(const Handle* handle) { return state.gpus[handle->gpu]; }

void hang_if_told() {
  while (state.hang) {
    state.hanging = true;
    const timespec nap{0, 1'000'000};
    ::nanosleep(&nap, nullptr);
  }
  state.hanging = false;
}

// Puts `answer` where it belongs, unless the GPU is lost or is a slice, which is not told this.
template <typename Number>
int tell(const Handle* handle, Number* where, Number answer) {
  if (gpu_of(handle).lost) return kGpuIsLost;
  if (handle->slice >= 0) return kNotSupported;
  *where = answer;
  return kSuccess;
}

int tell_count(const Handle* handle, unsigned* count, unsigned answer) {
  const int done = tell(handle, count, answer);
  return done == kSuccess && answer > 0 ? kInsufficientSize : done;
}

}  // namespace

extern "C" {

FakeNvml* fake_nvml() { return &state; }

int nvmlInit_v2() {
  ++state.starts;
  return state.init_answer;
}
int nvmlShutdown() { return kSuccess; }
const char* nvmlErrorString(int) { return "Driver/library version mismatch"; }

int nvmlDeviceGetCount_v2(unsigned* count) {
  *count = state.count;
  return kSuccess;
}
int nvmlDeviceGetHandleByIndex_v2(unsigned index, Handle** handle) {
  if (index >= state.count) return kInvalidArgument;
  *handle = &handles.all[index][0];
  return kSuccess;
}
int nvmlDeviceGetUUID(Handle* handle, char* text, unsigned size) {
  if (handle->slice < 0) {
    std::snprintf(text, size, "GPU-%u", handle->gpu);
  } else {
    std::snprintf(text, size, "MIG-%u-%d", handle->gpu, handle->slice);
  }
  return kSuccess;
}
int nvmlDeviceGetName(Handle*, char* text, unsigned size) {
  std::snprintf(text, size, "Fake 9000");
  return kSuccess;
}

struct Utilization {
  unsigned gpu;
  unsigned memory;
};
int nvmlDeviceGetUtilizationRates(Handle* handle, Utilization* answer) {
  hang_if_told();
  // As the real one: not to be had while MIG is on.
  if (gpu_of(handle).slices > 0) return kNotSupported;
  return tell(handle, &answer->gpu, gpu_of(handle).utilization_percent.load());
}

struct Memory {
  unsigned long long total;
  unsigned long long free;
  unsigned long long used;
};
int nvmlDeviceGetMemoryInfo(Handle* handle, Memory* answer) {
  const FakeGpu& gpu = gpu_of(handle);
  if (gpu.lost) return kGpuIsLost;
  const unsigned long long parts = handle->slice >= 0 ? kSlicesPerGpu : 1;
  answer->total = gpu.memory_total / parts;
  answer->used = gpu.memory_used / parts;
  answer->free = answer->total - answer->used;
  return kSuccess;
}

int nvmlDeviceGetPowerUsage(Handle* handle, unsigned* answer) {
  return tell(handle, answer, gpu_of(handle).power_mw.load());
}
int nvmlDeviceGetTemperature(Handle* handle, int, unsigned* answer) {
  return tell(handle, answer, gpu_of(handle).temperature.load());
}
int nvmlDeviceGetClockInfo(Handle* handle, int which, unsigned* answer) {
  return tell(handle, answer,
              which == 1 ? gpu_of(handle).sm_mhz.load() : gpu_of(handle).memory_mhz.load());
}

#ifndef HEADROOM_FAKE_NVML_OLD
int nvmlDeviceGetTotalEnergyConsumption(Handle* handle, unsigned long long* answer) {
  return tell(handle, answer, gpu_of(handle).energy_mj.load());
}
int nvmlDeviceGetEnforcedPowerLimit(Handle* handle, unsigned* answer) {
  return tell(handle, answer, 300'000u);
}
int nvmlDeviceGetCurrentClocksThrottleReasons(Handle* handle, unsigned long long* answer) {
  return tell(handle, answer, gpu_of(handle).clock_reasons.load());
}
int nvmlDeviceGetMigMode(Handle* handle, unsigned* current, unsigned* pending) {
  *pending = 0;
  return tell(handle, current, gpu_of(handle).slices > 0 ? 1u : 0u);
}
int nvmlDeviceGetMaxMigDeviceCount(Handle* handle, unsigned* answer) {
  return tell(handle, answer, kSlicesPerGpu);
}
int nvmlDeviceGetMigDeviceHandleByIndex(Handle* handle, unsigned index, Handle** answer) {
  // The places are not filled from the first on.
  if (index >= kSlicesPerGpu) return kInvalidArgument;
  if (index < kSlicesPerGpu - gpu_of(handle).slices) return kNotFound;
  *answer = &handles.all[handle->gpu][1 + index];
  return kSuccess;
}
#endif

int nvmlDeviceGetTotalEccErrors(Handle* handle, int type, int, unsigned long long* answer) {
  return tell(handle, answer, type == 0 ? gpu_of(handle).ecc_corrected.load() : 0ULL);
}
int nvmlDeviceGetComputeRunningProcesses_v3(Handle* handle, unsigned* count, void*) {
  return tell_count(handle, count, gpu_of(handle).compute_processes.load());
}
int nvmlDeviceGetGraphicsRunningProcesses_v3(Handle* handle, unsigned* count, void*) {
  return tell_count(handle, count, gpu_of(handle).graphics_processes.load());
}

}  // extern "C"
