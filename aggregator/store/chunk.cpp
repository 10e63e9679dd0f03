#include "aggregator/store/chunk.h"

#include <algorithm>
#include <numeric>

#include "common/codec/column.h"

namespace headroom::store {
namespace {

constexpr std::uint8_t kChunkFormat = 1;
constexpr std::size_t kChunkTimes = 8'000'000;  // more than a window can hold at 1 ms
constexpr std::size_t kChunkColumns = 1'000'000;

// All times of the batches, and where the value for each kept time stands among the batches' values
// one after another.
struct Timeline {
  std::vector<UnixMs> times;       // strictly increasing
  std::vector<std::size_t> order;  // empty: already in order, no time twice
  // Kept index and the value that stands for it where later ones are missing; latest first.
  std::vector<std::pair<std::size_t, std::size_t>> fallbacks;
  std::size_t values = 0;  // before anything is left out
};

Timeline make_timeline(std::span<const StoredBatchPtr> batches) {
  Timeline line;
  for (const StoredBatchPtr& batch : batches) {
    for (std::uint32_t i = 0; i < batch->steps; ++i) {
      line.times.push_back(batch->start + static_cast<UnixMs>(batch->step_ms) * i);
    }
  }
  line.values = line.times.size();
  const auto not_after = [](UnixMs a, UnixMs b) { return a >= b; };
  if (std::adjacent_find(line.times.begin(), line.times.end(), not_after) == line.times.end())
    return line;

  std::vector<std::size_t> order(line.times.size());
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return line.times[a] < line.times[b]; });
  std::vector<UnixMs> times;
  for (const std::size_t from : order) {
    if (!times.empty() && times.back() == line.times[from]) {
      line.fallbacks.emplace_back(line.order.size() - 1, line.order.back());
      line.order.back() = from;  // committed later
      continue;
    }
    times.push_back(line.times[from]);
    line.order.push_back(from);
  }
  std::reverse(line.fallbacks.begin(), line.fallbacks.end());
  line.times = std::move(times);
  return line;
}

std::vector<TimeRun> make_runs(std::span<const UnixMs> times) {
  std::vector<TimeRun> runs;
  for (std::size_t i = 0; i < times.size();) {
    TimeRun run{times[i], 1, 1};
    if (i + 1 < times.size()) {
      run.step_ms = static_cast<std::uint32_t>(times[i + 1] - times[i]);
      while (i + run.count < times.size() &&
             times[i + run.count] == run.start + static_cast<UnixMs>(run.step_ms) * run.count) {
        ++run.count;
      }
    }
    i += run.count;
    runs.push_back(run);
  }
  return runs;
}

std::string encode_times(std::span<const UnixMs> times) {
  std::string bytes;
  codec::put_u8(bytes, kChunkFormat);
  const std::vector<TimeRun> runs = make_runs(times);
  codec::put_varint(bytes, runs.size());
  UnixMs before = static_cast<UnixMs>(window_of(times.front())) * kWindowMs;
  codec::put_varint(bytes, static_cast<std::uint64_t>(before));
  for (const TimeRun& run : runs) {
    codec::put_varint(bytes, static_cast<std::uint64_t>(run.start - before));
    codec::put_varint(bytes, run.step_ms);
    codec::put_varint(bytes, run.count);
    before = run.start;
  }
  return bytes;
}

// One window being built.
struct OpenChunk {
  std::size_t begin = 0;  // of the timeline
  std::size_t end = 0;
  std::vector<std::size_t> sizes;
  std::string data;
};

std::vector<OpenChunk> split_windows(const std::vector<UnixMs>& times) {
  std::vector<OpenChunk> windows;
  for (std::size_t begin = 0; begin < times.size();) {
    const UnixMs limit = (static_cast<UnixMs>(window_of(times[begin])) + 1) * kWindowMs;
    const auto end =
        std::lower_bound(times.begin() + static_cast<std::ptrdiff_t>(begin), times.end(), limit);
    OpenChunk chunk;
    chunk.begin = begin;
    chunk.end = static_cast<std::size_t>(end - times.begin());
    begin = chunk.end;
    windows.push_back(std::move(chunk));
  }
  return windows;
}

}  // namespace

