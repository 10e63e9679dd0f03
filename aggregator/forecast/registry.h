// All models that take part in a choice.
#pragma once

#include <span>
#include <string_view>

#include "aggregator/forecast/model.h"

namespace headroom::forecast {

// In a fixed order; they live as long as the program.
std::span<const Model* const> models();

// Null for an unknown name.
const Model* find_model(std::string_view name);

}  // namespace headroom::forecast
