#include "cli/offline/series_file.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <istream>
#include <limits>
#include <optional>
#include <string_view>
#include <unordered_map>

#include "cli/text_width.h"
#include "common/base/text.h"

namespace headroom::cli {
namespace {

constexpr std::size_t kReadBytes = 1u << 20;
constexpr std::size_t kShownBytes = 40;            // of a field that is wrong
constexpr double kSecondsMost = 253'402'300'799;   // the end of the year 9999
constexpr double kSecondsLeast = -62'135'596'800;  // the year 1
constexpr std::string_view kBom = "\xEF\xBB\xBF";

bool blank(char c) { return c == ' ' || c == '\t'; }

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && blank(text.back())) text.remove_suffix(1);
  return text;
}

std::string shown(std::string_view field) {
  const bool cut = field.size() > kShownBytes;
  return "'" + clean(std::string(field.substr(0, kShownBytes))) + (cut ? "…'" : "'");
}

bool is_unknown(std::string_view field) {
  constexpr std::array<std::string_view, 8> kWords{"",    "NA",  "na",   "N/A",
                                                   "NaN", "nan", "null", "NULL"};
  return std::find(kWords.begin(), kWords.end(), field) != kWords.end();
}

std::optional<double> number_of(std::string_view field) {
  if (!field.empty() && field.front() == '+') field.remove_prefix(1);
  double value = 0;
  const char* end = field.data() + field.size();
  const auto [at, problem] = std::from_chars(field.data(), end, value);
  if (problem != std::errc() || at != end) return std::nullopt;
  return value;
}

std::optional<UnixMs> time_of(std::string_view field) {
  std::int64_t seconds = 0;
  const char* end = field.data() + field.size();
  const auto [at, problem] = std::from_chars(field.data(), end, seconds);
  if (problem == std::errc() && at == end) {
    const bool sane = static_cast<double>(seconds) >= kSecondsLeast &&
                      static_cast<double>(seconds) <= kSecondsMost;
    return sane ? std::optional(seconds * 1000) : std::nullopt;
  }
  if (const auto number = number_of(field)) {
    if (!(*number >= kSecondsLeast && *number <= kSecondsMost)) return std::nullopt;
    return std::llround(*number * 1000);
  }
  const auto parsed = parse_time(field);
  return parsed ? std::optional(*parsed) : std::nullopt;
}

// Bytes of the character at the begin of a text as RFC 3629 has it; 0 where there is none: neither
// too long a spelling, nor half of a surrogate pair, nor beyond U+10FFFF.
std::size_t character_bytes(std::string_view text) {
  const auto byte = [&](std::size_t i) -> unsigned {
    return i < text.size() ? static_cast<unsigned char>(text[i]) : 0;
  };
  const auto follows = [&](std::size_t i) { return (byte(i) & 0xC0u) == 0x80; };
  const unsigned first = byte(0);
  const unsigned second = byte(1);
  if (first < 0x80) return 1;
  if (first < 0xC2 || first > 0xF4 || !follows(1)) return 0;
  if (first < 0xE0) return 2;
  if ((first == 0xE0 && second < 0xA0) || (first == 0xED && second > 0x9F) || !follows(2)) return 0;
  if (first < 0xF0) return 3;
  if ((first == 0xF0 && second < 0x90) || (first == 0xF4 && second > 0x8F) || !follows(3)) return 0;
  return 4;
}

bool is_utf8(std::string_view text) {
  while (!text.empty()) {
    const std::size_t bytes = character_bytes(text);
    if (bytes == 0) return false;
    text.remove_prefix(bytes);
  }
  return true;
}

std::string lower_case(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return lower;
}

struct TextHash {
  using is_transparent = void;
  std::size_t operator()(std::string_view text) const {
    return std::hash<std::string_view>()(text);
  }
};

using Fields = std::array<std::string_view, 3>;

// Names of columns, not a first row that is damaged.
bool is_header(const Fields& fields) {
  constexpr std::array<std::string_view, 3> kTimes{"unix_ts", "time", "timestamp"};
  constexpr std::array<std::string_view, 14> kKnown{
      "series_id", "series", "id",       "name", "unique_id", "unix_ts", "time",
      "timestamp", "date",   "datetime", "ds",   "ts",        "value",   "y"};
  const auto one_of = [](const auto& words, std::string_view field) {
    return std::find(words.begin(), words.end(), lower_case(field)) != words.end();
  };
  if (one_of(kTimes, fields[1])) return !number_of(fields[2]);
  return std::all_of(fields.begin(), fields.end(),
                     [&](std::string_view field) { return one_of(kKnown, field); });
}

