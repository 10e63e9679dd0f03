// Reading answers without trusting them: a member that is missing or of another kind is empty,
// never an exception. Objects keep the order in which the aggregator wrote them.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

#include "common/base/clock.h"
#include "common/base/result.h"

namespace headroom::cli {

using Json = nlohmann::ordered_json;

// Whoever writes or reads a value goes down into it, so an answer or a file may not be nested
// without end.
inline constexpr std::size_t kJsonDepth = 128;

// Errors name `what`: kCorruption where it is not JSON, kLimitExceeded where it is nested deeper
// than that.
Result<Json> parse_json(std::string_view text, const std::string& what);

// The member of that name, dots and all; null where there is none.
const Json& field(const Json& object, std::string_view name);

// The member at a path such as "decision.reason"; null where there is none.
const Json& member(const Json& object, std::string_view path);

// Texts pass through clean(), so they are fit for a terminal; for exact bytes take member().
std::string text_at(const Json& object, std::string_view path, std::string_view otherwise = "");
std::optional<double> number_at(const Json& object, std::string_view path);
double count_at(const Json& object, std::string_view path);  // 0 where there is none
bool flag_at(const Json& object, std::string_view path);     // false where there is none
std::optional<UnixMs> time_at(const Json& object,
                              std::string_view path);  // RFC 3339 or Unix seconds
// Unix seconds as milliseconds; nothing for what is no number, or no time before the year 10 000.
std::optional<UnixMs> unix_ms_of(const Json& value);
std::int64_t milliseconds_at(const Json& object,
                             std::string_view path);  // of a length of time in seconds
// The member if it is a list, else an empty one.
const Json& list_at(const Json& object, std::string_view path);

// JSON for people: what fits on a line stands on one, the rest is indented by two blanks. Ends in a
// newline.
std::string pretty(const Json& value);

}  // namespace headroom::cli
