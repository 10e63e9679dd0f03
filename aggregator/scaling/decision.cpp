#include "aggregator/scaling/decision.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>

#include "common/base/text.h"

namespace headroom::scaling {
namespace {

std::string percent(double value) {
  std::array<char, 32> text{};
  const int size = std::snprintf(text.data(), text.size(), "%.1f %%", value);
  return {text.data(), static_cast<std::size_t>(size)};
}

std::string subject(const Rule& rule) {
  return std::string(to_string(rule.resource)) + " of " + rule.service;
}

std::string count(std::int64_t instances) {
  return std::to_string(instances) + (instances == 1 ? " instance" : " instances");
}

// How many instances bring the service to the target, before bounds.
std::int64_t wanted_instances(const Rule& rule, const Situation& situation) {
  // A silent host is taken to be as busy as the mean of the others.
  const auto live = static_cast<double>(situation.instances);
  const double per_instance = *situation.capacity / live;
  const double demand = situation.demand / live * (live + static_cast<double>(situation.silent));
  const double wanted = std::ceil(demand / (rule.target_utilization * per_instance) - 1e-9);
  return static_cast<std::int64_t>(std::clamp(wanted, 0.0, static_cast<double>(kInstancesMax)));
}

bool within(std::optional<UnixMs> event, std::chrono::seconds time, UnixMs now) {
  return event && now - *event < std::chrono::milliseconds(time).count();
}

std::string left_of(UnixMs event, std::chrono::seconds time, UnixMs now) {
  const std::int64_t left = (std::chrono::milliseconds(time).count() - (now - event) + 999) / 1000;
  return format_duration(std::chrono::seconds(left));
}

// Bounds hold whatever else was said; a service outside them is brought back.
void apply_bounds(const Rule& rule, Decision& decision) {
  if (decision.to_value > rule.max_instances) {
    decision.to_value = rule.max_instances;
    decision.limits.push_back("max_instances " + std::to_string(rule.max_instances));
  }
  if (decision.to_value < rule.min_instances) {
    decision.to_value = rule.min_instances;
    decision.limits.push_back("min_instances " + std::to_string(rule.min_instances));
  }
}

Decision no_action(Decision decision, std::string reason) {
  decision.direction = Direction::kNoAction;
  decision.to_value = decision.from_value;
  decision.reason = std::move(reason);
  return decision;
}

Decision hold_scale_in(const Rule& rule, const Situation& situation, Decision decision) {
  if (situation.silent > 0) {
    decision.held = Direction::kScaleIn;
    decision.limits.emplace_back("missing data");
    return no_action(std::move(decision), std::to_string(situation.silent) +
                                              " of the service's hosts are silent: " +
                                              "nothing is taken away on incomplete data");
  }
  for (const auto event : {situation.last_scale_out, situation.last_scale_in}) {
    if (!within(event, rule.cooldown, situation.now)) continue;
    decision.held = Direction::kScaleIn;
    decision.limits.push_back("cooldown_seconds " + std::to_string(rule.cooldown.count()));
    return no_action(std::move(decision), subject(rule) + " would do with " +
                                              count(decision.to_value) +
                                              ", but the cooldown lasts another " +
                                              left_of(*event, rule.cooldown, situation.now));
  }
  return decision;
}

Decision hold_scale_out(const Rule& rule, const Situation& situation, Decision decision) {
  if (!within(situation.last_scale_out, rule.cooldown_up, situation.now)) return decision;
  decision.held = Direction::kScaleOut;
  decision.limits.push_back("cooldown_up_seconds " + std::to_string(rule.cooldown_up.count()));
  return no_action(std::move(decision),
                   subject(rule) + " needs " + count(decision.to_value) +
                       ", but the cooldown lasts another " +
                       left_of(*situation.last_scale_out, rule.cooldown_up, situation.now));
}

std::string reason_for(const Rule& rule, const Decision& decision, double used) {
  const double after = used * static_cast<double>(decision.from_value) /
                       static_cast<double>(std::max<std::int64_t>(1, decision.to_value));
  const bool out = decision.to_value > decision.from_value;
  std::string reason =
      subject(rule) + " is at " + percent(used) + " of " + count(decision.from_value);
  if (used > rule.scale_up_pct) {
    reason += ", above " + percent(rule.scale_up_pct);
  } else if (used < rule.scale_down_pct) {
    reason += ", below " + percent(rule.scale_down_pct);
  } else {
    reason += out ? ", but the rule wants at least " + count(rule.min_instances)
                  : ", but the rule allows at most " + count(rule.max_instances);
  }
  if (decision.to_value > 0) {
    reason += "; " + count(decision.to_value) +
              (decision.to_value == 1 ? " brings it to " : " bring it to ") + percent(after);
  }
  return reason;
}

}  // namespace

std::string_view to_string(Direction direction) {
  switch (direction) {
    case Direction::kNoAction:
      return "NO_ACTION";
    case Direction::kScaleOut:
      return "SCALE_OUT";
    case Direction::kScaleIn:
      return "SCALE_IN";
  }
  return "NO_ACTION";
}

Decision decide(const Rule& rule, const Situation& situation) {
  Decision decision;
  decision.time = situation.now;
  decision.from_value = decision.to_value =
      static_cast<std::int64_t>(situation.instances + situation.silent);
  if (situation.instances == 0) {
    return no_action(std::move(decision), "no host of " + rule.service + " reports " +
                                              std::string(to_string(rule.resource)));
  }
  if (!situation.capacity || *situation.capacity <= 0) {
    return no_action(std::move(decision), "the capacity of " + subject(rule) + " is not known");
  }
  const double used = situation.demand / *situation.capacity * 100;
  decision.utilization = used;
  if (used > rule.scale_up_pct || used < rule.scale_down_pct) {
    const std::int64_t wanted = wanted_instances(rule, situation);
    const double change = std::abs(static_cast<double>(wanted - decision.from_value)) /
                          static_cast<double>(decision.from_value);
    const bool right_way =
        used > rule.scale_up_pct ? wanted > decision.from_value : wanted < decision.from_value;
    if (right_way && change > rule.tolerance) decision.to_value = wanted;
    if (right_way && change <= rule.tolerance)
      decision.limits.push_back("tolerance " + format_double(rule.tolerance));
  }
  apply_bounds(rule, decision);
  if (decision.to_value == decision.from_value) {
    std::string reason =
        subject(rule) + " is at " + percent(used) + " of " + count(decision.from_value);
    if (!decision.limits.empty()) {
      reason += "; held by " + join(decision.limits, ", ");
    } else if (used < rule.scale_down_pct) {
      reason += ", below " + percent(rule.scale_down_pct) + ", and fewer instances would not do";
    } else {
      reason += ", between " + percent(rule.scale_down_pct) + " and " + percent(rule.scale_up_pct);
    }
    return no_action(std::move(decision), std::move(reason));
  }
  decision.direction =
      decision.to_value > decision.from_value ? Direction::kScaleOut : Direction::kScaleIn;
  decision.reason = reason_for(rule, decision, used);
  return decision.direction == Direction::kScaleIn
             ? hold_scale_in(rule, situation, std::move(decision))
             : hold_scale_out(rule, situation, std::move(decision));
}

}  // namespace headroom::scaling
