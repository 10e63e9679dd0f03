#include "agent/gpu/nvml.h"

#include <array>
#include <dlfcn.h>
#include <utility>

namespace headroom::agent::gpu {
namespace {

using namespace nvml_api;

constexpr double kPerMilli = 1e-3;
constexpr double kHzPerMHz = 1e6;
constexpr double kPercent = 100;

// The first of these names that the library has.
template <typename Function>
void find(void* library, Function& function, std::initializer_list<const char*> names) {
  for (const char* const name : names) {
    function = reinterpret_cast<Function>(::dlsym(library, name));
    if (function != nullptr) return;
  }
}

// Newer names first where the layout is the same.
Functions find_functions(void* library) {
  Functions api{};
  find(library, api.init, {"nvmlInit_v2"});
  find(library, api.shutdown, {"nvmlShutdown"});
  find(library, api.error_string, {"nvmlErrorString"});
  find(library, api.device_count, {"nvmlDeviceGetCount_v2"});
  find(library, api.device_by_index, {"nvmlDeviceGetHandleByIndex_v2"});
  find(library, api.uuid, {"nvmlDeviceGetUUID"});
  find(library, api.name, {"nvmlDeviceGetName"});
  find(library, api.utilization, {"nvmlDeviceGetUtilizationRates"});
  find(library, api.memory, {"nvmlDeviceGetMemoryInfo"});
  find(library, api.power, {"nvmlDeviceGetPowerUsage"});
  find(library, api.power_limit, {"nvmlDeviceGetEnforcedPowerLimit"});
  find(library, api.energy, {"nvmlDeviceGetTotalEnergyConsumption"});
  find(library, api.temperature, {"nvmlDeviceGetTemperature"});
  find(library, api.clock, {"nvmlDeviceGetClockInfo"});
  find(library, api.clock_reasons,
       {"nvmlDeviceGetCurrentClocksEventReasons", "nvmlDeviceGetCurrentClocksThrottleReasons"});
  find(library, api.ecc_errors, {"nvmlDeviceGetTotalEccErrors"});
  // Only counts are asked for, so the layout of what is not filled in does not matter.
  find(library, api.compute_processes,
       {"nvmlDeviceGetComputeRunningProcesses_v3", "nvmlDeviceGetComputeRunningProcesses_v2",
        "nvmlDeviceGetComputeRunningProcesses"});
  find(library, api.graphics_processes,
       {"nvmlDeviceGetGraphicsRunningProcesses_v3", "nvmlDeviceGetGraphicsRunningProcesses_v2",
        "nvmlDeviceGetGraphicsRunningProcesses"});
  find(library, api.mig_mode, {"nvmlDeviceGetMigMode"});
  find(library, api.mig_device_limit, {"nvmlDeviceGetMaxMigDeviceCount"});
  find(library, api.mig_device, {"nvmlDeviceGetMigDeviceHandleByIndex"});
  return api;
}

// Asks one thing after the other, until the device turns out to be lost.
class Question {
 public:
  // Whether `function` is there and answered. The arguments are passed on.
  template <typename Function, typename... Arguments>
  bool ask(Function function, Arguments... arguments) {
    if (function == nullptr || lost_) return false;
    const Return answer = function(arguments...);
    lost_ = answer == kGpuIsLost || answer == kResetRequired || answer == kUninitialized;
    return answer == kSuccess;
  }
  // The same for a list of which only the length is wanted.
  template <typename Function>
  bool count(Function function, DeviceHandle handle, unsigned& length) {
    length = 0;
    if (function == nullptr || lost_) return false;
    const Return answer = function(handle, &length, nullptr);
    lost_ = answer == kGpuIsLost || answer == kResetRequired || answer == kUninitialized;
    return answer == kSuccess || answer == kInsufficientSize;
  }
  bool lost() const { return lost_; }

