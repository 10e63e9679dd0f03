// What a forecast is to be of, out of a request's body.
#pragma once

#include <span>
#include <string_view>

#include "aggregator/api/operation.h"
#include "aggregator/capacity/forecaster.h"

namespace headroom::api {

// Members of the body that are not known here nor among `others` are refused. Errors:
// kInvalidArgument, naming the member.
Result<capacity::ForecastRequest> forecast_request(const Json& body,
                                                   std::span<const std::string_view> others);

}  // namespace headroom::api