class Parser {
 public:
  Parser(SeriesFile& file, SeriesFileLimits limits) : file_(file), limits_(limits) {}

  // One line without its line break.
  Status take(std::string_view line) {
    ++line_;
    if (line_ == 1 && line.starts_with(kBom)) line.remove_prefix(kBom.size());
    if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
    if (line.size() > kInputLineBytesMost) return too_long();
    if (trimmed(line).empty()) return {};
    Fields fields;
    const bool quoted = line.find('"') != std::string_view::npos;
    if (!(quoted ? split_quoted(line, fields) : split_plain(line, fields))) {
      return bad("not the three fields series_id,unix_ts,value: " + shown(line));
    }
    const auto time = time_of(fields[1]);
    const bool first = !started_;
    started_ = true;
    if (first && is_header(fields)) return {};
    if (!time) return bad_time(fields[1]);
    double value = std::numeric_limits<double>::quiet_NaN();
    if (!is_unknown(fields[2])) {
      const auto number = number_of(fields[2]);
      if (!number) return bad("the value " + shown(fields[2]) + " is not a number of a usual size");
      // "nan" in any spelling is unknown, an infinity is a mistake.
      if (std::isinf(*number)) return bad("the value " + shown(fields[2]) + " is infinite");
      value = *number;
    }
    const auto series = series_of(fields[0]);
    if (!series) return fail(series.error());
    if (file_.rows.size() >= limits_.rows) {
      return limit("more than " + std::to_string(limits_.rows) +
                   " rows; give them in several files");
    }
    file_.rows.push_back({*time, value, *series, line_});
    return {};
  }

  Status too_long() const {
    return limit("a line of more than " + std::to_string(kInputLineBytesMost) + " bytes");
  }
  // The next line is longer than any may be.
  Status next_too_long() {
    ++line_;
    return too_long();
  }

 private:
  Status bad(const std::string& what) const {
    return fail(ErrorCode::kInvalidArgument, file_.at_line(line_, what).message);
  }
  Status limit(const std::string& what) const {
    return fail(ErrorCode::kLimitExceeded, file_.at_line(line_, what).message);
  }
  Status bad_time(std::string_view field) const {
    const auto number = number_of(field);
    if (number && std::abs(*number) > kSecondsMost) {
      return bad("the time " + shown(field) +
                 " lies beyond the year 9999; times are in seconds, not milliseconds");
    }
    return bad("the time " + shown(field) + " is neither Unix seconds nor RFC 3339");
  }

  static bool split_plain(std::string_view line, Fields& fields) {
    const std::size_t first = line.find(',');
    if (first == std::string_view::npos) return false;
    const std::size_t second = line.find(',', first + 1);
    if (second == std::string_view::npos) return false;
    if (line.find(',', second + 1) != std::string_view::npos) return false;
    fields = {trimmed(line.substr(0, first)), trimmed(line.substr(first + 1, second - first - 1)),
              trimmed(line.substr(second + 1))};
    return true;
  }

  bool split_quoted(std::string_view line, Fields& fields) {
    for (std::size_t i = 0; i < fields.size(); ++i) {
      std::string& text = unquoted_[i];
      text.clear();
      while (!line.empty() && blank(line.front())) line.remove_prefix(1);
      if (line.starts_with('"')) {
        line.remove_prefix(1);
        for (;;) {
          const std::size_t quote = line.find('"');
          if (quote == std::string_view::npos) return false;
          text += line.substr(0, quote);
          line.remove_prefix(quote + 1);
          if (!line.starts_with('"')) break;
          text += '"';
          line.remove_prefix(1);
        }
        while (!line.empty() && blank(line.front())) line.remove_prefix(1);
        if (!line.empty() && line.front() != ',') return false;
        fields[i] = text;
      } else {
        text = line.substr(0, line.find(','));
        if (text.find('"') != std::string::npos) return false;
        line.remove_prefix(text.size());
        fields[i] = trimmed(text);
      }
      const bool last = i + 1 == fields.size();
      if (line.empty() != last) return false;
      if (!last) line.remove_prefix(1);
    }
    return true;
  }

