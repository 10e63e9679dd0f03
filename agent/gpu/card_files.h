// A card's files of one whole number each, and the value that each of them gives.
#pragma once

#include <string>
#include <vector>

#include "agent/gpu/device.h"
#include "agent/procfs/proc_file.h"

namespace headroom::agent::gpu {

class CardFiles {
 public:
  explicit CardFiles(const std::string& folder)
      : runtime_status_(folder + "/device/power/runtime_status") {}

  // `factor` makes the value's unit of the file's. A file that is not there is left out for good;
  // false then.
  bool add(Value value, const std::string& path, double factor);
  // Unknown is what cannot be read, is no number or below zero.
  void read(Values& values);

 private:
  struct File {
    Value value;
    double factor;
    ProcFile file;
  };
  OptionalProcFile runtime_status_;
  std::vector<File> files_;
};

}  // namespace headroom::agent::gpu
