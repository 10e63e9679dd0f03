// How much room a UTF-8 text takes on a terminal, and cutting it to fit. Columns are terminal
// cells.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace headroom::cli {

// 0 for combining marks, 2 for East Asian wide characters and emoji, 1 for the rest (Unicode
// Standard Annex 11, property East_Asian_Width, values W and F).
std::size_t character_width(char32_t character);

// Columns of a text; bytes that are not UTF-8 count 1 each.
std::size_t display_width(std::string_view text);

// The text without what could command the terminal: control characters, direction overrides and
// bytes that are not UTF-8 become '?'. Everything that came from elsewhere goes through here before
// it is shown.
std::string clean(std::string_view text);
// The same for a text of several lines; each ends in a newline.
std::string clean_lines(std::string_view text);

// At most `columns` wide; what is cut off the end is marked by '…'. No column, no text.
std::string shorten(std::string_view text, std::size_t columns);

// Filled with blanks up to `columns`, on the right or on the left of the text.
std::string pad_right(std::string_view text, std::size_t columns);
std::string pad_left(std::string_view text, std::size_t columns);

// Broken at blanks into lines of at most `columns`; the second and later lines begin with `indent`
// blanks. A word longer than a line stands alone on one, and a number stays with the word behind
// it, which may be its unit. `first` columns of the first line are taken already.
std::string wrap(std::string_view text, std::size_t columns, std::size_t indent,
                 std::size_t first = 0);

}  // namespace headroom::cli
