// The command line as a person runs it, inside a test: at a fixed moment, off the network.
#pragma once

#include <optional>
#include <sstream>
#include <string>
#include <vector>

#include "cli/program.h"

namespace headroom::cli {

// 2026-11-22T05:54:29Z, half an hour after midnight in New York.
class FixedClock final : public Clock {
 public:
  UnixMs unix_ms() const override { return 1'795'326'869'000; }
  std::chrono::steady_clock::time_point steady() const override { return {}; }
};

struct Outcome {
  int status = 0;
  std::string out;
  std::string err;
};

struct Surroundings {
  std::string input{};  // standard input
  Terminal terminal{};
  std::string socket{};  // HEADROOM_SOCKET; empty: not set
};

inline Outcome run_program_in(const Surroundings& around,
                              const std::vector<std::string>& arguments) {
  const FixedClock clock;
  std::istringstream in(around.input);
  std::ostringstream out;
  std::ostringstream err;
  const Environment environment = [&](const std::string& name) -> std::optional<std::string> {
    if (name == "HEADROOM_SOCKET" && !around.socket.empty()) return around.socket;
    return std::nullopt;
  };
  World world{environment, around.terminal, clock, in, out, err};
  const int status = run_program(arguments, world);
  return {status, out.str(), err.str()};
}

}  // namespace headroom::cli
