#include "aggregator/scaling/evaluator.h"

#include <algorithm>
#include <array>
#include <cstdio>

#include <nlohmann/json.hpp>

#include "common/base/text.h"
#include "common/log/log.h"

namespace headroom::scaling {
namespace {

using Json = nlohmann::json;

constexpr std::string_view kRulePrefix = "rule/";
constexpr std::string_view kActionPrefix = "action/";

Result<Action> parse_action(const std::string& text) {
  try {
    const Json json = Json::parse(text);
    Action action;
    action.action_id = json.at("action_id");
    action.rule_id = json.at("rule_id");
    action.service = json.at("service");
    action.resource =
        parse_resource(json.at("resource_type").get<std::string>()).value_or(Resource::kCpu);
    action.direction =
        json.at("direction") == "SCALE_IN" ? Direction::kScaleIn : Direction::kScaleOut;
    action.from_value = json.at("from_value");
    action.to_value = json.at("to_value");
    action.reason = json.at("reason");
    action.timestamp = parse_time(json.at("timestamp").get<std::string>()).value_or(0);
    action.state = json.at("state") == "proposed" ? ActionState::kProposed : ActionState::kExpired;
    action.simulated = json.at("simulated");
    return action;
  } catch (const Json::exception& problem) {
    return fail(ErrorCode::kCorruption,
                std::string("an action that cannot be read: ") + problem.what());
  }
}

// Sorts by time, and tells actions of one millisecond apart.
std::string new_action_id(UnixMs now, std::uint64_t number) {
  std::array<char, 40> text{};
  const int size =
      std::snprintf(text.data(), text.size(), "act-%013lld-%03llu", static_cast<long long>(now),
                    static_cast<unsigned long long>(number % 1000));
  return {text.data(), static_cast<std::size_t>(size)};
}

Error no_rule(const std::string& rule_id) {
  return {ErrorCode::kNotFound, "there is no rule '" + rule_id + "'; see: headroom rules"};
}

}  // namespace

std::string_view to_string(ActionState state) {
  return state == ActionState::kProposed ? "proposed" : "expired";
}

Json to_json(const Action& action) {
  return Json{{"action_id", action.action_id},
              {"rule_id", action.rule_id},
              {"service", action.service},
              {"resource_type", to_string(action.resource)},
              {"direction", to_string(action.direction)},
              {"from_value", action.from_value},
              {"to_value", action.to_value},
              {"reason", action.reason},
              {"timestamp", format_time(action.timestamp)},
              {"state", to_string(action.state)},
              {"simulated", action.simulated}};
}

Status Evaluator::recover() {
  const std::lock_guard lock(mutex_);
  const auto rules = store_.list(store::Table::kState, kRulePrefix);
  if (!rules) return fail(rules.error());
  for (const auto& [key, text] : *rules) {
    Json json = Json::parse(text, nullptr, false);
    if (!json.is_object())
      return fail(ErrorCode::kCorruption, "stored rule " + key + " cannot be read");
    const std::uint64_t version = json.value("version", std::uint64_t{1});
    json.erase("version");
    auto rule = parse_rule(json);
    if (!rule) return fail(rule.error().within("stored rule " + key));
    rule->version = version;
    rules_[rule->rule_id].evaluated.rule = *rule;
  }
  const auto actions = store_.list(store::Table::kScalingEvents, kActionPrefix);
  if (!actions) return fail(actions.error());
  for (const auto& [key, text] : *actions) {
    auto action = parse_action(text);
    if (!action) return fail(action.error().within(key));
    const auto found = rules_.find(action->rule_id);
    if (found == rules_.end()) continue;
    auto& last = action->direction == Direction::kScaleOut ? found->second.last_scale_out
                                                           : found->second.last_scale_in;
    last = action->timestamp;
    if (action->state == ActionState::kProposed) found->second.open = *action;
  }
  return {};
}

Result<Rule> Evaluator::create(Rule rule) {
  const std::lock_guard lock(mutex_);
  if (rules_.count(rule.rule_id) > 0) {
    return fail(ErrorCode::kAlreadyExists,
                "rule '" + rule.rule_id + "' exists already; replace it with PUT");
  }
  if (rules_.size() >= kRules) {
    return fail(ErrorCode::kLimitExceeded,
                "there are " + std::to_string(kRules) + " rules, which is the limit");
  }
  rule.version = 1;
  if (auto kept = keep_rule(rule); !kept) return fail(kept.error());
  rules_[rule.rule_id].evaluated.rule = rule;
  return rule;
}

Result<Rule> Evaluator::replace(Rule rule, std::optional<std::uint64_t> if_version) {
  const std::lock_guard lock(mutex_);
  const auto found = rules_.find(rule.rule_id);
  if (found == rules_.end()) return fail(no_rule(rule.rule_id));
  const std::uint64_t present = found->second.evaluated.rule.version;
  if (if_version && *if_version != present) {
    return fail(ErrorCode::kAlreadyExists,
                "rule '" + rule.rule_id + "' is at version " + std::to_string(present) + ", not " +
                    std::to_string(*if_version) + ": somebody else changed it");
  }
  rule.version = present + 1;
  if (auto kept = keep_rule(rule); !kept) return fail(kept.error());
  found->second.evaluated = {rule, std::nullopt, false};
  return rule;
}

Status Evaluator::remove(const std::string& rule_id) {
  const std::lock_guard lock(mutex_);
  const auto found = rules_.find(rule_id);
  if (found == rules_.end()) return fail(no_rule(rule_id));
  if (found->second.open) {
    found->second.open->state = ActionState::kExpired;
    if (auto kept = keep_action(*found->second.open); !kept) return kept;
  }
  if (auto erased = store_.erase(store::Table::kState, std::string(kRulePrefix) + rule_id); !erased)
    return erased;
  rules_.erase(found);
  return {};
}

std::vector<Evaluated> Evaluator::rules() const {
  const std::lock_guard lock(mutex_);
  std::vector<Evaluated> all;
  for (const auto& [id, state] : rules_) all.push_back(state.evaluated);
  return all;
}

Result<Evaluated> Evaluator::rule(const std::string& rule_id) const {
  const std::lock_guard lock(mutex_);
  const auto found = rules_.find(rule_id);
  if (found == rules_.end()) return fail(no_rule(rule_id));
  return found->second.evaluated;
}

Status Evaluator::evaluate(UnixMs now) {
  const std::lock_guard lock(mutex_);
  Status first_failure;
  for (auto& [id, state] : rules_) {
    // One rule that cannot be evaluated must not hold up the others.
    if (auto done = evaluate_one(state, now); !done && first_failure)
      first_failure = fail(done.error().within("rule " + id));
  }
  return first_failure;
}

Status Evaluator::evaluate_one(State& state, UnixMs now) {
  const Rule& rule = state.evaluated.rule;
  const auto used = monitor_.utilization(now, {rule.service, "", rule.resource});
  if (!used) return fail(used.error());
  Situation situation;
  situation.now = now;
  situation.last_scale_out = state.last_scale_out;
  situation.last_scale_in = state.last_scale_in;
  if (!used->empty()) {
    const capacity::Utilization& one = used->front();
    situation.instances = one.hosts_reporting;
    situation.silent = one.hosts - one.hosts_reporting;
    situation.demand = one.demand;
    situation.capacity = one.capacity;
    state.evaluated.simulated = one.simulated;
  }
  Decision decision = decide(rule, situation);
  const Status settled = settle(state, decision, state.evaluated.simulated, now);
  state.evaluated.decision = std::move(decision);
  return settled;
}

Status Evaluator::settle(State& state, const Decision& decision, bool simulated, UnixMs now) {
  const bool same = state.open && decision.direction == state.open->direction &&
                    decision.to_value == state.open->to_value;
  // A proposal holds while the cooldown that it started keeps the rule from saying it again.
  const bool held_by_itself = state.open && decision.held == state.open->direction;
  if (same || held_by_itself) return {};
  if (state.open) {
    state.open->state = ActionState::kExpired;
    if (auto kept = keep_action(*state.open); !kept) return kept;
    state.open.reset();
  }
  if (decision.direction == Direction::kNoAction) return {};
  const Rule& rule = state.evaluated.rule;
  Action action{new_action_id(now, next_action_++),
                rule.rule_id,
                rule.service,
                rule.resource,
                decision.direction,
                decision.from_value,
                decision.to_value,
                decision.reason,
                now,
                ActionState::kProposed,
                simulated};
  if (auto kept = keep_action(action); !kept) return kept;
  if (auto pruned = prune_actions(); !pruned) return pruned;
  (decision.direction == Direction::kScaleOut ? state.last_scale_out : state.last_scale_in) = now;
  log::info("proposed {}: {} of {} from {} to {}: {}", action.action_id,
            to_string(action.direction), action.service, action.from_value, action.to_value,
            action.reason);
  state.open = std::move(action);
  return {};
}

Status Evaluator::keep_rule(const Rule& rule) {
  return store_.put(store::Table::kState, std::string(kRulePrefix) + rule.rule_id,
                    scaling::to_json(rule).dump());
}

Status Evaluator::keep_action(const Action& action) {
  return store_.put(store::Table::kScalingEvents, std::string(kActionPrefix) + action.action_id,
                    to_json(action).dump());
}

// The oldest go when there are more than kActionsKept.
Status Evaluator::prune_actions() {
  const auto rows = store_.list(store::Table::kScalingEvents, kActionPrefix);
  if (!rows) return fail(rows.error());
  for (std::size_t i = 0; i + kActionsKept < rows->size(); ++i) {
    const Status erased = store_.erase(store::Table::kScalingEvents, (*rows)[i].first);
    if (!erased) return erased;
  }
  return {};
}

Result<std::vector<Action>> Evaluator::actions() const {
  const auto rows = store_.list(store::Table::kScalingEvents, kActionPrefix);
  if (!rows) return fail(rows.error());
  std::vector<Action> all;
  for (auto at = rows->rbegin(); at != rows->rend() && all.size() < kActionsKept; ++at) {
    auto action = parse_action(at->second);
    if (!action) return fail(action.error().within(at->first));
    all.push_back(std::move(*action));
  }
  return all;
}

Result<Action> Evaluator::action(const std::string& action_id) const {
  const auto found =
      store_.get(store::Table::kScalingEvents, std::string(kActionPrefix) + action_id);
  if (!found) return fail(found.error());
  if (!*found)
    return fail(ErrorCode::kNotFound,
                "there is no action '" + action_id + "'; see: headroom actions");
  return parse_action(**found);
}

}  // namespace headroom::scaling
