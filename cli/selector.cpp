#include "cli/selector.h"

#include "cli/text_width.h"
#include "common/base/text.h"

namespace headroom::cli {
namespace {

Result<std::string> parse_where(std::string_view text) {
  const std::size_t at = text.find_first_of("=!");
  std::string_view comparison;
  if (at != std::string_view::npos) {
    for (const std::string_view candidate : {"=~", "!~", "!=", "="}) {
      if (!text.substr(at).starts_with(candidate)) continue;
      comparison = candidate;
      break;
    }
  }
  const std::string_view key = trim(text.substr(0, at));
  if (comparison.empty() || key.empty()) {
    return fail(ErrorCode::kInvalidArgument,
                "--where: '" + clean(text) +
                    "' is not a condition; write for example cpu.mode=user or host.name=~web-.*");
  }
  std::string_view value = text.substr(at + comparison.size());
  if (value.size() >= 2 && value.front() == '"' && value.back() == '"')
    value = value.substr(1, value.size() - 2);
  return matcher(key, comparison, value);
}

}  // namespace

std::string matcher(std::string_view key, std::string_view comparison, std::string_view value) {
  std::string text(key);
  text += comparison;
  text += '"';
  for (const char c : value) {
    if (c == '"' || c == '\\') text += '\\';
    text += c;
  }
  return text + '"';
}

Result<std::string> make_selector(std::string_view base, const std::vector<std::string>& where,
                                  std::string_view host, std::string_view service) {
  std::vector<std::string> matchers;
  std::string_view metric = trim(base);
  if (const std::size_t brace = metric.find('{'); brace != std::string_view::npos) {
    if (!metric.ends_with('}')) {
      return fail(
          ErrorCode::kInvalidArgument,
          "the selector '" + clean(base) + "' does not end in '}'; is it in quotes for the shell?");
    }
    std::string_view inside = trim(metric.substr(brace + 1, metric.size() - brace - 2));
    if (inside.ends_with(',')) inside.remove_suffix(1);
    if (!inside.empty()) matchers.emplace_back(inside);
    metric = trim(metric.substr(0, brace));
  }
  if (!host.empty()) matchers.push_back(matcher("host.name", "=", host));
  if (!service.empty()) matchers.push_back(matcher("service.name", "=", service));
  for (const std::string& condition : where) {
    auto parsed = parse_where(condition);
    if (!parsed) return parsed;
    matchers.push_back(std::move(*parsed));
  }
  if (metric.empty() && matchers.empty()) {
    return fail(ErrorCode::kInvalidArgument,
                "which series? Give a metric or a selector, or --host, --service or --where");
  }
  std::string selector(metric);
  if (!matchers.empty()) selector += "{" + join(matchers, ",") + "}";
  return selector;
}

}  // namespace headroom::cli
