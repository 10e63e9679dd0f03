#include "cli/text_width.h"

#include "tests/support/catch.h"

namespace headroom::cli {

// Widths after Unicode Standard Annex 11 (East_Asian_Width W and F are two columns) and the general
// categories Mn and Me (none), looked up in the Unicode character database.
TEST_CASE("a character takes as many columns as a terminal gives it") {
  struct Case {
    char32_t character;
    std::size_t columns;
  };
  for (const Case& one :
       {Case{U'a', 1}, Case{U'ü', 1}, Case{U'–', 1}, Case{U'█', 1}, Case{U'░', 1}, Case{U'日', 2},
        Case{U'ｱ', 1}, Case{U'Ａ', 2}, Case{U'한', 2}, Case{U'🚀', 2}, Case{0x0301, 0},
        Case{0x200B, 0}, Case{0x20DD, 0}, Case{0x1F1E6, 1}, Case{0x20000, 2}, Case{0xFE0F, 0}}) {
    CAPTURE(static_cast<unsigned>(one.character));
    CHECK(character_width(one.character) == one.columns);
  }
  CHECK(display_width("") == 0);
  CHECK(display_width("web-1") == 5);
  CHECK(display_width("取引所") == 6);
  CHECK(display_width("cafe\u0301") == 4);
  CHECK(display_width("\xff\xfe") == 2);
}

TEST_CASE("a text is cut to its columns, never inside a character") {
  CHECK(shorten("matching", 8) == "matching");
  CHECK(shorten("matching", 7) == "matchi…");
  CHECK(shorten("取引所", 6) == "取引所");
  // Two wide characters and the mark make five; with four columns only one of them fits.
  CHECK(shorten("取引所", 5) == "取引…");
  CHECK(shorten("取引所", 4) == "取…");
  CHECK(shorten("above 90 %", 7) == "above…");
  CHECK(shorten("abc", 1) == "…");
  CHECK(shorten("abc", 0).empty());
}

TEST_CASE("padding counts columns, not bytes") {
  CHECK(pad_right("取", 4) == "取  ");
  CHECK(pad_left("取", 4) == "  取");
  CHECK(pad_left("long", 2) == "long");
}

TEST_CASE("what would command the terminal is not shown") {
  CHECK(clean("web-1") == "web-1");
  CHECK(clean("a\x1b[2Jb") == "a?[2Jb");
  CHECK(clean("a\nb\tc\x7f") == "a?b?c?");
  CHECK(clean("a\u009bb") == "a?b");                  // the one-character form of ESC [
  CHECK(clean("a\u202eb") == "a?b");                  // turns what follows around
  CHECK(clean("\xc0\xaf|\xed\xa0\x80") == "??|???");  // overlong, and half a surrogate pair
  CHECK(clean("取引 ✓") == "取引 ✓");
  CHECK(clean_lines("a\x1b\nb") == "a?\nb\n");
}

TEST_CASE("lines break at blanks, but a number keeps its unit") {
  CHECK(wrap("one two three", 7, 0) == "one two\nthree");
  CHECK(wrap("one two three", 7, 2) == "one two\n  three");
  CHECK(wrap("over 45 % of it", 9, 0) == "over 45 %\nof it");
  CHECK(wrap("over 45 % of it", 7, 0) == "over\n45 % of\nit");
  CHECK(wrap("unbreakable", 4, 0) == "unbreakable");
  // The first line is three columns shorter here.
  CHECK(wrap("aa bb cc", 5, 1, 3) == "aa\n bb\n cc");
}

}  // namespace headroom::cli
