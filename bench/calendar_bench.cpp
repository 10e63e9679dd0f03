// What calendars cost: making the one of New York, and the slots of series of several steps.
//   calendar_bench
#include <chrono>
#include <cstdio>

#include "aggregator/forecast/calendar/builtin.h"

namespace {

using namespace headroom;

double nanoseconds_since(std::chrono::steady_clock::time_point begin) {
  return std::chrono::duration<double, std::nano>(std::chrono::steady_clock::now() - begin).count();
}

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
  const auto begin = std::chrono::steady_clock::now();
  const auto calendar = forecast::Calendar::make(forecast::xnys_rules());
  const double made_ms = nanoseconds_since(begin) / 1e6;
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
    const auto start = std::chrono::steady_clock::now();
    for (int round = 0; round < kRounds; ++round)
      open += calendar->slots(kStart + round, one.step, one.count)[one.count / 2].open ? 1 : 0;
    const double total = nanoseconds_since(start);
    std::printf("%8s %10zu %12.1f\n", one.step_name, one.count,
                total / kRounds / static_cast<double>(one.count));
  }
  // So that nothing is left out.
  return open > 1'000 ? 1 : 0;
}
