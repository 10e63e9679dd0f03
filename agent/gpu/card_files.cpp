#include "agent/gpu/card_files.h"

#include <unistd.h>

#include "agent/procfs/scanner.h"

namespace headroom::agent::gpu {

bool CardFiles::add(Value value, const std::string& path, double factor) {
  if (::access(path.c_str(), R_OK) != 0) return false;
  files_.push_back({value, factor, ProcFile(path)});
  return true;
}

void CardFiles::read(Values& values) {
  values = nothing_known();
  // Reading would wake it, and a card that is awake burns power.
  const auto status = runtime_status_.read();
  if (status && status->starts_with("suspend")) return;
  for (File& one : files_) {
    const auto text = one.file.read();
    if (!text) continue;
    Scanner scanner(*text);
    if (!scanner.next_line()) continue;
    if (const auto number = scanner.number()) {
      values[one.value] = static_cast<double>(*number) * one.factor;
    }
  }
}

}  // namespace headroom::agent::gpu
