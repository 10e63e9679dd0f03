#include "aggregator/store/journal.h"

#include "common/base/limits.h"

namespace headroom::store {

void append_record(const JournalRecord& record, std::string& entry) {
  codec::put_varint(entry, record.stream);
  codec::put_varint(entry, record.sequence);
  codec::put_varint(entry, record.lost_batches);
  codec::put_varint(entry, record.lost_samples);
  codec::put_varint(entry, record.steps);
  if (record.steps == 0) return;
  codec::put_varint(entry, record.group);
  codec::put_varint(entry, codec::zigzag(record.start));
  codec::put_varint(entry, record.step_ms);
  codec::put_varint(entry, record.columns.size());
  entry.append(reinterpret_cast<const char*>(record.columns.data()), record.columns.size());
}

Status parse_entry(codec::Bytes entry, const std::function<Status(const JournalRecord&)>& take) {
  codec::Reader reader(entry);
  while (reader.left() > 0) {
    JournalRecord record;
    record.stream = static_cast<std::uint32_t>(reader.varint());
    record.sequence = reader.varint();
    record.lost_batches = reader.varint();
    record.lost_samples = reader.varint();
    record.steps = static_cast<std::uint32_t>(reader.varint());
    if (record.steps > 0) {
      record.group = static_cast<GroupId>(reader.varint());
      record.start = reader.svarint();
      record.step_ms = static_cast<std::uint32_t>(reader.varint());
      record.columns = reader.bytes(static_cast<std::size_t>(reader.varint()));
    }
    const bool possible =
        record.steps == 0 || (record.steps <= limits::kBatchSteps && record.step_ms > 0 &&
                              record.step_ms <= limits::kStepMsMax && record.start > 0 &&
                              record.start <= limits::kTimeMsMax);
    if (!reader.ok() || !possible)
      return fail(ErrorCode::kCorruption, "the journal holds an entry that cannot be read");
    if (auto taken = take(record); !taken) return taken;
  }
  return {};
}

}  // namespace headroom::store
