// What a verb of the command line is, and what it is given to work with. A verb is one file in
// cli/verbs that adds a Command, and one line in cli/verbs/registry.cpp.
#pragma once

#include <deque>
#include <functional>
#include <iosfwd>
#include <string>
#include <vector>

#include "cli/api.h"
#include "cli/json.h"
#include "cli/look.h"
#include "cli/output.h"
#include "cli/terminal.h"
#include "common/base/clock.h"
#include "common/base/result.h"

namespace CLI {
class App;
}

namespace headroom::cli {

struct Session {
  Api& api;
  Format format;
  std::string output;  // --output
  Terminal terminal;
  const Clock& clock;
  std::istream& in;
  std::ostream& out;
  std::ostream& err;  // for what an answer does not hold but its reader should know

  // How to draw now: without colour and 120 wide into a file.
  Look look() const;
};

// The pictures of one answer. `csv` may be empty where a verb has no records; then the answer's
// fields are written.
struct View {
  std::function<std::string(const Json& answer, const Look& look)> table;
  std::function<std::string(const Json& answer)> csv;
};

// Writes the answer in the format asked for. JSON is the API's answer.
Status show(Session& session, const Json& answer, const View& view);

struct Command {
  CLI::App* app = nullptr;
  std::vector<std::string> examples;
  std::function<Status(const Session&)>
      check;  // of the command line as a whole; an error is bad usage
  std::function<Status(Session&)> run;
};

class Commands {
 public:
  explicit Commands(CLI::App& root) : root_(root) {}
  // A reference stays valid. `under` makes it a verb of a verb, such as "rules show".
  Command& add(const std::string& name, const std::string& summary,
               std::vector<std::string> examples, Command* under = nullptr);
  // The innermost one that was given; null if none.
  const Command* chosen() const;
  const Command* find(const CLI::App* app) const;

 private:
  CLI::App& root_;
  std::deque<Command> commands_;
};

// Adds every verb of the registry.
void add_verbs(Commands& commands);

}  // namespace headroom::cli
