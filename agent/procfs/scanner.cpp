#include "agent/procfs/scanner.h"

#include <charconv>

namespace headroom::agent {
namespace {

bool is_blank(char c) { return c == ' ' || c == '\t'; }

void drop_blanks(std::string_view& text) {
  std::size_t blanks = 0;
  while (blanks < text.size() && is_blank(text[blanks])) ++blanks;
  text.remove_prefix(blanks);
}

}  // namespace

bool Scanner::next_line() {
  if (text_.empty()) {
    line_ = {};
    return false;
  }
  const std::size_t end = text_.find('\n');
  line_ = text_.substr(0, end);
  text_.remove_prefix(end == std::string_view::npos ? text_.size() : end + 1);
  ++line_number_;
  return true;
}

std::string_view Scanner::word() {
  drop_blanks(line_);
  std::size_t length = 0;
  while (length < line_.size() && !is_blank(line_[length])) ++length;
  const std::string_view found = line_.substr(0, length);
  line_.remove_prefix(length);
  return found;
}

std::optional<std::string_view> Scanner::until(char delimiter) {
  drop_blanks(line_);
  const std::size_t at = line_.find(delimiter);
  if (at == std::string_view::npos) return std::nullopt;
  const std::string_view found = line_.substr(0, at);
  line_.remove_prefix(at + 1);
  return found;
}

std::string_view Scanner::rest() {
  drop_blanks(line_);
  return line_;
}

std::optional<std::uint64_t> Scanner::number() {
  const std::string_view field = word();
  std::uint64_t value = 0;
  const char* const begin = field.data();
  const char* const end = begin + field.size();
  const auto [stopped, error] = std::from_chars(begin, end, value);
  if (error != std::errc() || stopped != end) return std::nullopt;
  return value;
}

bool Scanner::numbers(std::span<std::uint64_t> values) {
  for (std::uint64_t& value : values) {
    const auto found = number();
    if (!found) return false;
    value = *found;
  }
  return true;
}

bool Scanner::skip(std::size_t fields) {
  for (std::size_t i = 0; i < fields; ++i) {
    if (word().empty()) return false;
  }
  return true;
}

Error malformed(const std::string& path, const Scanner& scanner) {
  return {ErrorCode::kCorruption, path + ": line " + std::to_string(scanner.line_number()) +
                                      " is not in the form that the kernel documents"};
}

}  // namespace headroom::agent
