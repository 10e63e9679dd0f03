#include <unistd.h>

#include "agent/procfs/proc_file.h"
#include "agent/procfs/scanner.h"
#include "tests/unit/agent/collector_fixture.h"

namespace headroom::agent {
namespace {

using test::HostTree;

TEST_CASE("a file is read anew from the same descriptor") {
  HostTree host("host-small/a");
  host.write("proc/one", "first\n");
  ProcFile file(host.root() + "/proc/one");
  CHECK(file.read().value() == "first\n");
  host.write("proc/one", "second, and longer\n");
  CHECK(file.read().value() == "second, and longer\n");
}

TEST_CASE("a file is read whole whatever the size of the buffer") {
  HostTree host("host-small/a");
  std::string text;
  for (std::size_t size : {1023u, 1024u, 1025u, 2048u, 300'000u}) {
    while (text.size() < size) text += static_cast<char>('a' + text.size() % 23);
    host.write("proc/grows", text);
    ProcFile file(host.root() + "/proc/grows");
    CHECK(file.read().value() == text);
    CHECK(file.read().value() == text);
  }
}

TEST_CASE("a file that cannot be read says which one and why") {
  HostTree host("host-small/a");
  SECTION("it is not there") {
    ProcFile file(host.root() + "/proc/nothing");
    const auto text = file.read();
    REQUIRE(!text);
    CHECK(text.error().code == ErrorCode::kNotFound);
    CHECK(text.error().message.find("/proc/nothing") != std::string::npos);
  }
  SECTION("it is empty") {
    host.write("proc/empty", "");
    ProcFile file(host.root() + "/proc/empty");
    const auto text = file.read();
    REQUIRE(!text);
    CHECK(text.error().code == ErrorCode::kUnavailable);
    CHECK(text.error().message.find("/proc/empty is empty") != std::string::npos);
  }
  SECTION("it is a folder") {
    ProcFile file(host.root() + "/proc");
    const auto text = file.read();
    REQUIRE(!text);
    CHECK(text.error().message.find(host.root() + "/proc") != std::string::npos);
  }
  SECTION("it may not be read") {
    if (::geteuid() == 0) return;  // root may read everything
    host.write("proc/secret", "1\n");
    std::filesystem::permissions(host.root() + "/proc/secret", std::filesystem::perms::none);
    ProcFile file(host.root() + "/proc/secret");
    CHECK(file.read().error().code == ErrorCode::kPermissionDenied);
  }
}

TEST_CASE("a file above the limit is refused and one at the limit is read") {
  HostTree host("host-small/a");
  ProcFile file(host.root() + "/proc/large");
  host.write("proc/large", std::string(ProcFile::kLimitBytes, 'x'));
  CHECK(file.read().value().size() == ProcFile::kLimitBytes);
  host.write("proc/large", std::string(ProcFile::kLimitBytes + 1, 'x'));
  const auto text = file.read();
  REQUIRE(!text);
  CHECK(text.error().code == ErrorCode::kLimitExceeded);
  CHECK(text.error().message.find("4194304") != std::string::npos);
  host.write("proc/large", "small again\n");
  CHECK(file.read().value() == "small again\n");
}

TEST_CASE("a file that went away and came back is opened again") {
  HostTree host("host-small/a");
  host.write("proc/device", "before\n");
  ProcFile file(host.root() + "/proc/device");
  REQUIRE(file.read());
  // What the descriptor still holds is empty, as with a device that is gone; a new file has its
  // name.
  host.write("proc/device", "");
  host.remove("proc/device");
  CHECK(file.read().error().code == ErrorCode::kNotFound);
  host.write("proc/device", "after\n");
  CHECK(file.read().value() == "after\n");
}

TEST_CASE("a file that need not be there is looked for again after a while") {
  HostTree host("host-small/a");
  OptionalProcFile file(host.root() + "/proc/module");
  CHECK(!file.read());
  host.write("proc/module", "loaded\n");
  for (unsigned i = 1; i < OptionalProcFile::kRetryReads; ++i) CHECK(!file.read());
  CHECK(file.read().value() == "loaded\n");
}

TEST_CASE("a one-number file gives its number or nothing") {
  HostTree host("host-small/a");
  const auto number = [&](const char* text) {
    host.write("sys/number", text);
    return read_number_file(host.root() + "/sys/number");
  };
  CHECK(number("25000\n") == 25000);
  CHECK(number("-1\n") == -1);
  CHECK(!number("fast\n"));
  CHECK(!number(""));
  CHECK(!read_number_file(host.root() + "/sys/nothing"));
}

TEST_CASE("the scanner goes through lines and fields") {
  Scanner scanner("cpu  10\t20\n\n  name: 7 rest of it \nlast 18446744073709551615");
  REQUIRE(scanner.next_line());
  CHECK(scanner.word() == "cpu");
  CHECK(scanner.number() == 10u);
  CHECK(scanner.number() == 20u);
  CHECK(!scanner.number());
  CHECK(scanner.word().empty());

  REQUIRE(scanner.next_line());
  CHECK(scanner.word().empty());
  CHECK(scanner.line_number() == 2);

  REQUIRE(scanner.next_line());
  CHECK(!scanner.until('#'));
  CHECK(scanner.until(':').value() == "name");
  CHECK(scanner.skip(1));
  CHECK(scanner.rest() == "rest of it ");
  CHECK(!scanner.skip(4));

  REQUIRE(scanner.next_line());
  CHECK(scanner.word() == "last");
  CHECK(scanner.number() == 18446744073709551615u);
  CHECK(!scanner.next_line());
  CHECK(scanner.word().empty());
  CHECK(!scanner.next_line());
}

TEST_CASE("a field that is not a whole number is none") {
  for (const char* field :
       {"-1", "1.5", "12kB", "0x10", "+3", "18446744073709551616", "\x01", ""}) {
    Scanner scanner(field);
    scanner.next_line();
    INFO(field);
    CHECK(!scanner.number());
  }
  Scanner scanner("1 2 three 4");
  scanner.next_line();
  std::array<std::uint64_t, 2> two{};
  CHECK(scanner.numbers(two));
  CHECK(!scanner.numbers(two));
  CHECK(scanner.number() == 4u);  // the field that failed is behind us
}

}  // namespace
}  // namespace headroom::agent
