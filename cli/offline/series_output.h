// What is written series by series into one answer: CSV rows or the items of a JSON list.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <vector>

#include "cli/verb.h"
#include "common/base/result.h"

namespace headroom::cli {

inline constexpr std::size_t kNotesMost = 20;  // lines of notes; more are counted, not shown

struct SeriesPiece {
  std::string text;                // as it is to be written, with its line break
  std::vector<std::string> notes;  // what a reader should know of how it came about
};

// Makes a piece per series on all cores and writes them in order into the session's output, behind
// `header`, which is written with the first piece: where none can be made, nothing is. The notes
// follow on the session's error stream once all is written.
Status write_series(Session& session, std::size_t count, unsigned threads,
                    const std::string& header,
                    const std::function<Result<SeriesPiece>(std::size_t)>& make,
                    const std::function<void(double)>& progress);

}  // namespace headroom::cli
