// The column codec: n doubles in, as few bytes as their content needs out, every bit back. Shared
// by wire and store; the format is written down in docs/formats/column.md.
//
// Most measured values are short decimals, so a column is first turned into integers (value × 10^e,
// exact or not at all) and divided by what they have in common; then levels or first or second
// differences go into blocks of 128, Golomb–Rice coded (common/codec/rice.h). Columns that are not
// decimal (true doubles, NaN payloads, infinities, -0.0) are kept as they are. Decimal scaling is
// an idea of ALP (Afroozeh et al., SIGMOD 2024). `./dev bench codec` prints size and speed.
//
// No call allocates memory for a column of up to 1024 values, except where `out` must grow.
//
// Thread safety: plain functions without state.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>

#include "common/base/result.h"
#include "common/codec/bytes.h"

namespace headroom::codec {

inline constexpr std::size_t kColumnValuesMax = 1u << 23;

// Appends the encoded column to `out`. 1 … kColumnValuesMax values.
void encode_column(std::span<const double> values, std::string& out);

// Decodes one column from the front of `in` into `values` (as many as were encoded: the count is
// not in the bytes) and returns how many bytes it took. Errors: kCorruption; nothing is then
// promised about `values`.
Result<std::size_t> decode_column(Bytes in, std::span<double> values);

// How many bytes the column at the front of `in` takes, without decoding its values. Accepts
// exactly what decode_column accepts.
Result<std::size_t> measure_column(Bytes in, std::size_t count);

// The e for which every present value of the column at the front is an integer / 10^e, as the
// encoder found it: 0 … 18, 0 for integers. Nothing for doubles that are kept as they are, for a
// column in which all is missing, and for bytes that are no column. Reads two bytes at most, so
// that bytes behind them may still be refused by decode_column.
std::optional<unsigned> column_exponent(Bytes column);

}  // namespace headroom::codec
