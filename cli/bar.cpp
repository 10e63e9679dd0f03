#include "cli/bar.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <vector>

namespace headroom::cli {
namespace {

constexpr std::array<const char*, 9> kRightGrowing{"", "▏", "▎", "▍", "▌", "▋", "▊", "▉", "█"};
constexpr std::array<const char*, 8> kUpGrowing{"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};

// Of a run of values the largest; NaN if none is known.
double largest(std::span<const double> values) {
  double most = std::numeric_limits<double>::quiet_NaN();
  for (const double value : values) {
    if (!std::isnan(value) && !(value <= most)) most = value;
  }
  return most;
}

}  // namespace

std::string bar(double share, std::size_t columns) {
  if (std::isnan(share)) return "";
  const double full = static_cast<double>(columns) * 8;
  auto eighths = static_cast<std::size_t>(std::lround(std::clamp(share, 0.0, 1.0) * full));
  if (share > 0) eighths = std::max<std::size_t>(eighths, std::min<std::size_t>(1, columns));
  std::string text;
  for (std::size_t i = 0; i < eighths / 8; ++i) text += kRightGrowing[8];
  text += kRightGrowing[eighths % 8];
  for (std::size_t i = (eighths + 7) / 8; i < columns; ++i) text += "·";
  return text;
}

std::string sparkline(std::span<const double> values, std::size_t columns) {
  columns = std::min(columns, values.size());
  std::vector<double> heights;
  for (std::size_t i = 0; i < columns; ++i) {
    const std::size_t first = i * values.size() / columns;
    const std::size_t last = (i + 1) * values.size() / columns;
    heights.push_back(largest(values.subspan(first, last - first)));
  }
  double low = std::numeric_limits<double>::infinity();
  double high = -low;
  for (const double height : heights) {
    if (std::isnan(height)) continue;
    low = std::min(low, height);
    high = std::max(high, height);
  }
  std::string text;
  for (const double height : heights) {
    if (std::isnan(height)) {
      text += ' ';
      continue;
    }
    const double share = high > low ? (height - low) / (high - low) : 0;
    text += kUpGrowing[static_cast<std::size_t>(std::lround(share * 7))];
  }
  return text;
}

}  // namespace headroom::cli