Result<std::vector<BuiltChunk>> build_chunks(std::span<const StoredBatchPtr> batches,
                                             std::size_t columns) {
  const Timeline line = make_timeline(batches);
  std::vector<OpenChunk> windows = split_windows(line.times);
  std::vector<std::size_t> at(batches.size(), 0);  // where each batch's next column begins
  std::vector<double> values(line.values);
  std::vector<double> kept(line.order.size());
  for (std::size_t column = 0; column < columns; ++column) {
    std::size_t filled = 0;
    for (std::size_t b = 0; b < batches.size(); ++b) {
      const codec::Bytes rest = codec::as_bytes(batches[b]->columns).subspan(at[b]);
      const auto taken =
          codec::decode_column(rest, std::span(values).subspan(filled, batches[b]->steps));
      if (!taken)
        return fail(taken.error().within("batch " + std::to_string(batches[b]->sequence)));
      at[b] += *taken;
      filled += batches[b]->steps;
    }
    for (std::size_t i = 0; i < kept.size(); ++i) kept[i] = values[line.order[i]];
    for (const auto& [index, from] : line.fallbacks) {
      if (is_missing(kept[index])) kept[index] = values[from];
    }
    const std::span<const double> ordered =
        line.order.empty() ? std::span<const double>(values) : std::span<const double>(kept);
    for (OpenChunk& window : windows) {
      const std::size_t before = window.data.size();
      codec::encode_column(ordered.subspan(window.begin, window.end - window.begin), window.data);
      window.sizes.push_back(window.data.size() - before);
    }
  }
  std::vector<BuiltChunk> built;
  for (OpenChunk& window : windows) {
    BuiltChunk chunk;
    chunk.window = window_of(line.times[window.begin]);
    chunk.samples = (window.end - window.begin) * columns;
    chunk.bytes =
        encode_times(std::span(line.times).subspan(window.begin, window.end - window.begin));
    codec::put_varint(chunk.bytes, columns);
    for (const std::size_t size : window.sizes) codec::put_varint(chunk.bytes, size);
    chunk.bytes += window.data;
    built.push_back(std::move(chunk));
  }
  return built;
}

Result<ChunkView> ChunkView::open(codec::Bytes bytes) {
  const auto corrupt = [](const char* what) {
    return fail(ErrorCode::kCorruption, std::string("a chunk ") + what);
  };
  codec::Reader reader(bytes);
  const std::uint8_t format = reader.u8();
  if (format != kChunkFormat) return corrupt("is of a format that this version does not know");
  ChunkView view;
  const std::uint64_t runs = reader.varint();
  auto time = static_cast<UnixMs>(reader.varint());
  for (std::uint64_t i = 0; i < runs && reader.ok(); ++i) {
    TimeRun run;
    time += static_cast<UnixMs>(reader.varint());
    run.step_ms = static_cast<std::uint32_t>(reader.varint());
    run.count = static_cast<std::uint32_t>(reader.varint());
    if (run.step_ms == 0 || run.count == 0 || view.times_.size() + run.count > kChunkTimes) {
      return corrupt("has times that cannot be");
    }
    for (std::uint32_t k = 0; k < run.count; ++k)
      view.times_.push_back(time + static_cast<UnixMs>(run.step_ms) * k);
  }
  const std::uint64_t columns = reader.varint();
  if (!reader.ok() || view.times_.empty() || columns > kChunkColumns)
    return corrupt("ends inside its header");
  view.offsets_.push_back(0);
  for (std::uint64_t i = 0; i < columns && reader.ok(); ++i) {
    const std::uint64_t size = reader.varint();
    if (size > bytes.size()) return corrupt("has a column longer than itself");
    view.offsets_.push_back(view.offsets_.back() + size);
  }
  if (!reader.ok() || view.offsets_.back() != reader.left())
    return corrupt("has columns that do not fill it");
  view.data_ = reader.bytes(reader.left());
  return view;
}

Status ChunkView::read(std::size_t column, UnixMs from, UnixMs to,
                       std::vector<Sample>& samples) const {
  if (column >= columns()) return fail(ErrorCode::kCorruption, "a chunk has too few columns");
  std::vector<double> values(times_.size());
  const codec::Bytes bytes =
      data_.subspan(offsets_[column], offsets_[column + 1] - offsets_[column]);
  if (auto decoded = codec::decode_column(bytes, values); !decoded) return fail(decoded.error());
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (times_[i] >= from && times_[i] < to && !is_missing(values[i]))
      samples.push_back({times_[i], values[i]});
  }
  return {};
}

Status read_batch(const StoredBatch& batch, std::size_t column, UnixMs from, UnixMs to,
                  std::vector<Sample>& samples) {
  codec::Bytes rest = codec::as_bytes(batch.columns);
  for (std::size_t i = 0; i < column; ++i) {
    const auto size = codec::measure_column(rest, batch.steps);
    if (!size) return fail(size.error());
    rest = rest.subspan(*size);
  }
  std::vector<double> values(batch.steps);
  if (auto decoded = codec::decode_column(rest, values); !decoded) return fail(decoded.error());
  for (std::uint32_t i = 0; i < batch.steps; ++i) {
    const UnixMs time = batch.start + static_cast<UnixMs>(batch.step_ms) * i;
    if (time >= from && time < to && !is_missing(values[i])) samples.push_back({time, values[i]});
  }
  return {};
}

}  // namespace headroom::store
