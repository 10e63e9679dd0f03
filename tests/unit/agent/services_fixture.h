// Hosts with services, and the paths of their cgroups.
#pragma once

#include "tests/unit/agent/collector_fixture.h"

namespace headroom::agent::test {

inline constexpr double kMib = 1 << 20;
inline const std::string kCgroups = "sys/fs/cgroup";
inline const std::string kNginx = kCgroups + "/system.slice/nginx.service";
inline const std::string kPhp = kCgroups + "/system.slice/php8.2-fpm.service";

// The container host is laid over a small one, whose other files it shares.
class ServicesTree : public HostTree {
 public:
  explicit ServicesTree(const std::string& name = "host-containers")
      : HostTree("host-small/a"), name_(name) {
    apply(name_ + "/a");
  }
  void next() { apply(name_ + "/b"); }

  CollectorOptions with_rules(std::vector<std::pair<std::string, std::string>> rules,
                              std::size_t unmapped = 20) const {
    CollectorOptions options = HostTree::options();
    options.service_rules = std::move(rules);
    options.unmapped_units = unmapped;
    return options;
  }

  // Some more unit with so much memory and processor time.
  void unit(const std::string& path, std::uint64_t memory_bytes, std::uint64_t cpu_us = 0) {
    const std::string folder = kCgroups + path;
    const std::string cpu = std::to_string(cpu_us);
    write(folder + "/cpu.stat", "usage_usec " + cpu + "\nuser_usec " + cpu + "\nsystem_usec 0\n");
    write(folder + "/memory.current", std::to_string(memory_bytes) + "\n");
    write(folder + "/memory.stat", "inactive_file 0\n");
  }

 private:
  std::string name_;
};

inline const std::vector<std::pair<std::string, std::string>> kWebAndShop{
    {"nginx.service", "web"}, {"php*-fpm.service", "web"}, {"docker-*.scope", "shop"}};

}  // namespace headroom::agent::test
