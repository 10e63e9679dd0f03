// Random numbers come in by the constructor, so a run can be replayed from its seed.
#pragma once

#include <array>
#include <cstdint>
#include <random>

namespace headroom {

using Random = std::mt19937_64;

// Seeded from the kernel, for everything that need not be secret (jitter, stream identities).
Random system_random();

// 16 bytes that no other caller gets.
std::array<std::uint8_t, 16> random_id(Random& random);

}  // namespace headroom
