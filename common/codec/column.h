// The column codec: n doubles in, as few bytes as their content needs out, every bit back. Shared
// by wire and store; the format is written down in docs/formats/column.md.
//
// Most measured values are short decimals, so a column is first turned into integers (value × 10^e,
// exact or not at all), a common power of two is dropped, and first or second differences are
// packed into blocks of 128 with a frame of reference and exceptions. Columns that are not decimal
// (true doubles, NaN payloads, infinities, -0.0) are kept as they are. The ideas are those of
// frame-of-reference bit packing (Zukowski et al., "Super-Scalar RAM-CPU Cache Compression", ICDE
// 2006) and of decimal scaling in ALP (Afroozeh et al., SIGMOD 2024).
//
// Thread safety: plain functions without state.
#pragma once

#include <cstddef>
#include <span>
#include <string>

#include "common/base/result.h"
#include "common/codec/bytes.h"

namespace headroom::codec {

inline constexpr std::size_t kColumnValuesMax = 1u << 20;

// Appends the encoded column to `out`. 1 … kColumnValuesMax values.
void encode_column(std::span<const double> values, std::string& out);

// Decodes one column from the front of `in` into `values` (as many as were encoded: the count is
// not in the bytes) and returns how many bytes it took. Errors: kCorruption; nothing is then
// promised about `values`.
Result<std::size_t> decode_column(Bytes in, std::span<double> values);

// How many bytes the column at the front of `in` takes, without decoding its values. Accepts
// exactly what decode_column accepts.
Result<std::size_t> measure_column(Bytes in, std::size_t count);

}  // namespace headroom::codec
