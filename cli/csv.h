// CSV as in RFC 4180: a field with a comma, a quote or a line break is quoted, its quotes are
// doubled. Records end in a bare LF, which every reader takes and every Unix tool wants.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "cli/json.h"

namespace headroom::cli {

std::string csv_field(std::string_view text);
std::string csv_line(const std::vector<std::string>& fields);

// A JSON value as one field, unquoted yet: texts as they are, numbers exact (whole ones without
// exponent), true and false, null empty, lists and objects as JSON.
std::string csv_value(const Json& value);

// Unix seconds, exact to the millisecond: "1795326869", "1795326869.25".
std::string csv_unix_seconds(UnixMs time);

// A header and one line per item. A column is a member of the item, or of an object in it:
// "decision.reason". A member that is not there is an empty field.
std::string records_csv(const Json& items, const std::vector<std::string>& columns);

// One line per value of a nested object: "ingest.batches,120", under the header "field,value".
std::string fields_csv(const Json& object);

}  // namespace headroom::cli
