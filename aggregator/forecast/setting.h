// What a person set for a model, or what it takes by itself.
#pragma once

#include <algorithm>
#include <cstddef>
#include <span>

#include "aggregator/forecast/model.h"

namespace headroom::forecast {

// The value of parameters[index], held inside its range; the fallback where nothing is set or what
// is set is no number.
inline double setting(std::span<const Parameter> parameters, Settings settings, std::size_t index) {
  const Parameter& parameter = parameters[index];
  if (index >= settings.size() || !(settings[index] == settings[index])) return parameter.fallback;
  return std::clamp(settings[index], parameter.least, parameter.most);
}

// A setting that counts something.
inline std::size_t count_setting(std::span<const Parameter> parameters, Settings settings,
                                 std::size_t index) {
  return static_cast<std::size_t>(std::max(setting(parameters, settings, index), 0.0));
}

// The newest values, at most `most` of them.
inline std::span<const double> newest(std::span<const double> values, std::size_t most) {
  return values.last(std::min(most, values.size()));
}

}  // namespace headroom::forecast
