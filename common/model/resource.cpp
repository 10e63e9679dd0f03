#include "common/model/resource.h"

#include <algorithm>

namespace headroom {
namespace {

struct Row {
  Resource resource;
  std::string_view name;
  std::string_view unit;
};
constexpr std::array<Row, 10> kRows{{{Resource::kCpu, "CPU", "{cpu}"},
                                     {Resource::kMemory, "MEMORY", "By"},
                                     {Resource::kDisk, "DISK", "1"},
                                     {Resource::kNetwork, "NETWORK", "By/s"},
                                     {Resource::kConnections, "CONNECTIONS", "1"},
                                     {Resource::kQueueDepth, "QUEUE_DEPTH", "{item}"},
                                     {Resource::kApiCalls, "API_CALLS", "{call}/s"},
                                     {Resource::kGpu, "GPU", "{gpu}"},
                                     {Resource::kGpuMemory, "GPU_MEMORY", "By"},
                                     {Resource::kDiskIo, "DISK_IO", "1"}}};

const Row& row(Resource resource) {
  return *std::find_if(kRows.begin(), kRows.end(),
                       [&](const Row& candidate) { return candidate.resource == resource; });
}

char upper(char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; }

}  // namespace

std::string_view to_string(Resource resource) { return row(resource).name; }
std::string_view unit_of(Resource resource) { return row(resource).unit; }

std::optional<Resource> parse_resource(std::string_view text) {
  for (const Row& candidate : kRows) {
    if (std::equal(text.begin(), text.end(), candidate.name.begin(), candidate.name.end(),
                   [](char a, char b) { return upper(a) == b; })) {
      return candidate.resource;
    }
  }
  return std::nullopt;
}

}  // namespace headroom
