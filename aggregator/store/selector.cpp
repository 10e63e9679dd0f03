#include "aggregator/store/selector.h"

#include <algorithm>
#include <re2/re2.h>

#include "common/base/text.h"

namespace headroom::store {
namespace {

constexpr std::int64_t kRegexBytes = 1 << 20;  // of compiled program

class Parser {
 public:
  explicit Parser(std::string_view text) : text_(text) {}

  Result<Selector> parse() {
    Selector selector;
    skip_blanks();
    if (peek() != '{') {
      const std::string_view name = take_name();
      if (name.empty()) return expected("a metric's name or '{'");
      selector.matchers.push_back(Selector::equal(kNameKey, name));
      skip_blanks();
    }
    if (peek() == '{') {
      if (auto read = take_matchers(selector); !read) return fail(read.error());
      skip_blanks();
    }
    if (at_ != text_.size()) return expected("the end");
    if (selector.matchers.empty()) return expected("at least one matcher");
    return selector;
  }

 private:
  tl::unexpected<Error> expected(const std::string& what) const {
    return fail(ErrorCode::kInvalidArgument, "selector '" + std::string(text_) + "': expected " +
                                                 what + " at position " + std::to_string(at_ + 1));
  }
  char peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }
  bool take(char wanted) {
    if (peek() != wanted) return false;
    ++at_;
    return true;
  }
  void skip_blanks() {
    while (peek() == ' ' || peek() == '\t') ++at_;
  }
  std::string_view take_name() {
    const std::size_t start = at_;
    const auto belongs = [](char c) {
      return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
             c == '.' || c == '_' || c == '-' || c == '/' || c == ':';
    };
    while (belongs(peek())) ++at_;
    return text_.substr(start, at_ - start);
  }

  Status take_matchers(Selector& selector) {
    take('{');
    for (skip_blanks(); !take('}'); skip_blanks()) {
      if (selector.matchers.size() == kSelectorMatchers) {
        return fail(ErrorCode::kLimitExceeded,
                    "a selector may have " + std::to_string(kSelectorMatchers) + " matchers");
      }
      auto matcher = take_matcher();
      if (!matcher) return fail(matcher.error());
      selector.matchers.push_back(std::move(*matcher));
      skip_blanks();
      if (!take(',') && peek() != '}') return expected("',' or '}'");
    }
    return {};
  }

  Result<Matcher> take_matcher() {
    Matcher matcher;
    matcher.key = std::string(take_name());
    if (matcher.key.empty()) return expected("an attribute's name");
    skip_blanks();
    if (take('=')) {
      matcher.op = take('~') ? Matcher::Op::kMatch : Matcher::Op::kEqual;
    } else if (take('!')) {
      if (take('~')) {
        matcher.op = Matcher::Op::kNotMatch;
      } else if (take('=')) {
        matcher.op = Matcher::Op::kNotEqual;
      } else {
        return expected("'!=' or '!~'");
      }
    } else {
      return expected("one of = != =~ !~");
    }
    skip_blanks();
    if (!take('"')) return expected("a value in double quotes");
    while (peek() != '"') {
      if (at_ >= text_.size()) return expected("a closing quote");
      if (peek() == '\\' && at_ + 1 < text_.size() &&
          (text_[at_ + 1] == '"' || text_[at_ + 1] == '\\'))
        ++at_;
      matcher.value += text_[at_++];
    }
    take('"');
    if (matcher.op == Matcher::Op::kMatch || matcher.op == Matcher::Op::kNotMatch)
      return compiled(std::move(matcher));
    return matcher;
  }

  static Result<Matcher> compiled(Matcher matcher) {
    re2::RE2::Options options;
    options.set_log_errors(false);
    options.set_max_mem(kRegexBytes);
    auto regex = std::make_shared<const re2::RE2>(matcher.value, options);
    if (!regex->ok()) {
      return fail(ErrorCode::kInvalidArgument,
                  "regular expression '" + matcher.value + "': " + regex->error());
    }
    matcher.regex = std::move(regex);
    return matcher;
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

}  // namespace

bool Matcher::matches(std::string_view text) const {
  switch (op) {
    case Op::kEqual:
      return text == value;
    case Op::kNotEqual:
      return text != value;
    case Op::kMatch:
      return re2::RE2::FullMatch({text.data(), text.size()}, *regex);
    case Op::kNotMatch:
      return !re2::RE2::FullMatch({text.data(), text.size()}, *regex);
  }
  return false;
}

bool Selector::matches(const Series& series) const {
  return std::all_of(matchers.begin(), matchers.end(), [&](const Matcher& matcher) {
    return matcher.matches(matcher.key == kNameKey ? std::string_view(series.metric)
                                                   : attribute(series.attributes, matcher.key));
  });
}

Matcher Selector::equal(std::string_view key, std::string_view value) {
  Matcher matcher;
  matcher.key = key;
  matcher.value = value;
  return matcher;
}

Result<Selector> parse_selector(std::string_view text) {
  if (text.size() > kSelectorBytes) {
    return fail(ErrorCode::kLimitExceeded,
                "a selector may have " + std::to_string(kSelectorBytes) + " bytes");
  }
  return Parser(text).parse();
}

}  // namespace headroom::store
