// Rules kept, evaluated and turned into proposals. This version proposes and never acts.
//
// Thread-safe: one lock over rules, decisions and actions.
#pragma once

#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "aggregator/capacity/monitor.h"
#include "aggregator/scaling/decision.h"
#include "aggregator/scaling/rule.h"
#include "aggregator/store/store.h"

namespace headroom::scaling {

enum class ActionState { kProposed, kExpired };
std::string_view to_string(ActionState state);

struct Action {
  std::string action_id;
  std::string rule_id;
  std::string service;
  Resource resource = Resource::kCpu;
  Direction direction = Direction::kNoAction;
  std::int64_t from_value = 0;
  std::int64_t to_value = 0;
  std::string reason;
  UnixMs timestamp = 0;
  ActionState state = ActionState::kProposed;
  bool simulated = false;
};

// As stored and as the API gives it.
nlohmann::json to_json(const Action& action);

struct Evaluated {
  Rule rule;
  std::optional<Decision> decision;  // the last one; none before the first evaluation
  bool simulated = false;
};

inline constexpr std::size_t kActionsKept = 10'000;

class Evaluator {
 public:
  Evaluator(store::Store& store, capacity::Monitor& monitor) : store_(store), monitor_(monitor) {}

  // Reads rules and open proposals back from the store.
  Status recover();

  // A new rule is kAlreadyExists where its id is taken; an edit counts the version up, and is
  // refused with kAlreadyExists where `if_version` is given and is not the present one.
  Result<Rule> create(Rule rule);
  Result<Rule> replace(Rule rule, std::optional<std::uint64_t> if_version);
  Status remove(const std::string& rule_id);
  std::vector<Evaluated> rules() const;
  Result<Evaluated> rule(const std::string& rule_id) const;

  // Every rule against the present; a decision to act becomes a proposal, one that no longer holds
  // expires.
  Status evaluate(UnixMs now);

  // Newest first.
  Result<std::vector<Action>> actions() const;
  Result<Action> action(const std::string& action_id) const;

 private:
  struct State {
    Evaluated evaluated;
    std::optional<Action> open;  // the proposal that stands
    std::optional<UnixMs> last_scale_out;
    std::optional<UnixMs> last_scale_in;
  };

  Status keep_rule(const Rule& rule);
  Status keep_action(const Action& action);
  Status prune_actions();
  Status evaluate_one(State& state, UnixMs now);
  Status settle(State& state, const Decision& decision, bool simulated, UnixMs now);

  store::Store& store_;
  capacity::Monitor& monitor_;
  mutable std::mutex mutex_;
  std::map<std::string, State> rules_;  // by id; guarded by mutex_
  std::uint64_t next_action_ = 0;       // guarded by mutex_
};

}  // namespace headroom::scaling
