// Tables that fit their terminal. Columns are two blanks apart; where the rows are wider than the
// screen, the least important column is shortened first, with '…', then the next one.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "cli/look.h"

namespace headroom::cli {

enum class Align { kLeft, kRight };

struct Column {
  std::string title;
  Align align = Align::kLeft;
  int importance = 5;         // the lowest is shortened first; among equals the last
  std::size_t narrowest = 8;  // columns that it keeps, and never less than its title takes
  bool may_vanish = false;    // left out where even that is too much
  bool wraps =
      false;  // only of the last column: broken into lines under each other instead of shortened
  bool attached = false;  // stands one blank behind the column before it, not two
};

struct Cell {
  std::string text;  // clean, without escape sequences
  Tone tone = Tone::kPlain;
  std::string mark;  // stands behind the text and is never shortened: " (simulated)"
  Cell() = default;
  Cell(std::string shown)
      : text(std::move(shown)) {
  }  // NOLINT(google-explicit-constructor): rows read as lists of texts
  Cell(const char* shown) : text(shown) {}  // NOLINT(google-explicit-constructor)
  Cell(std::string shown, Tone meaning) : text(std::move(shown)), tone(meaning) {}
  Cell(std::string shown, Tone meaning, std::string behind)
      : text(std::move(shown)), tone(meaning), mark(std::move(behind)) {}
};

class Table {
 public:
  explicit Table(std::vector<Column> columns);
  // As many cells as columns.
  void add(std::vector<Cell> row);
  bool empty() const { return rows_.empty(); }
  // A line of titles, unless all are empty, and one line per row, each with a newline and without
  // blanks at its end. A column that is empty throughout takes no room.
  std::string render(const Look& look) const;

 private:
  std::vector<std::size_t> fitted_widths(std::size_t available) const;

  std::vector<Column> columns_;
  std::vector<std::vector<Cell>> rows_;
};

// "label   value" lines with the values lined up, for one thing's details; long values are broken,
// not cut.
struct Detail {
  std::string label;
  Cell value;
};
std::string render_details(const std::vector<Detail>& details, const Look& look,
                           std::size_t indent = 0);

}  // namespace headroom::cli
