#include <array>
#include <fcntl.h>
#include <map>
#include <sstream>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/output.h"
#include "cli/terminal.h"
#include "cli/watch.h"
#include "common/base/file.h"
#include "tests/support/catch.h"
#include "tests/support/temp_folder.h"

namespace headroom::cli {
namespace {

Environment with(std::map<std::string, std::string> values) {
  return [values](const std::string& name) -> std::optional<std::string> {
    const auto found = values.find(name);
    if (found == values.end()) return std::nullopt;
    return found->second;
  };
}

// Both ends of a terminal that nobody sits at.
struct PseudoTerminal {
  Fd master{::posix_openpt(O_RDWR | O_NOCTTY)};
  Fd slave;
  PseudoTerminal() {
    if (!master) return;
    REQUIRE(::grantpt(master.get()) == 0);
    REQUIRE(::unlockpt(master.get()) == 0);
    slave = Fd(::open(::ptsname(master.get()), O_RDWR | O_NOCTTY));
    REQUIRE(slave);
    const winsize size{33, 101, 0, 0};
    REQUIRE(::ioctl(slave.get(), TIOCSWINSZ, &size) == 0);
  }
};

}  // namespace

TEST_CASE("into a pipe tables are 120 wide and without colour") {
  std::array<int, 2> ends{};
  REQUIRE(::pipe(ends.data()) == 0);
  const Fd reader(ends[0]);
  const Fd writer(ends[1]);
  const Terminal terminal = detect_terminal(writer.get(), with({{"TERM", "xterm"}}));
  CHECK_FALSE(terminal.present);
  CHECK(terminal.width == 120);
  CHECK_FALSE(terminal.colour);
  CHECK(detect_terminal(writer.get(), with({{"COLUMNS", "80"}})).width == 80);
  CHECK(detect_terminal(writer.get(), with({{"COLUMNS", "0"}})).width == 120);
  CHECK(detect_terminal(writer.get(), with({{"COLUMNS", "wide"}})).width == 120);
  CHECK(detect_terminal(writer.get(), with({{"COLUMNS", "1"}})).width == 20);
}

TEST_CASE("a terminal says its own size, and is in colour unless somebody minds") {
  const PseudoTerminal terminal;
  if (!terminal.master) {
    WARN("there are no pseudo-terminals here (/dev/ptmx): nothing is checked");
    return;
  }
  const Terminal seen = detect_terminal(terminal.slave.get(), with({{"TERM", "xterm"}}));
  CHECK(seen.present);
  CHECK(seen.width == 101);
  CHECK(seen.height == 33);
  CHECK(seen.colour);
  CHECK_FALSE(
      detect_terminal(terminal.slave.get(), with({{"TERM", "xterm"}, {"NO_COLOR", "1"}})).colour);
  CHECK(detect_terminal(terminal.slave.get(), with({{"TERM", "xterm"}, {"NO_COLOR", ""}})).colour);
  CHECK_FALSE(detect_terminal(terminal.slave.get(), with({{"TERM", "dumb"}})).colour);
  CHECK_FALSE(detect_terminal(terminal.slave.get(), with({})).colour);
}

TEST_CASE("an output file is replaced as a whole and keeps its mode") {
  const test::TempFolder folder;
  const std::string path = folder.write("out.csv", "old and longer");
  REQUIRE(::chmod(path.c_str(), 0640) == 0);
  std::ostringstream standard;
  REQUIRE(write_output(path, "new", standard).has_value());
  CHECK(read_file(path).value() == "new");
  CHECK(standard.str().empty());
  struct stat found{};
  REQUIRE(::stat(path.c_str(), &found) == 0);
  CHECK((found.st_mode & 0777) == 0640);
}

TEST_CASE("a link stays a link, and what is no file is written into") {
  const test::TempFolder folder;
  const std::string path = folder.write("real", "old");
  const std::string link = folder.path() + "/link";
  REQUIRE(::symlink(path.c_str(), link.c_str()) == 0);
  std::ostringstream standard;
  REQUIRE(write_output(link, "new", standard).has_value());
  CHECK(read_file(path).value() == "new");
  struct stat found{};
  REQUIRE(::lstat(link.c_str(), &found) == 0);
  CHECK(S_ISLNK(found.st_mode));
  // Replaced as a file it would no longer be the device.
  CHECK(write_output("/dev/null", "gone", standard).has_value());
  REQUIRE(::stat("/dev/null", &found) == 0);
  CHECK(S_ISCHR(found.st_mode));
}

TEST_CASE("what cannot be written is an error that names the file") {
  std::ostringstream standard;
  const Status full = write_output("/dev/full", "text", standard);
  REQUIRE_FALSE(full.has_value());
  CHECK(full.error().message == "write /dev/full: No space left on device");
  const Status absent = write_output("/nonexistent/folder/out", "text", standard);
  REQUIRE_FALSE(absent.has_value());
  CHECK(absent.error().message.find("/nonexistent/folder/out") != std::string::npos);
  standard.setstate(std::ios::badbit);
  CHECK_FALSE(write_output("-", "text", standard).has_value());
}

TEST_CASE("a picture that is too high says how much is missing") {
  CHECK(cut_to_height("a\nb\nc\n", 3) == "a\nb\nc\n");
  CHECK(cut_to_height("a\nb\nc\nd\n", 3) == "a\nb\n… 2 more lines\n");
}

}  // namespace headroom::cli
