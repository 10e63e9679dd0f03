#include "agent/collectors/registry.h"

namespace headroom::agent {

const std::vector<CollectorEntry>& collector_registry() {
  static const std::vector<CollectorEntry> kEntries{
      {"cpu", "processor time by mode and core, load, run queue; the resource CPU", true, false,
       make_cpu_collector},
      {"memory", "memory by use, swap, page faults, OOM kills; the resource MEMORY", true, false,
       make_memory_collector},
      {"disk", "transfers and busy time of whole block devices; the resource DISK_IO", true, false,
       make_disk_collector},
      {"filesystem", "space and inodes of filesystems; the resource DISK", true, false,
       make_filesystem_collector},
      {"network", "traffic, errors and speed of network links; the resource NETWORK", true, false,
       make_network_collector},
      {"connections", "TCP, conntrack, ports, file descriptors; the resource CONNECTIONS", true,
       false, make_connections_collector},
      {"gpu", "NVIDIA, AMD and Intel GPUs; the resources GPU and GPU_MEMORY", true, false,
       make_gpu_collector},
      {"statsd", "what applications send over StatsD; the resources QUEUE_DEPTH and API_CALLS",
       false, false, make_statsd_collector},
      {"prometheus", "metrics of local Prometheus endpoints, of scrape.targets", false, true,
       make_prometheus_collector},
      {"services", "systemd units and containers; CPU and MEMORY of the services mapped to them",
       true, false, make_services_collector},
      {"pressure", "time that tasks waited for CPU, memory and I/O (PSI)", true, true,
       make_pressure_collector},
      {"clock", "whether the system clock is synchronised, and its errors", true, true,
       make_clock_collector},
      {"energy", "energy used by processors and memory (RAPL), where it may be read", true, true,
       make_energy_collector},
  };
  return kEntries;
}

}  // namespace headroom::agent
