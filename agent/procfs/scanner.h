// Reads text of lines and blank-separated fields, as /proc writes it, without allocating.
//
//   Scanner scanner(text);
//   while (scanner.next_line()) {
//     if (scanner.word() == "ctxt") switches = scanner.number();
//   }
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "common/base/result.h"

namespace headroom::agent {

class Scanner {
 public:
  // `text` must outlive the scanner and what it hands out.
  explicit Scanner(std::string_view text) : text_(text) {}

  // Moves to the next line, the first time to the first; false after the last. A last line need not
  // end in a newline.
  bool next_line();
  // From 1; 0 before the first line.
  std::size_t line_number() const { return line_number_; }

  // The next field of this line; empty when there is none left.
  std::string_view word();
  // What stands before the next `delimiter` on this line, without leading blanks, and steps behind
  // the delimiter; nothing, and no step, when there is none.
  std::optional<std::string_view> until(char delimiter);
  // What is left of the line, without leading blanks.
  std::string_view rest();

  // The next field if it is a whole number from 0 to 2^64 - 1. A field that is not one is stepped
  // over too.
  std::optional<std::uint64_t> number();
  // Fills `values` from as many fields; false when one is missing or no number.
  bool numbers(std::span<std::uint64_t> values);
  // Steps over fields; false when the line has fewer.
  bool skip(std::size_t fields);

 private:
  std::string_view text_;  // behind this line
  std::string_view line_;  // what is left of this line
  std::size_t line_number_ = 0;
};

// kCorruption: the scanner's line of the file is not in the form that the kernel documents.
Error malformed(const std::string& path, const Scanner& scanner);

}  // namespace headroom::agent
