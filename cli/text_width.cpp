#include "cli/text_width.h"

#include <algorithm>
#include <array>

#include "common/base/text.h"

namespace headroom::cli {
namespace {

struct Range {
  char32_t first;
  char32_t last;
};

// Marks that are drawn onto the character before them, and characters that are not drawn at all.
constexpr std::array<Range, 38> kZeroWidth{
    {{0x0300, 0x036F}, {0x0483, 0x0489},   {0x0591, 0x05BD},  {0x05BF, 0x05BF}, {0x05C1, 0x05C2},
     {0x05C4, 0x05C5}, {0x05C7, 0x05C7},   {0x0610, 0x061A},  {0x064B, 0x065F}, {0x0670, 0x0670},
     {0x06D6, 0x06DC}, {0x06DF, 0x06E4},   {0x06E7, 0x06E8},  {0x06EA, 0x06ED}, {0x0730, 0x074A},
     {0x0900, 0x0902}, {0x093A, 0x093A},   {0x093C, 0x093C},  {0x0941, 0x0948}, {0x094D, 0x094D},
     {0x0951, 0x0957}, {0x0E31, 0x0E31},   {0x0E34, 0x0E3A},  {0x0E47, 0x0E4E}, {0x1AB0, 0x1ACE},
     {0x1DC0, 0x1DFF}, {0x200B, 0x200F},   {0x202A, 0x202E},  {0x2060, 0x2064}, {0x2066, 0x206F},
     {0x20D0, 0x20F0}, {0x302A, 0x302D},   {0x3099, 0x309A},  {0xFE00, 0xFE0F}, {0xFE20, 0xFE2F},
     {0xFEFF, 0xFEFF}, {0xE0001, 0xE007F}, {0xE0100, 0xE01EF}}};

// Blocks of pictographs are taken whole: a rare one that is drawn narrow costs a blank.
constexpr std::array<Range, 57> kTwoWide{
    {{0x1100, 0x115F},   {0x231A, 0x231B},   {0x2329, 0x232A},   {0x23E9, 0x23EC},
     {0x23F0, 0x23F0},   {0x23F3, 0x23F3},   {0x25FD, 0x25FE},   {0x2614, 0x2615},
     {0x2648, 0x2653},   {0x267F, 0x267F},   {0x2693, 0x2693},   {0x26A1, 0x26A1},
     {0x26AA, 0x26AB},   {0x26BD, 0x26BE},   {0x26C4, 0x26C5},   {0x26CE, 0x26CE},
     {0x26D4, 0x26D4},   {0x26EA, 0x26EA},   {0x26F2, 0x26F3},   {0x26F5, 0x26F5},
     {0x26FA, 0x26FA},   {0x26FD, 0x26FD},   {0x2705, 0x2705},   {0x270A, 0x270B},
     {0x2728, 0x2728},   {0x274C, 0x274C},   {0x274E, 0x274E},   {0x2753, 0x2755},
     {0x2757, 0x2757},   {0x2795, 0x2797},   {0x27B0, 0x27B0},   {0x27BF, 0x27BF},
     {0x2B1B, 0x2B1C},   {0x2B50, 0x2B50},   {0x2B55, 0x2B55},   {0x2E80, 0x303E},
     {0x3041, 0x4DBF},   {0x4E00, 0xA4CF},   {0xA960, 0xA97F},   {0xAC00, 0xD7A3},
     {0xF900, 0xFAFF},   {0xFE10, 0xFE19},   {0xFE30, 0xFE6F},   {0xFF00, 0xFF60},
     {0xFFE0, 0xFFE6},   {0x16FE0, 0x1B2FF}, {0x1F004, 0x1F004}, {0x1F0CF, 0x1F0CF},
     {0x1F18E, 0x1F18E}, {0x1F191, 0x1F19A}, {0x1F200, 0x1F320}, {0x1F32D, 0x1F64F},
     {0x1F680, 0x1F6FF}, {0x1F7E0, 0x1F7F0}, {0x1F90C, 0x1F9FF}, {0x1FA70, 0x1FAFF},
     {0x20000, 0x3FFFD}}};

template <std::size_t size>
bool contains(const std::array<Range, size>& ranges, char32_t character) {
  const auto after =
      std::upper_bound(ranges.begin(), ranges.end(), character,
                       [](char32_t value, const Range& range) { return value < range.first; });
  return after != ranges.begin() && character <= (after - 1)->last;
}

struct Decoded {
  char32_t character = 0;
  std::size_t bytes = 1;
  bool valid = false;
};

// The first character of a text that is not empty (RFC 3629: no overlong forms, no surrogates).
Decoded decode(std::string_view text) {
  const auto byte = [&](std::size_t at) { return static_cast<unsigned char>(text[at]); };
  const unsigned char lead = byte(0);
  if (lead < 0x80) return {lead, 1, true};
  const std::size_t bytes = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
  if (lead < 0xC2 || lead > 0xF4 || text.size() < bytes) return {};
  char32_t character = lead & (0x7Fu >> bytes);
  for (std::size_t i = 1; i < bytes; ++i) {
    if ((byte(i) & 0xC0u) != 0x80u) return {};
    character = (character << 6) | (byte(i) & 0x3Fu);
  }
  constexpr std::array<char32_t, 5> kSmallest{0, 0, 0x80, 0x800, 0x10000};
  const bool surrogate = character >= 0xD800 && character <= 0xDFFF;
  if (character < kSmallest[bytes] || character > 0x10FFFF || surrogate) return {};
  return {character, bytes, true};
}

bool commands_terminal(char32_t character) {
  return character < 0x20 || (character >= 0x7F && character <= 0x9F) ||
         (character >= 0x202A && character <= 0x202E) ||
         (character >= 0x2066 && character <= 0x2069);
}

}  // namespace

std::size_t character_width(char32_t character) {
  if (character < 0x300) return 1;
  if (contains(kZeroWidth, character)) return 0;
  return contains(kTwoWide, character) ? 2 : 1;
}

std::size_t display_width(std::string_view text) {
  std::size_t columns = 0;
  while (!text.empty()) {
    const Decoded next = decode(text);
    columns += next.valid ? character_width(next.character) : 1;
    text.remove_prefix(next.bytes);
  }
  return columns;
}

std::string clean(std::string_view text) {
  std::string result;
  result.reserve(text.size());
  while (!text.empty()) {
    const Decoded next = decode(text);
    if (next.valid && !commands_terminal(next.character)) {
      result += text.substr(0, next.bytes);
    } else {
      result += '?';
    }
    text.remove_prefix(next.bytes);
  }
  return result;
}

std::string clean_lines(std::string_view text) {
  std::string result;
  for (const std::string_view line : split(text, '\n')) result += clean(line) + "\n";
  return result;
}

std::string shorten(std::string_view text, std::size_t columns) {
  if (display_width(text) <= columns) return std::string(text);
  if (columns == 0) return "";
  std::size_t taken = 0;
  std::size_t bytes = 0;
  while (bytes < text.size()) {
    const Decoded next = decode(text.substr(bytes));
    const std::size_t wide = next.valid ? character_width(next.character) : 1;
    if (taken + wide > columns - 1) break;
    taken += wide;
    bytes += next.bytes;
  }
  while (bytes > 0 && text[bytes - 1] == ' ') --bytes;
  return std::string(text.substr(0, bytes)) + "…";
}

std::string pad_right(std::string_view text, std::size_t columns) {
  std::string padded(text);
  const std::size_t width = display_width(text);
  if (width < columns) padded.append(columns - width, ' ');
  return padded;
}

std::string pad_left(std::string_view text, std::size_t columns) {
  const std::size_t width = display_width(text);
  return (width < columns ? std::string(columns - width, ' ') : std::string()) + std::string(text);
}

std::string wrap(std::string_view text, std::size_t columns, std::size_t indent,
                 std::size_t first) {
  std::vector<std::string> words;
  for (const std::string_view word : split(text, ' ')) {
    if (word.empty()) continue;
    const bool follows_number =
        !words.empty() && words.back().back() >= '0' && words.back().back() <= '9';
    if (follows_number) {
      words.back() += " " + std::string(word);
    } else {
      words.emplace_back(word);
    }
  }
  std::string result;
  std::size_t used = first;
  bool line_empty = true;
  for (const std::string& word : words) {
    const std::size_t wide = display_width(word);
    if (!line_empty && used + 1 + wide > columns) {
      result += '\n';
      result.append(indent, ' ');
      used = indent;
      line_empty = true;
    }
    if (!line_empty) {
      result += ' ';
      ++used;
    }
    result += word;
    used += wide;
    line_empty = false;
  }
  return result;
}

}  // namespace headroom::cli
