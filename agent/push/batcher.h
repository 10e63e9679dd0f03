// Turns grid points into batches: rows of one layout, evenly spaced, encoded column by column. A
// hole in the grid or a changed set of series closes the open batch, so within a batch every column
// is regular.
//
// One thread. Allocates only while it grows; a steady host reuses its rows.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "agent/collectors/collector.h"
#include "common/base/clock.h"
#include "common/wire/message.h"

namespace headroom::agent {

using LayoutPtr = std::shared_ptr<const wire::Layout>;

struct ClosedBatch {
  LayoutPtr layout;
  UnixMs start = 0;
  std::uint32_t step_ms = 0;
  std::uint32_t steps = 0;
  std::string columns;
};

class Batcher {
 public:
  explicit Batcher(std::uint32_t step_ms) : step_ms_(step_ms) {}

  // Adds one grid point. What comes back had to be closed because this point does not continue it.
  std::optional<ClosedBatch> add(UnixMs time, const SampleSheet& sheet);
  // The open batch, if it has any grid point.
  std::optional<ClosedBatch> close();

  std::uint32_t steps() const { return steps_; }
  // Bytes that the values take before they are encoded; close before it nears the message limit.
  std::size_t open_values() const { return rows_.size(); }

 private:
  void define_layout(const SampleSheet& sheet);

  std::uint32_t step_ms_;
  std::uint32_t layout_version_ = 0;  // of the sheet; 0 = none yet
  std::uint32_t next_layout_ = 1;
  LayoutPtr layout_;
  std::vector<Slot> slots_;     // column → slot of the sheet
  std::vector<double> rows_;    // steps × columns
  std::vector<double> column_;  // scratch
  UnixMs start_ = 0;
  std::uint32_t steps_ = 0;
};

}  // namespace headroom::agent
