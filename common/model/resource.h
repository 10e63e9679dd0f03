// The resources that are planned and scaled, and the two series that every host carries for each of
// them:
//   headroom.resource.demand   what is used now
//   headroom.resource.capacity what could be used, in the same unit
// both with the attribute headroom.resource = the name below. Demand is what is forecast:
// utilization (demand / capacity) jumps whenever somebody scales, demand does not. A resource whose
// capacity is unknown has no capacity sample.
#pragma once

#include <array>
#include <optional>
#include <string_view>

namespace headroom {

enum class Resource {
  kCpu,          // busy cores / min(online cores, cgroup quota)
  kMemory,       // bytes not available / min(total, cgroup limit)
  kDisk,         // the fullest filesystem, bytes or inodes, as a share of 1
  kNetwork,      // bytes per second of the busiest direction of the busiest link / link speed
  kConnections,  // the worst of conntrack, ephemeral ports, file descriptors, listen queues, as a
                 // share of 1
  kQueueDepth,
  kApiCalls,
  kGpu,
  kGpuMemory,
  kDiskIo,  // busy seconds per second of the busiest device / 1
};

inline constexpr std::array<Resource, 10> kResources{
    Resource::kCpu,         Resource::kMemory,     Resource::kDisk,     Resource::kNetwork,
    Resource::kConnections, Resource::kQueueDepth, Resource::kApiCalls, Resource::kGpu,
    Resource::kGpuMemory,   Resource::kDiskIo};

inline constexpr std::string_view kDemandMetric = "headroom.resource.demand";
inline constexpr std::string_view kCapacityMetric = "headroom.resource.capacity";
inline constexpr std::string_view kResourceAttribute = "headroom.resource";
inline constexpr std::string_view kHostAttribute = "host.name";
inline constexpr std::string_view kServiceAttribute = "service.name";
inline constexpr std::string_view kSimulatedAttribute =
    "headroom.simulated";  // "true" on hosts that do not exist

// "CPU", "MEMORY", … as in the API.
std::string_view to_string(Resource resource);
// Not case-sensitive.
std::optional<Resource> parse_resource(std::string_view text);
// UCUM unit of demand and capacity.
std::string_view unit_of(Resource resource);

}  // namespace headroom
