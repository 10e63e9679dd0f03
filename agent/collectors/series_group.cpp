#include "agent/collectors/series_group.h"

#include <cmath>

namespace headroom::agent {

SeriesGroup::SeriesGroup(std::span<const SeriesSpec> specs, Attributes common)
    : specs_(specs), common_(std::move(common)) {}

void SeriesGroup::set(SampleSheet& sheet, std::size_t which, double value) {
  HEADROOM_ASSERT(which < specs_.size());
  if (!std::isfinite(value)) return;
  if (slots_.empty()) {
    for (const SeriesSpec& spec : specs_) {
      Attributes attributes = common_;
      if (!spec.key.empty()) attributes.push_back({std::string(spec.key), std::string(spec.value)});
      slots_.push_back(sheet.add_series(
          {std::string(spec.metric), std::string(spec.unit), spec.kind, std::move(attributes)}));
    }
  }
  sheet.set(slots_[which], value);
}

void SeriesGroup::retire(SampleSheet& sheet) {
  for (const Slot slot : slots_) sheet.retire(slot);
  slots_.clear();
}

}  // namespace headroom::agent
