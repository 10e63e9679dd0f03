#include <algorithm>
#include <array>

#include "aggregator/api/forecast_request.h"
#include "aggregator/api/rooms.h"
#include "aggregator/forecast/registry.h"
#include "common/base/text.h"

namespace headroom::api {
namespace {

Result<Answer> make(const Rooms& rooms, const Call& call) {
  const auto request = forecast_request(call.body, {}, rooms.calendars);
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

std::string_view lead_name(std::size_t bucket) {
  constexpr std::array<std::string_view, capacity::kLeads.size()> kNames{"1h", "6h",  "1d",
                                                                         "7d", "30d", "1y"};
  return kNames[bucket];
}

Json score_json(const capacity::ModelScore& one) {
  const capacity::Score& score = one.score;
  Json levels = Json::array();
  for (const capacity::Score::Level& level : score.levels) {
    const double points = std::max(level.points, 1e-9);
    levels.push_back({{"level", level.level},
                      {"coverage", 1 - (level.below + level.above) / points},
                      {"below", level.below / points},
                      {"above", level.above / points}});
  }
  return {{"model", one.model},
          {"ahead", lead_name(one.bucket)},
          {"points", score.counted},
          {"mae", score.mae()},
          {"bias", score.bias()},
          {"relative_to_naive", score.naive > 0 ? Json(score.relative()) : Json()},
          {"levels", std::move(levels)}};
}

Json scores_json(const std::vector<capacity::ModelScore>& scores) {
  Json all = Json::array();
  for (const capacity::ModelScore& one : scores) all.push_back(score_json(one));
  return all;
}

Result<std::optional<Resource>> resource_param(const Call& call) {
  if (!call.has("resource")) return std::optional<Resource>();
  const auto resource = parse_resource(call.text("resource"));
  if (!resource) {
    return fail(ErrorCode::kInvalidArgument,
                "resource: '" + call.text("resource") + "' is not a resource");
  }
  return resource;
}

Result<Answer> accuracy(const Rooms& rooms, const Call& call) {
  const auto resource = resource_param(call);
  if (!resource) return fail(resource.error());
  const auto all = rooms.forecaster.ledger().accuracy(call.text("service"), *resource);
  if (!all) return fail(all.error());
  Json items = Json::array();
  for (const capacity::Accuracy& one : *all) {
    items.push_back({{"service", one.service},
                     {"resource_type", to_string(one.resource)},
                     {"unit", unit_of(one.resource)},
                     {"waiting", one.waiting},
                     {"scores", scores_json(one.scores)}});
  }
  return paged(call, std::move(items));
}

Result<Answer> accuracy_of(const Rooms& rooms, const Call& call) {
  const auto scores = rooms.forecaster.accuracy_of(call.text("id"), call.now);
  if (!scores) return fail(scores.error());
  return Answer{200, {{"forecast_id", call.text("id")}, {"scores", scores_json(*scores)}}};
}

Result<Answer> models_known() {
  Json items = Json::array();
  for (const forecast::Model* model : forecast::models()) {
    Json parameters = Json::array();
    for (const forecast::Parameter& one : model->parameters()) {
      parameters.push_back({{"name", one.name},
                            {"default", one.fallback},
                            {"least", one.least},
                            {"most", one.most},
                            {"meaning", one.meaning}});
    }
    items.push_back({{"name", model->name()},
                     {"about", model->about()},
                     {"parameters", std::move(parameters)}});
  }
  return Answer{200, {{"items", std::move(items)}}};
}

// The forecast's peak alone; nothing is stored.
Result<Answer> peak(const Rooms& rooms, const Call& call) {
  const auto resource = resource_param(call);
  if (!resource) return fail(resource.error());
  const auto horizon = call.duration("horizon");
  if (!horizon) return fail(horizon.error());
  if (!call.has("service") || !*resource) {
    return fail(ErrorCode::kInvalidArgument, "service and resource: whose peak, and of what?");
  }
  capacity::ForecastRequest request;
  request.service = call.text("service");
  request.resource = **resource;
  request.horizon = *horizon;
  const auto record = rooms.forecaster.make(request, call.now, false);
  if (!record) return fail(record.error());
  const Json whole = Json::parse(to_json_text(*record));
  Json answer;
  for (const char* key : {"service", "resource_type", "unit", "created", "horizon_hours",
                          "model_used", "reason", "simulated", "peak"}) {
    answer[key] = whole.at(key);
  }
  return Answer{200, std::move(answer)};
}

}  // namespace

void add_forecast_operations(Operations& operations, const Rooms& rooms) {
  // Whoever may look may ask: a forecast changes the list of forecasts, and what the ledger learns
  // only where the aggregator chose the model by itself.
  operations.add({"POST", "/api/v1/forecasts", Access::kObserve, {}, [&rooms](const Call& call) {
                    return make(rooms, call);
                  }});
  operations.add({"GET",
                  "/api/v1/forecasts",
                  Access::kObserve,
                  {"service", "resource", "limit", "page"},
                  [&rooms](const Call& call) { return list(rooms, call); }});
  operations.add({"GET",
                  "/api/v1/accuracy",
                  Access::kObserve,
                  {"service", "resource", "limit", "page"},
                  [&rooms](const Call& call) { return accuracy(rooms, call); }});
  operations.add(
      {"GET", "/api/v1/forecasts/{id}/accuracy", Access::kObserve, {}, [&rooms](const Call& call) {
         return accuracy_of(rooms, call);
       }});
  operations.add({"GET",
                  "/api/v1/peak",
                  Access::kObserve,
                  {"service", "resource", "horizon"},
                  [&rooms](const Call& call) { return peak(rooms, call); }});
  operations.add(
      {"GET", "/api/v1/models", Access::kObserve, {}, [](const Call&) { return models_known(); }});
  add_scenario_operations(operations, rooms);
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
