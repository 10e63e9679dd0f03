#include "aggregator/store/batch.h"

#include "common/base/limits.h"

namespace headroom::store {

std::string serialize(const StoredBatch& batch) {
  std::string bytes;
  bytes.reserve(batch.columns.size() + 40);
  codec::put_le(bytes, batch.stream_tag);
  codec::put_varint(bytes, batch.sequence);
  codec::put_varint(bytes, batch.group);
  codec::put_varint(bytes, codec::zigzag(batch.start));
  codec::put_varint(bytes, batch.step_ms);
  codec::put_varint(bytes, batch.steps);
  bytes += batch.columns;
  return bytes;
}

Result<StoredBatch> parse_batch(std::string_view bytes) {
  codec::Reader reader(codec::as_bytes(bytes));
  StoredBatch batch;
  batch.stream_tag = reader.le<std::uint64_t>();
  batch.sequence = reader.varint();
  batch.group = static_cast<GroupId>(reader.varint());
  batch.start = reader.svarint();
  batch.step_ms = static_cast<std::uint32_t>(reader.varint());
  batch.steps = static_cast<std::uint32_t>(reader.varint());
  if (!reader.ok() || batch.steps == 0 || batch.steps > limits::kBatchSteps || batch.step_ms == 0) {
    return fail(ErrorCode::kCorruption, "the journal holds a batch that cannot be read");
  }
  batch.columns.assign(reinterpret_cast<const char*>(reader.position()), reader.left());
  return batch;
}

}  // namespace headroom::store
