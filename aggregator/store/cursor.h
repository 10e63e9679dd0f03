// Cursors as the store keeps them (docs/formats/store.md). Plain functions.
#pragma once

#include <string>
#include <string_view>
#include <utility>

#include "aggregator/store/store.h"

namespace headroom::store {

std::string serialize(const Cursor& cursor);
// Errors: kCorruption.
Result<std::pair<StreamKey, Cursor>> parse_cursor(std::string_view key, std::string_view value);

}  // namespace headroom::store
