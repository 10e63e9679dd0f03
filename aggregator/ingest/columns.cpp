#include "aggregator/ingest/columns.h"

#include "common/codec/column.h"

namespace headroom::ingest {
namespace {

void append_bytes(std::string& out, codec::Bytes bytes) {
  out.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
}

}  // namespace

Result<std::string> take_columns(const wire::Batch& batch, std::size_t columns,
                                 std::span<const std::uint32_t> kept) {
  std::string taken;
  const bool all = kept.size() == columns;
  codec::Bytes rest = batch.columns;
  for (std::size_t i = 0; i < columns; ++i) {
    const auto size = codec::measure_column(rest, batch.steps);
    if (!size) return fail(size.error().within("column " + std::to_string(i)));
    if (!all && !kept.empty() && kept.front() == i) {
      append_bytes(taken, rest.first(*size));
      kept = kept.subspan(1);
    }
    rest = rest.subspan(*size);
  }
  if (!rest.empty())
    return fail(ErrorCode::kCorruption,
                std::to_string(rest.size()) + " bytes behind the last column");
  if (all) append_bytes(taken, batch.columns);
  return taken;
}

}  // namespace headroom::ingest
