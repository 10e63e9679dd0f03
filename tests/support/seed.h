// The seed of a random test: HEADROOM_SEED, to replay a run, or a new one. The test prints it.
#pragma once

#include <cstdint>
#include <cstdlib>
#include <random>
#include <string>

namespace headroom::test {

inline std::uint64_t test_seed() {
  if (const char* given = std::getenv("HEADROOM_SEED")) return std::stoull(given);
  return std::random_device()();
}

}  // namespace headroom::test
