// All models there are, and which of them automatic choice tries.
#pragma once

#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "aggregator/forecast/model.h"
#include "common/base/result.h"

namespace headroom::forecast {

// In a fixed order; they live as long as the program.
std::span<const Model* const> models();

// Those that take part in an automatic choice, the ones that give most for their cost first. The
// others are special cases of one that takes part, or there to be asked for by name.
std::span<const Model* const> automatic_models();

// Null for an unknown name.
const Model* find_model(std::string_view name);

// Why a model that other builds have is not in this one; empty for any other name.
std::string_view why_absent(std::string_view name);

// Adds models of others (plugin/loader.h), all or none; they take part in automatic choice. Only
// while the program has one thread and has not forecast yet. kAlreadyExists for a name that is
// taken.
Status register_models(std::vector<std::unique_ptr<const Model>> additional);

}  // namespace headroom::forecast
