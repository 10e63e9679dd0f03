// An input whose text is kept while it is read, for a verb that gives its rows back as they were.
#pragma once

#include <istream>
#include <streambuf>
#include <string>

#include "cli/offline/series_file.h"
#include "common/base/result.h"

namespace headroom::cli {

class RecordedInput {
 public:
  // "-" is `standard`, which must outlive this.
  RecordedInput(std::string path, std::istream& standard)
      : path_(std::move(path)), standard_(standard) {}

  // Once. Errors as of read_series_file().
  Result<SeriesFile> read();
  // All of it, as it was read.
  const std::string& text() const { return text_; }

 private:
  std::string path_;
  std::istream& standard_;
  std::string text_;
};

// The lines of a text by their numbers, from 1 on, which must be asked for in ascending order.
class NumberedLines {
 public:
  explicit NumberedLines(std::string_view text) : rest_(text) {}
  // Without its line break, a byte order mark before it and blanks around it.
  std::string_view line(std::size_t number);

 private:
  std::string_view rest_;
  std::string_view current_;
  std::size_t number_ = 0;
};

}  // namespace headroom::cli
