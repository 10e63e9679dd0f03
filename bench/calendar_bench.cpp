// What calendars cost: making the one of New York, and the slots of series of several steps.
//   calendar_bench
#include <chrono>
#include <cstdio>
#include <ctime>

#include "aggregator/forecast/calendar/builtin.h"

namespace {

using namespace headroom;

// Of CPU, so that whatever else runs does not count.
double cpu_ns() { return 1e9 * static_cast<double>(std::clock()) / CLOCKS_PER_SEC; }

struct Case {
  const char* step_name;
  std::chrono::milliseconds step;
  std::size_t count;
};

}  // namespace

int main() {
  using namespace std::chrono_literals;
  constexpr UnixMs kStart = 1'420'070'400'000;  // 2015-01-01
  constexpr int kRounds = 20;
  const double begin = cpu_ns();
  const auto calendar = forecast::Calendar::make(forecast::xnys_rules());
  const double made_ms = (cpu_ns() - begin) / 1e6;
  if (!calendar) {
    std::fprintf(stderr, "calendar_bench: %s\n", calendar.error().message.c_str());
    return 1;
  }
  std::printf("XNYS, 1970 to 2200, made in %.1f ms\n\n%8s %10s %12s\n", made_ms, "step", "slots",
              "ns per slot");
  const Case cases[] = {{"1s", 1s, 1'000'000}, {"1m", 1min, 1'000'000}, {"5m", 5min, 500'000},
                        {"1h", 1h, 100'000},   {"1d", 24h, 20'000},     {"7d", 168h, 2'000},
                        {"30d", 720h, 1'000}};
  std::size_t open = 0;
  for (const Case& one : cases) {
    const double start = cpu_ns();
    for (int round = 0; round < kRounds; ++round)
      open += calendar->slots(kStart + round, one.step, one.count)[one.count / 2].open ? 1 : 0;
    const double total = cpu_ns() - start;
    std::printf("%8s %10zu %12.1f\n", one.step_name, one.count,
                total / kRounds / static_cast<double>(one.count));
  }
  // So that nothing is left out.
  return open > 1'000 ? 1 : 0;
}
