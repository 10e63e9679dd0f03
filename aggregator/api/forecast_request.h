// What a forecast is to be of, out of a request's body.
#pragma once

#include <span>
#include <string_view>

#include "aggregator/api/operation.h"
#include "aggregator/capacity/calendars.h"
#include "aggregator/capacity/forecaster.h"

namespace headroom::api {

// The calendar is looked up in `calendars`. Members of the body that are not known here nor among
// `others` are refused. Errors: kInvalidArgument, naming the member.
Result<capacity::ForecastRequest> forecast_request(const Json& body,
                                                   std::span<const std::string_view> others,
                                                   const capacity::Calendars& calendars);

}  // namespace headroom::api
