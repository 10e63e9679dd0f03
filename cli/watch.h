// A picture that is drawn again and again in the same place, until Ctrl-C.
#pragma once

#include <chrono>
#include <functional>
#include <string>

#include "cli/verb.h"

namespace headroom::cli {

// --watch [INTERVAL] as an option of a verb.
class WatchOption {
 public:
  void add_to(Command& command);
  bool wanted() const;
  // Errors: the value is not a duration; standard output is not a terminal; another format or
  // --output was asked for.
  Status check(const Session& session) const;
  std::chrono::milliseconds interval() const;

 private:
  CLI::App* app_ = nullptr;
  std::string value_;
};

// Draws on the terminal's second screen, so what stood before is back afterwards. A frame that
// fails is shown as its error and tried again: an aggregator that restarts ends nothing. Blocks
// SIGINT, SIGTERM and SIGWINCH while it runs and waits for them; the first two end it.
Status watch(Session& session, std::chrono::milliseconds interval,
             const std::function<Result<std::string>(const Look&)>& frame);

// The first `height` lines of a text; where more would follow, the last of them says how many.
std::string cut_to_height(const std::string& text, std::size_t height);

}  // namespace headroom::cli
