#include "aggregator/api/rooms.h"
#include "common/base/text.h"

namespace headroom::api {
namespace {

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

Result<capacity::ForecastRequest> forecast_request(const Json& body) {
  if (!body.is_object()) return fail(ErrorCode::kInvalidArgument, "the body must be a JSON object");
  for (const auto& [key, value] : body.items()) {
    if (key != "service" && key != "resource" && key != "horizon" && key != "step" &&
        key != "levels" && key != "history") {
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
  return request;
}

Result<Answer> make(const Rooms& rooms, const Call& call) {
  const auto request = forecast_request(call.body);
  if (!request) return fail(request.error());
  const auto record = rooms.forecaster.make(*request, call.now, !call.dry_run);
  if (!record) return fail(record.error());
  return Answer{201, Json::parse(to_json_text(*record))};
}

Result<Answer> list(const Rooms& rooms, const Call& call) {
  const auto resource = call.has("resource") ? parse_resource(call.text("resource")) : std::nullopt;
  if (call.has("resource") && !resource) {
    return fail(ErrorCode::kInvalidArgument,
                "resource: '" + call.text("resource") + "' is not a resource");
  }
  const auto records = rooms.forecaster.list(call.text("service"), resource);
  if (!records) return fail(records.error());
  Json items = Json::array();
  for (const capacity::ForecastRecord& record : *records)
    items.push_back(Json::parse(to_json_text(record)));
  return paged(call, std::move(items));
}

}  // namespace

void add_forecast_operations(Operations& operations, const Rooms& rooms) {
  // A forecast changes nothing but the list of forecasts: whoever may look may ask.
  operations.add({"POST", "/api/v1/forecasts", Access::kObserve, {}, [&rooms](const Call& call) {
                    return make(rooms, call);
                  }});
  operations.add({"GET",
                  "/api/v1/forecasts",
                  Access::kObserve,
                  {"service", "resource", "limit", "page"},
                  [&rooms](const Call& call) { return list(rooms, call); }});
  operations.add({"GET",
                  "/api/v1/forecasts/{id}",
                  Access::kObserve,
                  {},
                  [&rooms](const Call& call) -> Result<Answer> {
                    const auto record = rooms.forecaster.get(call.text("id"));
                    if (!record) return fail(record.error());
                    return Answer{200, Json::parse(to_json_text(*record))};
                  }});
}

}  // namespace headroom::api
