// What statvfs(2) says about a filesystem, as series.
#pragma once

#include <array>
#include <cstddef>
#include <span>
#include <sys/statvfs.h>

#include "agent/collectors/numbers.h"
#include "agent/collectors/series_group.h"

namespace headroom::agent {

struct FilesystemValues {
  bool known = false;
  double used_bytes = kUnknown;
  double free_bytes = kUnknown;  // for everyone; what is reserved for root stands apart
  double reserved_bytes = kUnknown;
  double utilization = kUnknown;
  double inodes_used = kUnknown;
  double inodes_free = kUnknown;
  double fullest = kUnknown;  // the larger share of bytes and inodes

  // `series` is a group of filesystem_specs().
  void publish(SeriesGroup& series, bool read_only, SampleSheet& sheet) const;
};

FilesystemValues measured(const struct ::statvfs& answer);
std::span<const SeriesSpec> filesystem_specs();

// The larger of two numbers of which either may be unknown.
double larger(double a, double b);

}  // namespace headroom::agent