  Result<std::uint32_t> series_of(std::string_view id) {
    // Mostly the one of the row before.
    if (!file_.ids.empty() && file_.ids[last_] == id) return last_;
    if (const auto found = by_id_.find(id); found != by_id_.end()) {
      last_ = found->second;
      return last_;
    }
    if (id.empty()) return fail(bad("the series has no id").error());
    if (!is_utf8(id)) return fail(bad("the series id " + shown(id) + " is not UTF-8").error());
    if (id.size() > kSeriesIdBytesMost) {
      return fail(limit("a series id of more than " + std::to_string(kSeriesIdBytesMost) + " bytes")
                      .error());
    }
    if (file_.ids.size() >= limits_.series) {
      return fail(limit("more than " + std::to_string(limits_.series) +
                        " series; give them in several files")
                      .error());
    }
    last_ = static_cast<std::uint32_t>(file_.ids.size());
    file_.ids.emplace_back(id);
    by_id_.emplace(id, last_);
    return last_;
  }

  SeriesFile& file_;
  SeriesFileLimits limits_;
  std::unordered_map<std::string, std::uint32_t, TextHash, std::equal_to<>> by_id_;
  std::array<std::string, 3> unquoted_;
  std::uint32_t last_ = 0;
  std::uint32_t line_ = 0;
  bool started_ = false;
};

}  // namespace

void SeriesFile::index_series() {
  begin_.assign(ids.size() + 1, 0);
  for (const SeriesRow& row : rows) ++begin_[row.series + 1];
  for (std::size_t i = 1; i < begin_.size(); ++i) begin_[i] += begin_[i - 1];
  std::vector<std::size_t> next(begin_.begin(), begin_.end() - 1);
  order_.resize(rows.size());
  for (std::size_t i = 0; i < rows.size(); ++i) {
    order_[next[rows[i].series]++] = static_cast<std::uint32_t>(i);
  }
}

Error SeriesFile::at_line(std::size_t line, const std::string& what) const {
  return {ErrorCode::kInvalidArgument, name + ":" + std::to_string(line) + ": " + what};
}

Result<SeriesFile> parse_series(std::istream& in, std::string name, SeriesFileLimits limits) {
  SeriesFile file;
  file.name = std::move(name);
  Parser parser(file, limits);
  std::string buffer(kReadBytes + kInputLineBytesMost + kBom.size() + 2, '\0');
  std::size_t held = 0;  // the begin of a line whose end was not read yet
  while (in) {
    in.read(buffer.data() + held, static_cast<std::streamsize>(kReadBytes));
    const std::string_view text(buffer.data(), held + static_cast<std::size_t>(in.gcount()));
    std::size_t begin = 0;
    for (std::size_t end = 0; (end = text.find('\n', begin)) != std::string_view::npos;
         begin = end + 1) {
      if (auto taken = parser.take(text.substr(begin, end - begin)); !taken)
        return fail(taken.error());
    }
    held = text.size() - begin;
    if (held > kInputLineBytesMost + kBom.size() + 1) return fail(parser.next_too_long().error());
    std::copy(text.begin() + static_cast<std::ptrdiff_t>(begin), text.end(), buffer.begin());
  }
  if (in.bad()) return fail(ErrorCode::kUnavailable, "reading " + file.name + " failed");
  if (held > 0) {
    if (auto taken = parser.take({buffer.data(), held}); !taken) return fail(taken.error());
  }
  if (file.rows.empty()) {
    return fail(ErrorCode::kInvalidArgument,
                file.name + " holds no rows; wanted are rows of series_id,unix_ts,value");
  }
  file.index_series();
  return file;
}

Result<SeriesFile> read_series_file(const std::string& path, std::istream& standard,
                                    SeriesFileLimits limits) {
  if (path == "-") return parse_series(standard, "standard input", limits);
  std::error_code ignored;
  if (std::filesystem::is_directory(path, ignored))
    return fail(ErrorCode::kInvalidArgument, path + " is a folder, not a file");
  std::ifstream in(path, std::ios::binary);
  if (!in) return fail(errno_error("open " + path));
  return parse_series(in, path, limits);
}

}  // namespace headroom::cli
