#include "cli/offline/recorded_input.h"

#include <filesystem>
#include <fstream>

namespace headroom::cli {
namespace {

constexpr std::string_view kBom = "\xEF\xBB\xBF";
constexpr std::string_view kBlanks = " \t\r";

// Passes on what it reads from another stream, and keeps it.
class Recorder final : public std::streambuf {
 public:
  Recorder(std::istream& source, std::string& text) : source_(source), text_(text) {}

 protected:
  std::streamsize xsgetn(char* to, std::streamsize wanted) override {
    source_.read(to, wanted);
    text_.append(to, static_cast<std::size_t>(source_.gcount()));
    return source_.gcount();
  }

 private:
  std::istream& source_;
  std::string& text_;
};

Result<SeriesFile> record(std::istream& source, const std::string& name, std::string& text) {
  Recorder recorder(source, text);
  std::istream in(&recorder);
  auto file = parse_series(in, name);
  if (source.bad()) return fail(ErrorCode::kUnavailable, "reading " + name + " failed");
  return file;
}

}  // namespace

Result<SeriesFile> RecordedInput::read() {
  if (path_ == "-") return record(standard_, "standard input", text_);
  std::error_code ignored;
  if (std::filesystem::is_directory(path_, ignored))
    return fail(ErrorCode::kInvalidArgument, path_ + " is a folder, not a file");
  std::ifstream in(path_, std::ios::binary);
  if (!in) return fail(errno_error("open " + path_));
  return record(in, path_, text_);
}

std::string_view NumberedLines::line(std::size_t number) {
  while (number_ < number) {
    const std::size_t end = std::min(rest_.find('\n'), rest_.size());
    current_ = rest_.substr(0, end);
    rest_.remove_prefix(std::min(end + 1, rest_.size()));
    if (++number_ == 1 && current_.starts_with(kBom)) current_.remove_prefix(kBom.size());
  }
  const std::size_t first = current_.find_first_not_of(kBlanks);
  if (first == std::string_view::npos) return {};
  return current_.substr(first, current_.find_last_not_of(kBlanks) + 1 - first);
}

}  // namespace headroom::cli
