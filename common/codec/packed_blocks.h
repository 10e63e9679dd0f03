// The blocks of mode 3, which is read and no longer written: a frame of reference with exceptions
// (docs/formats/column.md).
#pragma once

#include <cstdint>

#include "common/codec/bytes.h"
#include "common/codec/column_format.h"

namespace headroom::codec {

// Reads, or without `values` only checks, blocks of `count` integers in all.
Fault read_packed_blocks(Reader& reader, std::size_t count, std::int64_t* values);

}  // namespace headroom::codec