 private:
  bool lost_ = false;
};

double flag(unsigned long long reasons, unsigned long long wanted) {
  return (reasons & wanted) != 0 ? 1 : 0;
}

std::string text_of(Return (*function)(DeviceHandle, char*, unsigned), DeviceHandle handle) {
  std::array<char, kNameBytes> text{};
  if (function == nullptr || function(handle, text.data(), kNameBytes) != kSuccess) return {};
  text.back() = '\0';
  return text.data();
}

void measure_clocks(const Functions& api, DeviceHandle handle, Question& question, Values& values) {
  unsigned mhz = 0;
  if (question.ask(api.clock, handle, kClockOfSm, &mhz)) values[kCoreClock] = mhz * kHzPerMHz;
  if (question.ask(api.clock, handle, kClockOfMemory, &mhz)) values[kMemoryClock] = mhz * kHzPerMHz;
  unsigned long long reasons = 0;
  if (!question.ask(api.clock_reasons, handle, &reasons)) return;
  values[kThrottlePowerCap] = flag(reasons, kReasonPowerCap);
  values[kThrottleThermalSoftware] = flag(reasons, kReasonThermalSoftware);
  values[kThrottleThermalHardware] = flag(reasons, kReasonThermalHardware);
  values[kThrottleHardware] = flag(reasons, kReasonHardwareSlowdown | kReasonPowerBrake);
}

void measure_energy(const Functions& api, DeviceHandle handle, Question& question, Values& values) {
  unsigned milli = 0;
  if (question.ask(api.power, handle, &milli)) values[kPower] = milli * kPerMilli;
  unsigned long long total = 0;
  if (question.ask(api.energy, handle, &total)) {
    values[kEnergy] = static_cast<double>(total) * kPerMilli;
  }
  unsigned celsius = 0;
  if (question.ask(api.temperature, handle, kTemperatureOfGpu, &celsius)) {
    values[kTemperature] = celsius;
  }
}

void measure_memory(const Functions& api, DeviceHandle handle, Question& question, Values& values) {
  Memory memory{};
  if (question.ask(api.memory, handle, &memory) && memory.used <= memory.total) {
    values[kMemoryUsed] = static_cast<double>(memory.used);
    values[kMemoryTotal] = static_cast<double>(memory.total);
  }
}

// What measure_rest() fills in.
constexpr std::array<Value, 4> kRest{kPowerLimit, kErrorsCorrected, kErrorsUncorrected, kProcesses};

void measure_rest(const Functions& api, DeviceHandle handle, Question& question, Values& values) {
  unsigned milli = 0;
  if (question.ask(api.power_limit, handle, &milli)) values[kPowerLimit] = milli * kPerMilli;
  unsigned long long errors = 0;
  if (question.ask(api.ecc_errors, handle, kCorrected, kSinceDriverLoad, &errors)) {
    values[kErrorsCorrected] = static_cast<double>(errors);
  }
  if (question.ask(api.ecc_errors, handle, kUncorrected, kSinceDriverLoad, &errors)) {
    values[kErrorsUncorrected] = static_cast<double>(errors);
  }
  unsigned compute = 0;
  unsigned graphics = 0;
  const bool counted = question.count(api.compute_processes, handle, compute);
  if (question.count(api.graphics_processes, handle, graphics) || counted) {
    // A process that computes and draws counts twice.
    values[kProcesses] = compute + graphics;
  }
}

}  // namespace

Status Nvml::read(bool list_anew, bool everything) {
  // A lost GPU stays lost until the library starts anew.
  if (list_anew && !problem_) stop();
  const bool fresh = !started_;
  if (!started_) {
    if (auto done = start(); !done) {
      devices_.clear();
      handles_.clear();
      return done;
    }
  }
  if (fresh || list_anew) {
    everything = true;
    if (auto done = list(); !done) {
      stop();
      return done;
    }
  }
  problem_ = {};
  for (std::size_t i = 0; i < devices_.size(); ++i) {
    if (measure(handles_[i], devices_[i], everything)) continue;
    devices_[i].values = nothing_known();
    problem_ = fail(ErrorCode::kUnavailable,
                    "the GPU " + devices_[i].id +
                        " is lost or needs a reset; see the kernel's log for messages of NVRM");
  }
  return {};
}

Status Nvml::open() {
  void* const library = ::dlopen(library_.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) {
    const char* const why = ::dlerror();
    return fail(ErrorCode::kNotFound,
                std::string("NVIDIA's management library cannot be opened; install the driver's "
                            "NVML library, or set gpu.nvml_library or collectors.gpu: false: ") +
                    (why != nullptr ? why : library_.c_str()));
  }
  const Functions api = find_functions(library);
  const bool complete = api.init != nullptr && api.shutdown != nullptr &&
                        api.device_count != nullptr && api.device_by_index != nullptr &&
                        api.uuid != nullptr;
  if (!complete) {
    return fail(ErrorCode::kUnsupported,
                library_ + " lacks functions that NVML has had since version 2");
  }
  api_ = api;
  open_ = true;
  return {};
}

Status Nvml::start() {
  if (!open_) {
    if (auto done = open(); !done) return done;
  }
  const Return answer = api_.init();
  if (answer != kSuccess) return fail(said("nvmlInit", answer));
  started_ = true;
  return {};
}

void Nvml::stop() {
  if (started_) api_.shutdown();
  started_ = false;
  problem_ = {};
}

Status Nvml::list() {
  devices_.clear();
  handles_.clear();
  unsigned count = 0;
  const Return answer = api_.device_count(&count);
  if (answer != kSuccess) return fail(said("nvmlDeviceGetCount", answer));
  for (unsigned i = 0; i < count; ++i) {
    DeviceHandle handle = nullptr;
    // A card that is being taken out, or that this user may not see; the others count.
    if (api_.device_by_index(i, &handle) != kSuccess) continue;
    add(handle, {});
  }
  return {};
}

void Nvml::add(DeviceHandle handle, const std::string& parent) {
  if (devices_.size() >= kMaxDevices) return;
  Device device;
  device.id = text_of(api_.uuid, handle);
  if (device.id.empty()) return;
  device.name = text_of(api_.name, handle);
  device.vendor = "NVIDIA";
  device.parent = parent;
  devices_.push_back(device);
  handles_.push_back(handle);
  if (parent.empty()) add_slices(handle, device.id);
}

void Nvml::add_slices(DeviceHandle handle, const std::string& parent) {
  if (api_.mig_mode == nullptr || api_.mig_device_limit == nullptr || api_.mig_device == nullptr) {
    return;
  }
  unsigned current = 0;
  unsigned pending = 0;
  unsigned limit = 0;
  if (api_.mig_mode(handle, &current, &pending) != kSuccess || current != kMigEnabled) return;
  if (api_.mig_device_limit(handle, &limit) != kSuccess) return;
  for (unsigned i = 0; i < limit; ++i) {
    DeviceHandle slice = nullptr;
    // Places without a slice say kNotFound.
    if (api_.mig_device(handle, i, &slice) == kSuccess) add(slice, parent);
  }
}

bool Nvml::measure(DeviceHandle handle, Device& device, bool everything) const {
  const Values before = std::exchange(device.values, nothing_known());
  Question question;
  measure_memory(api_, handle, question, device.values);
  // A slice has its memory and nothing else of its own; the library answers for its GPU, or not.
  if (!device.parent.empty()) return !question.lost();
  Utilization utilization{};
  if (question.ask(api_.utilization, handle, &utilization)) {
    device.values[kUtilization] = utilization.gpu / kPercent;
  }
  measure_energy(api_, handle, question, device.values);
  measure_clocks(api_, handle, question, device.values);
  if (everything) {
    measure_rest(api_, handle, question, device.values);
  } else {
    for (const Value one : kRest) device.values[one] = before[one];
  }
  return !question.lost();
}

Error Nvml::said(const std::string& what, Return answer) const {
  const char* const words = api_.error_string != nullptr ? api_.error_string(answer) : nullptr;
  return {
      ErrorCode::kUnavailable,
      what + ": " + (words != nullptr ? std::string(words) : "error " + std::to_string(answer))};
}

}  // namespace headroom::agent::gpu
