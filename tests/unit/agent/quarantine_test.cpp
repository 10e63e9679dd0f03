#include "agent/collectors/quarantine.h"

#include <atomic>
#include <condition_variable>
#include <filesystem>
#include <mutex>
#include <thread>

#include "agent/collectors/cadence.h"
#include "tests/support/catch.h"

namespace headroom::agent {
namespace {

using std::chrono::seconds;

// A call that returns when it is told to.
struct Gate {
  std::mutex mutex;
  std::condition_variable opened;
  bool open = false;

  void wait() {
    std::unique_lock lock(mutex);
    opened.wait(lock, [this] { return open; });
  }
  void let_through() {
    const std::lock_guard lock(mutex);
    open = true;
    opened.notify_all();
  }
};

void await_idle(const Quarantine& quarantine) {
  while (quarantine.busy()) std::this_thread::yield();
}

TEST_CASE("a call in quarantine runs on another thread and its answer can be picked up") {
  Quarantine quarantine;
  const auto answer = std::make_shared<std::thread::id>();
  REQUIRE(quarantine.start([answer] { *answer = std::this_thread::get_id(); }));
  await_idle(quarantine);
  CHECK(*answer != std::this_thread::get_id());
  CHECK(*answer != std::thread::id());
}

TEST_CASE("the last call can be made once more") {
  Quarantine quarantine;
  const auto ran = std::make_shared<std::atomic<int>>(0);
  REQUIRE(quarantine.start([ran] { ++*ran; }));
  await_idle(quarantine);
  REQUIRE(quarantine.start_again());
  await_idle(quarantine);
  CHECK(*ran == 2);
}

TEST_CASE("while a call hangs no other is taken, and it is said for how long") {
  Quarantine quarantine;
  const auto gate = std::make_shared<Gate>();
  REQUIRE(quarantine.start([gate] { gate->wait(); }));
  CHECK_FALSE(quarantine.start([] {}));
  CHECK(quarantine.busy());
  CHECK(quarantine.busy_for() > std::chrono::nanoseconds(0));
  gate->let_through();
  await_idle(quarantine);
  CHECK(quarantine.busy_for() == std::chrono::nanoseconds(0));
  CHECK(quarantine.start([] {}));
}

TEST_CASE("a quarantine with a call that hangs can be left behind") {
  const auto gate = std::make_shared<Gate>();
  const auto began = std::make_shared<std::atomic<bool>>(false);
  const auto done = std::make_shared<std::atomic<bool>>(false);
  {
    Quarantine quarantine;
    REQUIRE(quarantine.start([gate, began, done] {
      *began = true;
      gate->wait();
      *done = true;
    }));
    while (!*began) std::this_thread::yield();
  }
  CHECK_FALSE(*done);
  gate->let_through();
  while (!*done) std::this_thread::yield();
}

TEST_CASE("the thread of a quarantine that nobody uses ends, and comes back when needed") {
  const auto threads = [] {
    std::size_t count = 0;
    for (const auto& one : std::filesystem::directory_iterator("/proc/self/task")) {
      static_cast<void>(one);
      ++count;
    }
    return count;
  };
  const std::size_t before = threads();
  Quarantine quarantine(std::chrono::milliseconds(1));
  REQUIRE(quarantine.start([] {}));
  await_idle(quarantine);
  while (threads() > before) std::this_thread::yield();
  const auto ran = std::make_shared<std::atomic<bool>>(false);
  REQUIRE(quarantine.start([ran] { *ran = true; }));
  while (!*ran) std::this_thread::yield();
}

TEST_CASE("a cadence is kept in time, whatever the interval, and catches up once after a pause") {
  const auto due_at = [](Cadence cadence, seconds interval, int points) {
    std::vector<int> due;
    for (int i = 0; i < points; ++i) {
      if (cadence.due({0, i == 0 ? seconds(0) : interval})) due.push_back(i);
    }
    return due;
  };
  CHECK(due_at(Cadence(seconds(5)), seconds(1), 12) == std::vector<int>{0, 5, 10});
  CHECK(due_at(Cadence(seconds(5)), seconds(10), 3) == std::vector<int>{0, 1, 2});
  CHECK(due_at(Cadence(seconds(10), seconds(3)), seconds(1), 15) == std::vector<int>{3, 13});
  Cadence cadence(seconds(5));
  CHECK(cadence.due({0, seconds(0)}));
  CHECK(cadence.due({0, seconds(3600)}));
  CHECK_FALSE(cadence.due({0, seconds(1)}));
}

}  // namespace
}  // namespace headroom::agent
