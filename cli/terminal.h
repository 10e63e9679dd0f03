// What the program knows of the terminal it writes to, and of its environment.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>

namespace headroom::cli {

// Looks up an environment variable.
using Environment = std::function<std::optional<std::string>(const std::string& name)>;
Environment process_environment();

struct Terminal {
  bool present = false;  // standard output is a terminal
  std::size_t width = 120;
  std::size_t height = 24;
  bool colour = false;
};

// COLUMNS, where it is exported, decides the width, even into a pipe; else the terminal says it;
// else it is 120. Colour only on a terminal that is not "dumb", and not where NO_COLOR holds
// anything (no-color.org).
Terminal detect_terminal(int descriptor, const Environment& environment);

}  // namespace headroom::cli
