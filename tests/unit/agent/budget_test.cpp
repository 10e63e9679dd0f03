// The agent's own cost, and what it leaves out before it costs too much.
#include "agent/budget.h"

#include "tests/support/catch.h"

namespace headroom::agent {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

// A budget of 2 % of a core and 50 MiB, judged once a minute.
struct World {
  Budget budget{{0.02, 50u << 20, seconds(60)}};
  std::chrono::steady_clock::time_point now{seconds(1000)};
  Usage usage{milliseconds(0), 10u << 20};
  // Two that planning needs none of, and one that it does.
  std::vector<Budget::Cost> costs{{milliseconds(50), true, false},
                                  {milliseconds(500), false, false},
                                  {milliseconds(90), true, false}};

  World() {
    REQUIRE(budget.window_is_over(now));
    REQUIRE_FALSE(budget.judge(usage, costs));
  }
  // A minute in which the process took so much CPU time.
  std::optional<Budget::Change> minute(milliseconds cpu) {
    REQUIRE_FALSE(budget.window_is_over(now + seconds(59)));
    now += seconds(60);
    REQUIRE(budget.window_is_over(now));
    usage.cpu += cpu;
    const auto change = budget.judge(usage, costs);
    if (change) costs[change->collector].shed = change->shed;
    return change;
  }
};

TEST_CASE("before the budget is spent the dearest optional collector is left out, one at a time") {
  World world;
  CHECK_FALSE(world.minute(milliseconds(900)));         // 1.5 %
  const auto first = world.minute(milliseconds(1000));  // 1.67 %
  REQUIRE(first);
  CHECK(first->collector == 2);
  CHECK(first->shed);
  const auto second = world.minute(milliseconds(1200));
  REQUIRE(second);
  CHECK(second->collector == 0);
  // What planning lives on stays, whatever it costs.
  CHECK_FALSE(world.budget.exhausted());
  CHECK_FALSE(world.minute(milliseconds(6000)));
  CHECK(world.budget.exhausted());
  CHECK_FALSE(world.minute(milliseconds(900)));
  CHECK_FALSE(world.budget.exhausted());
}

TEST_CASE("memory counts as well as CPU time") {
  World world;
  world.usage.resident_bytes = 45u << 20;
  const auto change = world.minute(milliseconds(1));
  REQUIRE(change);
  CHECK(change->shed);
  CHECK(change->resident_bytes == 45u << 20);
}

TEST_CASE("what was left out comes back, last first, after ten calm minutes each") {
  World world;
  REQUIRE(world.minute(milliseconds(1100)));
  REQUIRE(world.minute(milliseconds(1100)));
  for (int i = 0; i < 9; ++i) REQUIRE_FALSE(world.minute(milliseconds(100)));
  const auto first = world.minute(milliseconds(100));
  REQUIRE(first);
  CHECK_FALSE(first->shed);
  CHECK(first->collector == 0);
  for (int i = 0; i < 9; ++i) REQUIRE_FALSE(world.minute(milliseconds(100)));
  // Half of the budget is not calm.
  REQUIRE_FALSE(world.minute(milliseconds(600)));
  for (int i = 0; i < 9; ++i) REQUIRE_FALSE(world.minute(milliseconds(100)));
  const auto second = world.minute(milliseconds(100));
  REQUIRE(second);
  CHECK(second->collector == 2);
}

TEST_CASE("this process knows its own cost") {
  const Usage usage = usage_of_this_process();
  CHECK(usage.cpu > std::chrono::nanoseconds(0));
  CHECK(usage.resident_bytes > (1u << 20));
}

}  // namespace
}  // namespace headroom::agent
