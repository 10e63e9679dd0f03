// Small drawings inside a line of text, in eighths of a column.
#pragma once

#include <cstddef>
#include <span>
#include <string>

namespace headroom::cli {

// A bar of `columns` for a share of 1: "███▌····". Shares outside [0, 1] are drawn as the nearest
// end, a NaN not at all; anything above nothing shows at least a sliver.
std::string bar(double share, std::size_t columns);

// One block per column between the smallest and largest value: "▁▂▅▇█". More values than columns
// are drawn by the largest of each run. A NaN is a blank. Equal values lie flat.
std::string sparkline(std::span<const double> values, std::size_t columns);

}  // namespace headroom::cli
