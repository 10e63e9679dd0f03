// The columns of a batch on their way from the wire to the store.
#pragma once

#include <span>
#include <string>

#include "common/base/result.h"
#include "common/wire/message.h"

namespace headroom::ingest {

// Those of the batch's columns that are kept, by ascending index. Together all columns must fill
// the batch exactly, each one readable: what is in the journal can be decoded. Errors: kCorruption.
Result<std::string> take_columns(const wire::Batch& batch, std::size_t columns,
                                 std::span<const std::uint32_t> kept);

}  // namespace headroom::ingest
