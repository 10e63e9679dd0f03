// Fuzzes the reader of Prometheus's text format with libFuzzer.
//   CXX=clang++-19 cmake --preset debug -B build/fuzz -DHEADROOM_FUZZ=ON
//   cmake --build build/fuzz --target exposition_fuzz
//   build/fuzz/bin/exposition_fuzz -max_len=4096
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "agent/scrape/exposition.h"
#include "common/base/result.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace headroom;
  using namespace headroom::agent::scrape;
  constexpr std::size_t kRoom = 20;
  Refused refused;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto points = parse_exposition(text, {}, kRoom, refused);
  HEADROOM_ASSERT(points.size() <= kRoom);
  for (const Point& point : points) {
    HEADROOM_ASSERT(validate(point.series).has_value());
    HEADROOM_ASSERT(point.key == to_string(point.series));
  }
  return 0;
}
