// The program from its arguments to its exit status.
#pragma once

#include <iosfwd>
#include <string>
#include <vector>

#include "cli/terminal.h"
#include "common/base/clock.h"

namespace headroom::cli {

inline constexpr int kExitDone = 0;
inline constexpr int kExitFailed = 1;
inline constexpr int kExitBadUsage = 2;

inline constexpr const char* kDefaultSocket = "/run/headroom/admin.sock";

// Everything outside: what a test puts in its place.
struct World {
  Environment environment;
  Terminal terminal;
  const Clock& clock;
  std::istream& in;
  std::ostream& out;
  std::ostream& err;
};

// `arguments` without the program's own name. Answers go to `out`, errors to `err`.
int run_program(const std::vector<std::string>& arguments, World& world);

}  // namespace headroom::cli
