// Every collector's maker. A new collector is a file with its maker, a line here and a line in
// registry.cpp.
#pragma once

#include <memory>

#include "agent/collectors/collector.h"

namespace headroom::agent {

std::unique_ptr<Collector> make_cpu_collector(const CollectorOptions& options);
std::unique_ptr<Collector> make_memory_collector(const CollectorOptions& options);
std::unique_ptr<Collector> make_disk_collector(const CollectorOptions& options);
std::unique_ptr<Collector> make_filesystem_collector(const CollectorOptions& options);
std::unique_ptr<Collector> make_network_collector(const CollectorOptions& options);
std::unique_ptr<Collector> make_connections_collector(const CollectorOptions& options);
std::unique_ptr<Collector> make_gpu_collector(const CollectorOptions& options);
std::unique_ptr<Collector> make_statsd_collector(const CollectorOptions& options);
std::unique_ptr<Collector> make_prometheus_collector(const CollectorOptions& options);
std::unique_ptr<Collector> make_services_collector(const CollectorOptions& options);
std::unique_ptr<Collector> make_pressure_collector(const CollectorOptions& options);
std::unique_ptr<Collector> make_clock_collector(const CollectorOptions& options);
std::unique_ptr<Collector> make_energy_collector(const CollectorOptions& options);

}  // namespace headroom::agent
