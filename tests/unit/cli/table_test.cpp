#include "cli/table.h"

#include <algorithm>

#include "cli/text_width.h"
#include "common/base/text.h"
#include "tests/support/catch.h"

namespace headroom::cli {
namespace {

Look wide(std::size_t width) {
  Look look;
  look.width = width;
  return look;
}

std::size_t widest_line(const std::string& text) {
  std::size_t widest = 0;
  for (const std::string_view line : split(text, '\n'))
    widest = std::max(widest, display_width(line));
  return widest;
}

}  // namespace

TEST_CASE("columns line up, numbers on the right, no blanks at the end") {
  Table table({{"NAME"}, {"VALUE", Align::kRight}, {"NOTE"}});
  table.add({"web", "1.21", "fine"});
  table.add({"matching", "12345", ""});
  CHECK(table.render(wide(80)) ==
        "NAME      VALUE  NOTE\n"
        "web        1.21  fine\n"
        "matching  12345\n");
}

TEST_CASE("wide characters line up with narrow ones") {
  Table table({{"SERVICE"}, {"CORES", Align::kRight}});
  table.add({"取引所", "4"});
  table.add({"web", "16"});
  CHECK(table.render(wide(80)) ==
        "SERVICE  CORES\n"
        "取引所       4\n"
        "web         16\n");
}

TEST_CASE("the least important column is shortened first, and only as far as needed") {
  Table table({{"HOST", Align::kLeft, 9, 6},
               {"SERVICE", Align::kLeft, 1, 7},
               {"STATE", Align::kLeft, 5, 5}});
  table.add({"host-with-a-name", "service-with-a-name", "connected"});
  // 16 + 2 + 19 + 2 + 9 = 48 columns are wanted.
  CHECK(table.render(wide(48)) ==
        "HOST              SERVICE              STATE\n"
        "host-with-a-name  service-with-a-name  connected\n");
  CHECK(table.render(wide(40)) ==
        "HOST              SERVICE      STATE\n"
        "host-with-a-name  service-wi…  connected\n");
  // SERVICE keeps its 7; then STATE gives way down to its 5, then HOST.
  CHECK(table.render(wide(34)) ==
        "HOST              SERVICE  STATE\n"
        "host-with-a-name  servic…  connec…\n");
  CHECK(table.render(wide(26)) ==
        "HOST        SERVICE  STATE\n"
        "host-with…  servic…  conn…\n");
}

TEST_CASE("a column that may vanish goes, and comes back where another one made room") {
  const std::vector<Column> columns{{"HOST", Align::kLeft, 9, 4},
                                    {"N", Align::kRight, 1, 2, true},
                                    {"REASON", Align::kLeft, 2, 10, true}};
  Table table(columns);
  table.add({"web-1", "12", "above ninety percent"});
  // 5 + 2 + 2 + 2 + 20 = 31.
  CHECK(table.render(wide(31)) ==
        "HOST    N  REASON\n"
        "web-1  12  above ninety percent\n");
  // N is the least important: it goes, and REASON has room enough.
  CHECK(table.render(wide(28)) ==
        "HOST   REASON\n"
        "web-1  above ninety percent\n");
  // REASON is worth nothing below ten columns; N fits again.
  CHECK(table.render(wide(16)) ==
        "HOST    N\n"
        "web-1  12\n");
}

TEST_CASE("the mark behind a name survives shortening") {
  Table table({{"SERVICE", Align::kLeft, 1, 8}, {"N", Align::kRight}});
  table.add({{"matching-engine", Tone::kPlain, " (simulated)"}, "7"});
  CHECK(table.render(wide(23)) ==
        "SERVICE               N\n"
        "matchin… (simulated)  7\n");
}

TEST_CASE("a last column that wraps keeps every word") {
  Table table({{"RULE"}, {"REASON", Align::kLeft, 0, 12, false, true}});
  table.add({"web-cpu", "CPU of web is at 91.0 % of 2 instances"});
  CHECK(table.render(wide(25)) ==
        "RULE     REASON\n"
        "web-cpu  CPU of web is at\n"
        "         91.0 % of\n"
        "         2 instances\n");
}

TEST_CASE("no line is wider than the terminal as long as anything can give") {
  Table table({{"A", Align::kLeft, 3, 4},
               {"B", Align::kLeft, 2, 4, true},
               {"C", Align::kRight, 1, 4, true}});
  table.add({"取引所取引所取引所", "some text that is long", "1234567890"});
  table.add({"a", "b", "c"});
  for (std::size_t width = 4; width < 60; ++width) {
    CAPTURE(width);
    CHECK(widest_line(table.render(wide(width))) <= width);
  }
}

TEST_CASE("colour is added around the words and changes nothing else") {
  Table table({{"STATUS"}, {"HOST"}});
  table.add({{"CRITICAL", Tone::kBad}, "web-1"});
  Look look = wide(80);
  look.colour = true;
  CHECK(table.render(look) ==
        "\x1b[2mSTATUS\x1b[0m    \x1b[2mHOST\x1b[0m\n"
        "\x1b[1;31mCRITICAL\x1b[0m  web-1\n");
}

TEST_CASE("details line up and break under their value") {
  CHECK(render_details({{"state", "open"}, {"reason", "one two three"}}, wide(16)) ==
        "state   open\n"
        "reason  one two\n"
        "        three\n");
}

}  // namespace headroom::cli
