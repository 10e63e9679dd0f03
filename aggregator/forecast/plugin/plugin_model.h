// A plug-in's model as one of ours.
#pragma once

#include <memory>
#include <string>

#include "aggregator/forecast/model.h"
#include "aggregator/forecast/plugin/headroom_model.h"
#include "common/base/result.h"

namespace headroom::forecast {

// Checks the description and copies what it says; `loaded` keeps the shared object in memory.
// Errors: kUnsupported for another ABI, kInvalidArgument or kLimitExceeded for what it says.
Result<std::unique_ptr<const Model>> plugin_model(const headroom_model* description,
                                                  std::shared_ptr<void> loaded);

}  // namespace headroom::forecast
