// Fuzzes the StatsD store with libFuzzer: an input is a series of datagrams, separated by NUL.
//   CXX=clang++-19 cmake --preset debug -B build/fuzz -DHEADROOM_FUZZ=ON
//   cmake --build build/fuzz --target statsd_fuzz && build/fuzz/bin/statsd_fuzz -max_len=4096
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "agent/statsd/store.h"
#include "common/base/result.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace headroom;
  using namespace headroom::agent::statsd;
  Store store({{"queue", Resource::kQueueDepth, 10}});
  std::string_view rest(reinterpret_cast<const char*>(data), size);
  while (!rest.empty()) {
    const std::size_t end = rest.find('\0');
    store.take(rest.substr(0, end));
    rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
  }
  HEADROOM_ASSERT(store.size() <= kMaxSeries);
  store.for_each([](const Entry& entry) {
    HEADROOM_ASSERT(validate(entry.series).has_value());
    HEADROOM_ASSERT(std::isfinite(entry.value) && std::isfinite(entry.growth));
    if (entry.type != Type::kGauge) HEADROOM_ASSERT(entry.value >= 0);
    if (!entry.sketch) return;
    const double median = entry.sketch->quantile(0.5);
    HEADROOM_ASSERT(entry.sketch->least() <= median && median <= entry.sketch->greatest());
  });
  return 0;
}
