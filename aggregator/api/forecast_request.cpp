#include "aggregator/api/forecast_request.h"

#include <algorithm>
#include <array>

#include "common/base/text.h"

namespace headroom::api {
namespace {

// An answer is waited for.
constexpr std::chrono::seconds kBudgetMost{5};

Result<std::optional<std::chrono::milliseconds>> duration_field(const Json& body, const char* key) {
  const auto found = body.find(key);
  if (found == body.end() || found->is_null()) return std::optional<std::chrono::milliseconds>();
  if (!found->is_string())
    return fail(ErrorCode::kInvalidArgument,
                std::string(key) + ": must be a duration such as \"24h\"");
  const auto parsed = parse_duration(found->get<std::string>());
  if (!parsed) return fail(parsed.error().within(key));
  return std::optional(*parsed);
}

// Model, parameters, budget and calendar.
Status take_model(const Json& body, const capacity::Calendars& calendars,
                  capacity::ForecastRequest& request) {
  const auto bad = [](std::string what) {
    return fail(ErrorCode::kInvalidArgument, std::move(what));
  };
  if (body.contains("model")) {
    if (!body["model"].is_string()) return bad("model: must be a name; see: GET /api/v1/models");
    request.model = body["model"];
  }
  if (body.contains("params")) {
    if (!body["params"].is_object()) return bad("params: must be names with numbers");
    for (const auto& [name, value] : body["params"].items()) {
      if (!value.is_number()) return bad("params: " + name + " must be a number");
      request.parameters.emplace_back(name, value.get<double>());
    }
  }
  const auto budget = duration_field(body, "budget");
  if (!budget) return fail(budget.error());
  if (*budget) {
    if (**budget > kBudgetMost) return bad("budget: at most " + format_duration(kBudgetMost));
    request.budget = **budget;
  }
  if (body.contains("calendar")) {
    if (!body["calendar"].is_string()) return bad("calendar: must be a name");
    auto found = calendars.find(body["calendar"].get<std::string>());
    if (!found) return bad("calendar: " + found.error().message);
    request.calendar = std::move(*found);
  }
  return {};
}

}  // namespace

Result<capacity::ForecastRequest> forecast_request(const Json& body,
                                                   std::span<const std::string_view> others,
                                                   const capacity::Calendars& calendars) {
  if (!body.is_object()) return fail(ErrorCode::kInvalidArgument, "the body must be a JSON object");
  for (const auto& [key, value] : body.items()) {
    constexpr std::array<std::string_view, 10> kKnown{"service", "resource", "horizon", "step",
                                                      "levels",  "history",  "model",   "params",
                                                      "budget",  "calendar"};
    if (std::find(kKnown.begin(), kKnown.end(), key) == kKnown.end() &&
        std::find(others.begin(), others.end(), key) == others.end()) {
      return fail(ErrorCode::kInvalidArgument, key + ": is not known here");
    }
  }
  capacity::ForecastRequest request;
  if (!body.contains("service") || !body["service"].is_string()) {
    return fail(ErrorCode::kInvalidArgument, "service: which service's demand is to be forecast?");
  }
  request.service = body["service"];
  const auto resource = body.contains("resource") && body["resource"].is_string()
                            ? parse_resource(body["resource"].get<std::string>())
                            : std::nullopt;
  if (!resource)
    return fail(ErrorCode::kInvalidArgument, "resource: which resource, for example CPU?");
  request.resource = *resource;
  const auto horizon = duration_field(body, "horizon");
  const auto step = duration_field(body, "step");
  const auto history = duration_field(body, "history");
  for (const auto* one : {&horizon, &step, &history}) {
    if (!*one) return fail(one->error());
  }
  request.horizon = *horizon;
  request.step = *step;
  request.history = *history;
  if (body.contains("levels")) {
    constexpr std::size_t kLevelsMost = 16;
    const Json& levels = body["levels"];
    if (!levels.is_array() || levels.empty() || levels.size() > kLevelsMost) {
      return fail(ErrorCode::kInvalidArgument,
                  "levels: must be a list of 1 to 16 numbers between 0 and 1");
    }
    request.levels.clear();
    for (const Json& level : levels) {
      if (!level.is_number())
        return fail(ErrorCode::kInvalidArgument, "levels: must be numbers between 0 and 1");
      request.levels.push_back(level.get<double>());
    }
  }
  if (auto done = take_model(body, calendars, request); !done) return fail(done.error());
  return request;
}

}  // namespace headroom::api
