#include "agent/push/batcher.h"

#include <utility>

#include "common/base/limits.h"
#include "common/codec/column.h"

namespace headroom::agent {

std::optional<ClosedBatch> Batcher::add(UnixMs time, const SampleSheet& sheet) {
  std::optional<ClosedBatch> closed;
  const bool continues = steps_ == 0 || time == start_ + static_cast<UnixMs>(step_ms_) * steps_;
  if (!continues || sheet.layout_version() != layout_version_ || steps_ == limits::kBatchSteps)
    closed = close();
  if (sheet.layout_version() != layout_version_) define_layout(sheet);
  if (slots_.empty()) return closed;
  if (steps_ == 0) start_ = time;
  for (const Slot slot : slots_) rows_.push_back(sheet.values()[slot]);
  ++steps_;
  return closed;
}

std::optional<ClosedBatch> Batcher::close() {
  if (steps_ == 0) return std::nullopt;
  ClosedBatch batch{layout_, start_, step_ms_, steps_, {}};
  column_.resize(steps_);
  for (std::size_t c = 0; c < slots_.size(); ++c) {
    for (std::size_t s = 0; s < steps_; ++s) column_[s] = rows_[s * slots_.size() + c];
    codec::encode_column(column_, batch.columns);
  }
  rows_.clear();
  steps_ = 0;
  return batch;
}

void Batcher::define_layout(const SampleSheet& sheet) {
  auto layout = std::make_shared<wire::Layout>();
  layout->number = next_layout_++;
  slots_.clear();
  for (std::size_t slot = 0; slot < sheet.series().size(); ++slot) {
    if (sheet.series()[slot].metric.empty()) continue;
    slots_.push_back(static_cast<Slot>(slot));
    layout->series.push_back(sheet.series()[slot]);
  }
  layout_ = std::move(layout);
  layout_version_ = sheet.layout_version();
}

}  // namespace headroom::agent
