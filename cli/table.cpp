#include "cli/table.h"

#include <algorithm>

#include "cli/text_width.h"
#include "common/base/result.h"

namespace headroom::cli {
namespace {

constexpr std::size_t kGone = static_cast<std::size_t>(-1);

std::size_t cell_width(const Cell& cell) {
  return display_width(cell.text) + display_width(cell.mark);
}

// What a cell shows in a column of `width` that ends at `right`.
std::string shown_text(const Cell& cell, const Column& column, std::size_t width,
                       std::size_t right) {
  const std::size_t mark = std::min(display_width(cell.mark), width);
  if (column.wraps) return wrap(cell.text + cell.mark, right, right - width, right - width);
  return shorten(cell.text, width - mark) + cell.mark;
}

std::size_t gap_before(const std::vector<Column>& columns, std::size_t index) {
  if (index == 0) return 0;
  return columns[index].attached ? 1 : 2;
}

std::size_t total_width(const std::vector<Column>& columns,
                        const std::vector<std::size_t>& widths) {
  std::size_t total = 0;
  for (std::size_t i = 0; i < widths.size(); ++i) {
    if (widths[i] != kGone) total += widths[i] + gap_before(columns, i);
  }
  return total;
}

}  // namespace

Table::Table(std::vector<Column> columns) : columns_(std::move(columns)) {}

void Table::add(std::vector<Cell> row) {
  HEADROOM_ASSERT(row.size() == columns_.size());
  rows_.push_back(std::move(row));
}

std::vector<std::size_t> Table::fitted_widths(std::size_t available) const {
  std::vector<std::size_t> widths;
  std::vector<std::size_t> order;
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    std::size_t widest = display_width(columns_[i].title);
    for (const auto& row : rows_) widest = std::max(widest, cell_width(row[i]));
    if (widest == 0) widest = kGone;
    widths.push_back(widest);
    order.insert(order.begin(), i);
  }
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return columns_[a].importance < columns_[b].importance;
  });
  const std::vector<std::size_t> natural = widths;
  const auto narrowest = [&](std::size_t i) {
    return std::min(natural[i], std::max(columns_[i].narrowest, display_width(columns_[i].title)));
  };
  for (const std::size_t i : order) {
    if (natural[i] == kGone) continue;
    const std::size_t total = total_width(columns_, widths);
    if (total <= available) break;
    const std::size_t excess = total - available;
    if (columns_[i].may_vanish && natural[i] < narrowest(i) + excess) {
      widths[i] = kGone;
    } else {
      widths[i] = std::max(narrowest(i), natural[i] - std::min(excess, natural[i]));
    }
  }
  // Text that wraps can be squeezed further before lines become too long.
  constexpr std::size_t kWrappedNarrowest = 12;
  const std::size_t wanted = total_width(columns_, widths);
  if (wanted > available && columns_.back().wraps && widths.back() > kWrappedNarrowest) {
    widths.back() -= std::min(wanted - available, widths.back() - kWrappedNarrowest);
  }
  // A wide column that went may have made room for narrow ones that went before it.
  std::reverse(order.begin(), order.end());
  for (const std::size_t i : order) {
    if (widths[i] != kGone || natural[i] == kGone) continue;
    const std::size_t used = total_width(columns_, widths) + gap_before(columns_, i);
    if (used + narrowest(i) <= available) widths[i] = std::min(natural[i], available - used);
  }
  for (const std::size_t i : order) {
    const std::size_t used = total_width(columns_, widths);
    if (used >= available) break;
    if (widths[i] != kGone) widths[i] = std::min(natural[i], widths[i] + available - used);
  }
  return widths;
}

std::string Table::render(const Look& look) const {
  const std::vector<std::size_t> widths = fitted_widths(look.width);
  std::string text;
  const auto add_line = [&](const std::vector<Cell>& cells) {
    std::string line;
    std::size_t pending = 0;  // blanks that only matter if something follows
    for (std::size_t i = 0; i < cells.size(); ++i) {
      if (widths[i] == kGone) continue;
      const std::string shown =
          shown_text(cells[i], columns_[i], widths[i], total_width(columns_, widths));
      const std::size_t filler =
          widths[i] - std::min(widths[i], display_width(shown.substr(0, shown.find('\n'))));
      pending += gap_before(columns_, i);
      if (columns_[i].align == Align::kRight) pending += filler;
      if (!shown.empty()) {
        line.append(pending, ' ');
        pending = 0;
        line += paint(shown, cells[i].tone, look.colour);
      }
      if (columns_[i].align == Align::kLeft) pending += filler;
    }
    text += line + "\n";
  };
  std::vector<Cell> titles;
  bool titled = false;
  for (const Column& column : columns_) {
    titles.emplace_back(column.title, Tone::kFaint);
    titled = titled || !column.title.empty();
  }
  if (titled) add_line(titles);
  for (const auto& row : rows_) add_line(row);
  return text;
}

std::string render_details(const std::vector<Detail>& details, const Look& look,
                           std::size_t indent) {
  std::size_t widest = 0;
  for (const Detail& detail : details) widest = std::max(widest, display_width(detail.label));
  std::string text;
  for (const Detail& detail : details) {
    const std::size_t column = indent + widest + 2;
    text.append(indent, ' ');
    text += paint(pad_right(detail.label, widest), Tone::kFaint, look.colour) + "  ";
    text +=
        paint(wrap(detail.value.text, look.width, column, column), detail.value.tone, look.colour) +
        "\n";
  }
  return text;
}

}  // namespace headroom::cli
