#include "cli/terminal.h"

#include <algorithm>
#include <cstdlib>
#include <sys/ioctl.h>
#include <unistd.h>

#include "common/base/text.h"

namespace headroom::cli {
namespace {

constexpr std::size_t kWidthMin = 20;
constexpr std::size_t kWidthMax = 1000;

}  // namespace

Environment process_environment() {
  return [](const std::string& name) -> std::optional<std::string> {
    const char* value = std::getenv(name.c_str());
    if (value == nullptr) return std::nullopt;
    return std::string(value);
  };
}

Terminal detect_terminal(int descriptor, const Environment& environment) {
  Terminal terminal;
  terminal.present = ::isatty(descriptor) == 1;
  winsize size{};
  if (terminal.present && ::ioctl(descriptor, TIOCGWINSZ, &size) == 0) {
    if (size.ws_col > 0) terminal.width = size.ws_col;
    if (size.ws_row > 0) terminal.height = size.ws_row;
  }
  if (const auto columns = parse_int(environment("COLUMNS").value_or(""));
      columns && *columns > 0) {
    terminal.width = static_cast<std::size_t>(*columns);
  }
  terminal.width = std::clamp(terminal.width, kWidthMin, kWidthMax);
  terminal.colour = terminal.present && environment("NO_COLOR").value_or("").empty() &&
                    environment("TERM").value_or("dumb") != "dumb";
  return terminal;
}

}  // namespace headroom::cli
