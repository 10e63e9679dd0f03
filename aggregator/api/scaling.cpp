#include "aggregator/api/rooms.h"
#include "common/base/text.h"

namespace headroom::api {
namespace {

using scaling::Action;
using scaling::Evaluated;

Json decision_json(const scaling::Rule& rule, const scaling::Decision& decision) {
  return Json{{"rule_id", rule.rule_id},
              {"service", rule.service},
              {"direction", to_string(decision.direction)},
              {"from_value", decision.from_value},
              {"to_value", decision.to_value},
              {"reason", decision.reason},
              {"limits", decision.limits},
              {"utilization_pct", number(decision.utilization)},
              {"timestamp", time(decision.time)}};
}

Json rule_json(const Evaluated& one) {
  Json json = scaling::to_json(one.rule);
  json["simulated"] = one.simulated;
  json["decision"] = one.decision ? decision_json(one.rule, *one.decision) : Json();
  return json;
}

Result<Answer> create(const Rooms& rooms, const Call& call) {
  auto rule = scaling::parse_rule(call.body);
  if (!rule) return fail(rule.error());
  if (call.dry_run) return Answer{200, scaling::to_json(*rule)};
  const auto created = rooms.evaluator.create(std::move(*rule));
  if (!created) return fail(created.error());
  return Answer{201, scaling::to_json(*created)};
}

Result<Answer> replace(const Rooms& rooms, const Call& call) {
  auto rule = scaling::parse_rule(call.body);
  if (!rule) return fail(rule.error());
  if (rule->rule_id != call.text("id")) {
    return fail(ErrorCode::kInvalidArgument,
                "rule_id: '" + rule->rule_id + "' is not the rule of the path");
  }
  const auto version = call.whole("if_version", 0, 1, INT64_MAX);
  if (!version) return fail(version.error());
  if (call.dry_run) return Answer{200, scaling::to_json(*rule)};
  const auto replaced = rooms.evaluator.replace(
      std::move(*rule),
      call.has("if_version") ? std::optional(static_cast<std::uint64_t>(*version)) : std::nullopt);
  if (!replaced) return fail(replaced.error());
  return Answer{200, scaling::to_json(*replaced)};
}

Result<Answer> evaluate(const Rooms& rooms, const Call& call) {
  if (!call.dry_run) {
    if (auto done = rooms.evaluator.evaluate(call.now); !done) return fail(done.error());
  }
  Json items = Json::array();
  for (const Evaluated& one : rooms.evaluator.rules()) {
    if (one.decision) items.push_back(decision_json(one.rule, *one.decision));
  }
  return Answer{200, Json{{"items", std::move(items)}}};
}

Result<Answer> actions(const Rooms& rooms, const Call& call) {
  const auto all = rooms.evaluator.actions();
  if (!all) return fail(all.error());
  Json items = Json::array();
  for (const Action& action : *all) {
    if (call.has("service") && action.service != call.text("service")) continue;
    if (call.has("state") && to_string(action.state) != call.text("state")) continue;
    items.push_back(scaling::to_json(action));
  }
  return paged(call, std::move(items));
}

}  // namespace

void add_scaling_operations(Operations& operations, const Rooms& rooms) {
  operations.add(
      {"GET", "/api/v1/rules", Access::kObserve, {"limit", "page"}, [&rooms](const Call& call) {
         Json items = Json::array();
         for (const Evaluated& one : rooms.evaluator.rules()) items.push_back(rule_json(one));
         return paged(call, std::move(items));
       }});
  operations.add({"GET",
                  "/api/v1/rules/{id}",
                  Access::kObserve,
                  {},
                  [&rooms](const Call& call) -> Result<Answer> {
                    const auto one = rooms.evaluator.rule(call.text("id"));
                    if (!one) return fail(one.error());
                    return Answer{200, rule_json(*one)};
                  }});
  operations.add({"POST", "/api/v1/rules", Access::kOperate, {}, [&rooms](const Call& call) {
                    return create(rooms, call);
                  }});
  operations.add(
      {"PUT", "/api/v1/rules/{id}", Access::kOperate, {"if_version"}, [&rooms](const Call& call) {
         return replace(rooms, call);
       }});
  operations.add({"DELETE",
                  "/api/v1/rules/{id}",
                  Access::kOperate,
                  {},
                  [&rooms](const Call& call) -> Result<Answer> {
                    const auto known = rooms.evaluator.rule(call.text("id"));
                    if (!known) return fail(known.error());
                    if (call.dry_run) return Answer{204, nullptr};
                    if (auto removed = rooms.evaluator.remove(call.text("id")); !removed)
                      return fail(removed.error());
                    return Answer{204, nullptr};
                  }});
  operations.add({"POST", "/api/v1/evaluate", Access::kOperate, {}, [&rooms](const Call& call) {
                    return evaluate(rooms, call);
                  }});
  operations.add({"GET",
                  "/api/v1/actions",
                  Access::kObserve,
                  {"service", "state", "limit", "page"},
                  [&rooms](const Call& call) { return actions(rooms, call); }});
  operations.add({"GET",
                  "/api/v1/actions/{id}",
                  Access::kObserve,
                  {},
                  [&rooms](const Call& call) -> Result<Answer> {
                    const auto one = rooms.evaluator.action(call.text("id"));
                    if (!one) return fail(one.error());
                    return Answer{200, scaling::to_json(*one)};
                  }});
}

}  // namespace headroom::api
