#include "aggregator/store/chunk.h"

#include <algorithm>

#include "common/base/limits.h"
#include "common/codec/column.h"

namespace headroom::store {
namespace {

constexpr std::uint8_t kChunkFormat = 2;
constexpr std::size_t kChunkTimes = codec::kColumnValuesMax;
constexpr std::size_t kChunkColumns = 4'000'000;

tl::unexpected<Error> corrupt(const char* what) {
  return fail(ErrorCode::kCorruption, std::string("a chunk ") + what);
}

}  // namespace

std::vector<TimeRun> make_runs(std::span<const UnixMs> times) {
  std::vector<TimeRun> runs;
  for (std::size_t i = 0; i < times.size();) {
    TimeRun run{times[i], 1, 1};
    if (i + 1 < times.size()) {
      run.step_ms = static_cast<std::uint32_t>(times[i + 1] - times[i]);
      while (i + run.count < times.size() && times[i + run.count] == run.at(run.count)) ++run.count;
    }
    i += run.count;
    runs.push_back(run);
  }
  return runs;
}

ChunkBuilder::ChunkBuilder(std::span<const UnixMs> times) : times_(times.size()) {
  HEADROOM_ASSERT(!times.empty() && times.size() <= kChunkTimes);
  codec::put_u8(head_, kChunkFormat);
  const std::vector<TimeRun> runs = make_runs(times);
  codec::put_varint(head_, runs.size());
  UnixMs before = 0;
  for (const TimeRun& run : runs) {
    codec::put_varint(head_, static_cast<std::uint64_t>(run.start - before));
    codec::put_varint(head_, run.step_ms);
    codec::put_varint(head_, run.count);
    before = run.start;
  }
}

void ChunkBuilder::add_column(std::span<const double> values) {
  HEADROOM_ASSERT(values.size() == times_);
  const std::size_t before = data_.size();
  codec::encode_column(values, data_);
  sizes_.push_back(data_.size() - before);
}

void ChunkBuilder::add_sketches(const SketchColumn& column) {
  HEADROOM_ASSERT(column.sketches.size() == times_);
  codec::put_varint(sketches_, column.series);
  for (const std::string& sketch : column.sketches) codec::put_text(sketches_, sketch);
  ++sketch_columns_;
}

std::string ChunkBuilder::finish() {
  std::string bytes = std::move(head_);
  bytes.reserve(bytes.size() + data_.size() + sketches_.size() + 2 * sizes_.size() + 16);
  codec::put_varint(bytes, sizes_.size());
  for (const std::size_t size : sizes_) codec::put_varint(bytes, size);
  codec::put_varint(bytes, sketch_columns_);
  bytes += data_;
  bytes += sketches_;
  return bytes;
}

Result<ChunkView> ChunkView::open(codec::Bytes bytes) {
  codec::Reader reader(bytes);
  if (reader.u8() != kChunkFormat) return corrupt("is of a format that this version does not know");
  ChunkView view;
  const std::uint64_t runs = reader.varint();
  UnixMs before = 0;
  for (std::uint64_t i = 0; i < runs && reader.ok(); ++i) {
    const std::uint64_t distance = reader.varint();
    const std::uint64_t step = reader.varint();
    const std::uint64_t count = reader.varint();
    const bool possible =
        reader.ok() && distance <= static_cast<std::uint64_t>(limits::kTimeMsMax - before) &&
        step > 0 && step <= UINT32_MAX && count > 0 && count <= kChunkTimes - view.count_;
    if (!possible || (!view.runs_.empty() &&
                      before + static_cast<UnixMs>(distance) <= view.runs_.back().last())) {
      return corrupt("has times that cannot be");
    }
    before += static_cast<UnixMs>(distance);
    view.runs_.push_back(
        {before, static_cast<std::uint32_t>(step), static_cast<std::uint32_t>(count)});
    view.count_ += count;
  }
  const std::uint64_t columns = reader.varint();
  if (!reader.ok() || view.count_ == 0 || columns > kChunkColumns)
    return corrupt("ends inside its header");
  view.offsets_.reserve(std::min<std::size_t>(columns, reader.left()) + 1);
  view.offsets_.push_back(0);
  for (std::uint64_t i = 0; i < columns && reader.ok(); ++i) {
    const std::uint64_t size = reader.varint();
    if (size > bytes.size()) return corrupt("has a column longer than itself");
    view.offsets_.push_back(view.offsets_.back() + size);
  }
  const std::uint64_t sketch_columns = reader.varint();
  if (!reader.ok() || view.offsets_.back() > reader.left())
    return corrupt("has columns that do not fit it");
  view.data_ = reader.bytes(view.offsets_.back());
  view.sketches_ = reader.bytes(reader.left());
  if (view.sketches_.empty() != (sketch_columns == 0))
    return corrupt("has columns that do not fill it");
  return view;
}

Result<std::vector<SketchColumn>> ChunkView::sketches() const {
  std::vector<SketchColumn> columns;
  codec::Reader reader(sketches_);
  while (reader.ok() && reader.left() > 0) {
    SketchColumn column;
    column.series = static_cast<std::uint32_t>(reader.varint());
    column.sketches.reserve(count_);
    for (std::size_t i = 0; i < count_ && reader.ok(); ++i)
      column.sketches.emplace_back(reader.text());
    columns.push_back(std::move(column));
  }
  if (!reader.ok()) return corrupt("has sketches that cannot be read");
  return columns;
}

void append_samples(std::span<const TimeRun> runs, std::span<const double> values, UnixMs from,
                    UnixMs to, std::vector<Sample>& samples) {
  std::size_t base = 0;
  for (const TimeRun& run : runs) {
    const std::size_t count = run.count;
    if (run.start < to && run.last() >= from) {
      const UnixMs step = run.step_ms;
      const auto first = run.start >= from
                             ? std::size_t{0}
                             : static_cast<std::size_t>((from - run.start + step - 1) / step);
      const auto end =
          run.last() < to ? count : static_cast<std::size_t>((to - run.start + step - 1) / step);
      for (std::size_t i = first; i < end; ++i) {
        if (!is_missing(values[base + i])) samples.push_back({run.at(i), values[base + i]});
      }
    }
    base += count;
  }
}

Status ChunkView::read(std::size_t index, UnixMs from, UnixMs to,
                       std::vector<Sample>& samples) const {
  if (index >= columns()) return corrupt("has too few columns");
  thread_local std::vector<double> values;
  values.resize(count_);
  const auto taken = codec::decode_column(column(index), values);
  if (!taken) return fail(taken.error());
  append_samples(runs_, values, from, to, samples);
  return {};
}

}  // namespace headroom::store
