// NVIDIA's GPUs by NVML, which is opened at run time and never linked.
//
// Any of these calls may hang for as long as the driver waits for its card. So all of them,
// the constructor excepted, belong on a thread that may be left behind
// (agent/collectors/quarantine.h); one thread at a time. The library stays loaded until the process
// ends: unloading would run the driver's own clean-up.
#pragma once

#include <string>
#include <vector>

#include "agent/gpu/device.h"
#include "agent/gpu/nvml_api.h"
#include "common/base/result.h"

namespace headroom::agent::gpu {

class Nvml {
 public:
  // `library`: a path, or a name for the linker to find.
  explicit Nvml(std::string library) : library_(std::move(library)) {}
  // Does not shut the library down, because that may hang too.
  ~Nvml() = default;

  // Fills devices() and problem(). `list_anew`: what came or went is looked for, and a library with
  // a problem starts anew. `everything`: what changes slowly and is dear to ask for too, which else
  // keeps its last value; a new list brings it about by itself. An error means that there are no
  // devices at all; kNotFound that the library cannot be opened, kUnsupported that it is no NVML,
  // kUnavailable what it said.
  Status read(bool list_anew, bool everything);

  // Of the last read(): GPUs in the library's order, each one's slices behind it.
  const std::vector<Device>& devices() const { return devices_; }
  // What one device said, while the others go on. Needs a new start of the library, which the next
  // read(true) makes.
  const Status& problem() const { return problem_; }

 private:
  Status open();
  Status start();
  void stop();
  Status list();
  void add(nvml_api::DeviceHandle handle, const std::string& parent);
  void add_slices(nvml_api::DeviceHandle handle, const std::string& parent);
  // false when the device is lost.
  bool measure(nvml_api::DeviceHandle handle, Device& device, bool everything) const;
  Error said(const std::string& what, nvml_api::Return answer) const;

  std::string library_;
  bool open_ = false;
  bool started_ = false;
  nvml_api::Functions api_{};
  std::vector<nvml_api::DeviceHandle> handles_;  // parallel to devices_
  std::vector<Device> devices_;
  Status problem_;
};

}  // namespace headroom::agent::gpu
