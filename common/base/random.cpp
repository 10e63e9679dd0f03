#include "common/base/random.h"

#include <cstring>

namespace headroom {

Random system_random() {
  std::random_device device;
  std::seed_seq seed{device(), device(), device(), device(), device(), device()};
  return Random(seed);
}

std::array<std::uint8_t, 16> random_id(Random& random) {
  std::array<std::uint8_t, 16> id{};
  const std::uint64_t halves[2] = {random(), random()};
  std::memcpy(id.data(), halves, sizeof(halves));
  return id;
}

}  // namespace headroom
