// Selectors put together from what stands on the command line.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "common/base/result.h"

namespace headroom::cli {

// One condition: host.name="web-1", with what needs it escaped.
std::string matcher(std::string_view key, std::string_view comparison, std::string_view value);

// The parts of a selector: `base` is a metric or a whole selector and may be empty; `where` are
// "key=value", also with !=,
// =~ and !~, their values with or without quotes; `host` and `service` stand for host.name and
// service.name, empty for any. The result is what the API calls `match`. Errors: kInvalidArgument
// for a part without an operator or a key, for a base whose '{' is not closed, and where nothing is
// selected at all.
Result<std::string> make_selector(std::string_view base, const std::vector<std::string>& where,
                                  std::string_view host, std::string_view service);

}  // namespace headroom::cli
