// The series that come and go together: a collector's fixed ones, or those of one device.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>
#include <vector>

#include "agent/collectors/collector.h"

namespace headroom::agent {

// One row of a collector's table of series; an attribute with an empty key is none.
struct SeriesSpec {
  std::string_view metric;
  std::string_view unit;
  Kind kind = Kind::kGauge;
  std::string_view key = {};
  std::string_view value = {};
};

class SeriesGroup {
 public:
  SeriesGroup() = default;
  // `specs` must stand in static storage. `common` are the attributes of all of them, for example
  // the device.
  explicit SeriesGroup(std::span<const SeriesSpec> specs, Attributes common = {});

  // The first number puts the whole group on the sheet, so that one arrival changes the layout
  // once. Something that is not finite is left missing.
  void set(SampleSheet& sheet, std::size_t which, double value);
  // The device is gone. A later set() adds the group anew.
  void retire(SampleSheet& sheet);

 private:
  std::span<const SeriesSpec> specs_;
  Attributes common_;
  std::vector<Slot> slots_;  // parallel to specs_, or empty
};

}  // namespace headroom::agent
