#include "aggregator/store/rocks/rocks_store.h"

#include <algorithm>
#include <condition_variable>
#include <cstring>
#include <map>
#include <mutex>
#include <sys/stat.h>
#include <thread>
#include <unordered_map>

#include <rocksdb/utilities/checkpoint.h>

#include "aggregator/store/catalog.h"
#include "aggregator/store/chunk.h"
#include "aggregator/store/cursor.h"
#include "aggregator/store/head.h"
#include "aggregator/store/rocks/database.h"
#include "aggregator/store/rocks/keys.h"
#include "common/base/file.h"
#include "common/log/log.h"

namespace headroom::store::rocks {
namespace {

constexpr std::string_view kFormatKey = "format";
constexpr std::string_view kJournalLowKey = "journal_low";    // entries below it are in chunks
constexpr std::string_view kChunkSerialKey = "chunk_serial";  // the next flush's
constexpr std::string_view kOldestKey = "oldest";
constexpr std::string_view kNewestKey = "newest";
constexpr std::size_t kReadSlice = 128;        // series that are read together
constexpr std::size_t kReadBytes = 64u << 20;  // of samples at one second a step, at once
constexpr auto kFlushRetry = std::chrono::seconds(5);

std::uint64_t tag_of(const StreamKey& stream) {
  std::uint64_t tag = 0;
  std::memcpy(&tag, stream.stream.data(), sizeof(tag));
  return tag;
}

DefinedGroup everything(GroupId id, std::size_t columns) {
  DefinedGroup group{id, {}};
  for (std::uint32_t i = 0; i < columns; ++i) group.kept.push_back(i);
  return group;
}

class RocksStore final : public Store {
 public:
  RocksStore(Options options, std::unique_ptr<Database> database)
      : options_(std::move(options)), database_(std::move(database)) {}
  ~RocksStore() override;

  Status recover();
  void start_flusher();

  Result<DefinedGroup> define_group(std::span<const Series> series) override;
  Status commit(std::span<const Append> appends) override;
  Cursor cursor(const StreamKey& stream) const override;
  std::vector<std::pair<StreamKey, Cursor>> cursors() const override;
  std::vector<SeriesInfo> select(const Selector& selector, UnixMs since) const override;
  Status read(std::span<const SeriesId> ids, UnixMs from, UnixMs to, const Sink& sink,
              const ReadControl& control) const override;
  Status read_windows(std::span<const SeriesId> ids, const WindowQuery& query, const Sink& sink,
                      const ReadControl& control) const override;
  Status decommission(std::string_view host, UnixMs at) override;
  Status backup(const std::string& path) override;
  Result<VerifyReport> verify(const Progress& progress) const override;
  CardinalityReport cardinality() const override;
  Status put(Table table, std::string_view key, std::string_view value) override;
  Status erase(Table table, std::string_view key) override;
  Result<std::optional<std::string>> get(Table table, std::string_view key) const override;
  Result<std::vector<std::pair<std::string, std::string>>> list(
      Table table, std::string_view prefix) const override;
  Status flush() override;
  StoreStats stats() const override;

 private:
  // The wanted columns of one group: which of the answer's series each of them fills.
  struct Wanted {
    std::uint32_t column = 0;
    std::size_t series = 0;
  };
  using WantedByGroup = std::map<GroupId, std::vector<Wanted>>;

  Status check_format();
  Status recover_catalog();
  Status recover_cursors();
  Status recover_journal();
  Result<std::uint64_t> meta_number(std::string_view key) const;
  void put_meta(rocksdb::WriteBatch& batch, std::string_view key, std::uint64_t number) const;
  Status write_chunks(const Head& head, rocksdb::WriteBatch& batch);
  Status read_slice(std::span<const SeriesId> ids, UnixMs from, UnixMs to, const Sink& sink) const;
  Status read_chunks(GroupId group, const std::vector<Wanted>& wanted, UnixMs from, UnixMs to,
                     std::vector<std::vector<Sample>>& samples) const;
  Status read_heads(GroupId group, const std::vector<Wanted>& wanted, UnixMs from, UnixMs to,
                    std::vector<std::vector<Sample>>& samples) const;
  void run_flusher();

  Options options_;
  std::unique_ptr<Database> database_;
  Catalog catalog_;

  std::mutex commit_mutex_;  // one commit at a time; also guards next_journal_
  std::uint64_t next_journal_ = 0;
  std::mutex flush_mutex_;  // one flush at a time; also guards chunk_serial_
  std::uint64_t chunk_serial_ = 0;

  mutable std::mutex mutex_;  // guards all below
  std::shared_ptr<Head> head_ = std::make_shared<Head>();
  std::shared_ptr<const Head> flushing_;  // being written to chunks; still read from here
  std::map<StreamKey, Cursor> cursors_;
  StoreStats stats_;
  FamilyStats chunk_stats_;
  std::map<std::string, UnixMs, std::less<>> gone_;
  std::condition_variable wake_flusher_;
  bool stopping_ = false;
  std::thread flusher_;
};

RocksStore::~RocksStore() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_flusher_.notify_all();
  if (flusher_.joinable()) flusher_.join();
}

Result<std::uint64_t> RocksStore::meta_number(std::string_view key) const {
  const auto value = database_->get(Family::kMeta, key);
  if (!value) return fail(value.error());
  return *value ? parse_number_key(**value) : 0;
}

void RocksStore::put_meta(rocksdb::WriteBatch& batch, std::string_view key,
                          std::uint64_t number) const {
  batch.Put(database_->family(Family::kMeta), slice(key), number_key(number));
}

Status RocksStore::check_format() {
  const auto format = meta_number(kFormatKey);
  if (!format) return fail(format.error());
  if (*format == kStoreFormat) return {};
  if (*format == 0) {
    rocksdb::WriteBatch batch;
    put_meta(batch, kFormatKey, kStoreFormat);
    return database_->write(batch, true);
  }
  return fail(ErrorCode::kUnsupported,
              "store " + options_.path + " has format " + std::to_string(*format) +
                  ", this version reads format " + std::to_string(kStoreFormat) +
                  (*format > kStoreFormat
                       ? "; install the newer version that wrote it, or restore an older backup"
                       : "; upgrade step by step as docs/formats/store.md says"));
}

Status RocksStore::recover_catalog() {
  // Groups sort before series ('g' < 's') but name them, so there are two passes.
  for (const char kind : {'s', 'g'}) {
    auto at = database_->iterate(Family::kSeries);
    for (at->Seek(slice(std::string_view(&kind, 1))); at->Valid() && at->key()[0] == kind;
         at->Next()) {
      codec::Reader reader(codec::as_bytes(view(at->key()).substr(1)));
      const auto number = reader.be<std::uint32_t>();
      const Status restored = kind == 's' ? catalog_.restore_series(number, view(at->value()))
                                          : catalog_.restore_group(number, view(at->value()));
      if (!restored) return restored;
    }
    if (!at->status().ok()) return fail(error_of(at->status(), "read the catalog"));
  }
  return {};
}

Status RocksStore::recover_cursors() {
  auto at = database_->iterate(Family::kCursors);
  for (at->SeekToFirst(); at->Valid(); at->Next()) {
    auto parsed = parse_cursor(view(at->key()), view(at->value()));
    if (!parsed) return fail(parsed.error());
    cursors_.insert(std::move(*parsed));
  }
  return at->status().ok() ? Status() : fail(error_of(at->status(), "read the cursors"));
}

Status RocksStore::recover_journal() {
  const auto low = meta_number(kJournalLowKey);
  if (!low) return fail(low.error());
  next_journal_ = *low;
  std::unordered_map<std::uint64_t, std::uint64_t> last_sequence;  // by stream
  auto at = database_->iterate(Family::kJournal);
  for (at->Seek(number_key(*low)); at->Valid(); at->Next()) {
    auto batch = parse_batch(view(at->value()));
    if (!batch) return fail(batch.error());
    next_journal_ = parse_number_key(view(at->key())) + 1;
    std::uint64_t& last = last_sequence[batch->stream_tag];
    if (batch->sequence <= last) ++stats_.batches_stored_twice;
    last = batch->sequence;
    const std::size_t columns = catalog_.columns(batch->group);
    if (columns == 0)
      return fail(ErrorCode::kCorruption, "the journal names a group that the catalog lacks");
    head_->add(std::make_shared<const StoredBatch>(std::move(*batch)), columns);
  }
  stats_.recovered_batches = head_->batches;
  return at->status().ok() ? Status() : fail(error_of(at->status(), "read the journal"));
}

Status RocksStore::recover() {
  const auto began = std::chrono::steady_clock::now();
  if (auto checked = check_format(); !checked) return checked;
  if (auto done = recover_catalog(); !done) return done;
  if (auto done = recover_cursors(); !done) return done;
  if (auto done = recover_journal(); !done) return done;
  const auto serial = meta_number(kChunkSerialKey);
  const auto oldest = meta_number(kOldestKey);
  const auto newest = meta_number(kNewestKey);
  if (!serial || !oldest || !newest)
    return fail(ErrorCode::kCorruption, "the store's meta data cannot be read");
  chunk_serial_ = *serial;
  stats_.oldest = static_cast<UnixMs>(*oldest);
  stats_.newest = static_cast<UnixMs>(*newest);
  for (const auto& [group, batches] : head_->groups) {
    for (const StoredBatchPtr& batch : batches) {
      stats_.oldest = stats_.oldest == 0 ? batch->start : std::min(stats_.oldest, batch->start);
      stats_.newest = std::max(stats_.newest, batch->end() - batch->step_ms);
    }
  }
  stats_.format = kStoreFormat;
  stats_.recovery_ms =
      static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::milliseconds>(
                                     std::chrono::steady_clock::now() - began)
                                     .count());
  return {};
}

Result<DefinedGroup> RocksStore::define_group(std::span<const Series> series) {
  // Under the commit's lock, so that no batch of the group can be committed before the group is
  // written.
  const std::lock_guard lock(commit_mutex_);
  const Catalog::Additions additions = catalog_.plan(series);
  if (!additions.new_group && additions.series.empty())
    return everything(additions.group, series.size());
  if (catalog_.series_count() + additions.series.size() > options_.series_max) {
    return fail(ErrorCode::kLimitExceeded,
                "the store has " + std::to_string(catalog_.series_count()) + " series; at most " +
                    std::to_string(options_.series_max) + " are kept");
  }
  rocksdb::WriteBatch batch;
  for (const auto& [id, bytes] : additions.series) {
    batch.Put(database_->family(Family::kSeries), catalog_key('s', id), bytes);
  }
  if (additions.new_group) {
    batch.Put(database_->family(Family::kSeries), catalog_key('g', additions.group),
              serialize_members(additions.members));
  }
  if (auto written = database_->write(batch, true); !written) return fail(written.error());
  catalog_.apply(additions, series);
  return everything(additions.group, series.size());
}

Status RocksStore::commit(std::span<const Append> appends) {
  const std::lock_guard commit_lock(commit_mutex_);
  std::map<StreamKey, Cursor> moved;
  std::vector<StoredBatchPtr> stored;
  rocksdb::WriteBatch batch;
  std::uint64_t journal = next_journal_;
  for (const Append& append : appends) {
    const auto known = moved.find(append.stream);
    Cursor& cursor = known != moved.end()
                         ? known->second
                         : moved.emplace(append.stream, this->cursor(append.stream)).first->second;
    if (append.first_sequence != cursor.committed + 1 + append.lost_before) {
      return fail(ErrorCode::kInvalidArgument,
                  "batch " + std::to_string(append.first_sequence) + " of " + append.stream.agent +
                      " does not follow " + std::to_string(cursor.committed));
    }
    cursor.lost_batches += append.lost_before;
    cursor.committed = append.last_sequence;
    if (append.steps == 0) {
      cursor.lost_batches += append.last_sequence - append.first_sequence + 1;
      cursor.lost_samples += append.lost_samples;
      continue;
    }
    auto one = std::make_shared<StoredBatch>(
        StoredBatch{tag_of(append.stream), append.last_sequence, append.group, append.start,
                    append.step_ms, append.steps, append.columns});
    ++cursor.batches;
    cursor.samples += catalog_.columns(append.group) * append.steps;
    batch.Put(database_->family(Family::kJournal), number_key(journal++), serialize(*one));
    stored.push_back(std::move(one));
  }
  for (const auto& [stream, cursor] : moved) {
    batch.Put(database_->family(Family::kCursors), cursor_key(stream), serialize(cursor));
  }
  if (auto written = database_->write(batch, true); !written) {
    const std::lock_guard lock(mutex_);
    ++stats_.commit_failures;
    return written;
  }
  const std::lock_guard lock(mutex_);
  next_journal_ = journal;
  ++stats_.commits;
  for (const StoredBatchPtr& one : stored) {
    head_->add(one, catalog_.columns(one->group));
    stats_.oldest = stats_.oldest == 0 ? one->start : std::min(stats_.oldest, one->start);
    stats_.newest = std::max(stats_.newest, one->end() - one->step_ms);
  }
  for (const auto& [stream, cursor] : moved) cursors_[stream] = cursor;
  if (head_->bytes > options_.head_bytes) wake_flusher_.notify_all();
  return {};
}

Cursor RocksStore::cursor(const StreamKey& stream) const {
  const std::lock_guard lock(mutex_);
  const auto found = cursors_.find(stream);
  return found == cursors_.end() ? Cursor() : found->second;
}

std::vector<std::pair<StreamKey, Cursor>> RocksStore::cursors() const {
  const std::lock_guard lock(mutex_);
  return {cursors_.begin(), cursors_.end()};
}

Status RocksStore::flush() {
  const std::lock_guard flush_lock(flush_mutex_);
  std::shared_ptr<const Head> head;
  std::uint64_t journal_end = 0;
  StoreStats range;
  {
    const std::lock_guard commit_lock(commit_mutex_);
    const std::lock_guard lock(mutex_);
    if (head_->batches == 0 && !flushing_) return {};
    if (flushing_) {
      // The flush before this one failed: its batches go first, then ours.
      auto both = std::make_shared<Head>(*flushing_);
      for (const auto& [group, batches] : head_->groups) {
        for (const StoredBatchPtr& batch : batches) both->add(batch, catalog_.columns(group));
      }
      flushing_ = both;
    } else {
      flushing_ = head_;
    }
    head_ = std::make_shared<Head>();
    head = flushing_;
    journal_end = next_journal_;
    range = stats_;
  }
  rocksdb::WriteBatch batch;
  if (auto built = write_chunks(*head, batch); !built) return built;
  batch.DeleteRange(database_->family(Family::kJournal), number_key(0), number_key(journal_end));
  put_meta(batch, kJournalLowKey, journal_end);
  put_meta(batch, kChunkSerialKey, chunk_serial_ + 1);
  put_meta(batch, kOldestKey, static_cast<std::uint64_t>(range.oldest));
  put_meta(batch, kNewestKey, static_cast<std::uint64_t>(range.newest));
  if (auto written = database_->write(batch, true); !written) return written;
  ++chunk_serial_;
  const std::lock_guard lock(mutex_);
  flushing_.reset();
  return {};
}

Status RocksStore::write_chunks(const Head& head, rocksdb::WriteBatch& batch) {
  std::uint64_t chunks = 0;
  std::uint64_t samples = 0;
  std::uint64_t bytes = 0;
  for (const auto& [group, batches] : head.groups) {
    const auto built = build_chunks(batches, catalog_.columns(group));
    if (!built) return fail(built.error());
    for (const BuiltChunk& chunk : *built) {
      batch.Put(database_->family(Family::kChunks), chunk_key(chunk.window, group, chunk_serial_),
                chunk.bytes);
      ++chunks;
      samples += chunk.samples;
      bytes += chunk.bytes.size();
    }
  }
  const std::lock_guard lock(mutex_);
  chunk_stats_.name = "capacity_metrics";
  chunk_stats_.chunks += chunks;
  chunk_stats_.samples += samples;
  chunk_stats_.bytes += bytes;
  return {};
}

Status RocksStore::read(std::span<const SeriesId> ids, UnixMs from, UnixMs to, const Sink& sink,
                        const ReadControl& control) const {
  // A long range of many series must not be in memory at once.
  bool wanted = true;
  const Sink watched = [&](SeriesId id, std::span<const Sample> samples) {
    return wanted = sink(id, samples);
  };
  const auto seconds = static_cast<std::size_t>(std::max<UnixMs>(to - from, 0) / 1000 + 1);
  const std::size_t size =
      std::clamp<std::size_t>(kReadBytes / (seconds * sizeof(Sample)), 1, kReadSlice);
  for (std::size_t at = 0; at < ids.size() && wanted; at += size) {
    const std::span<const SeriesId> slice = ids.subspan(at, std::min(size, ids.size() - at));
    if (control.cancelled != nullptr && *control.cancelled)
      return fail(ErrorCode::kCancelled, "the read was cancelled");
    if (auto done = read_slice(slice, from, to, watched); !done) return done;
  }
  return {};
}

Status RocksStore::read_slice(std::span<const SeriesId> ids, UnixMs from, UnixMs to,
                              const Sink& sink) const {
  WantedByGroup wanted;
  for (std::size_t i = 0; i < ids.size(); ++i) {
    for (const Place& place : catalog_.places(ids[i]))
      wanted[place.group].push_back({place.column, i});
  }
  std::vector<std::vector<Sample>> samples(ids.size());
  for (const auto& [group, columns] : wanted) {
    // Heads first and chunks second would miss a batch that is flushed in between; this way it may
    // be seen twice, and the merge below keeps one.
    std::vector<std::vector<Sample>> fresh(ids.size());
    if (auto done = read_heads(group, columns, from, to, fresh); !done) return done;
    if (auto done = read_chunks(group, columns, from, to, samples); !done) return done;
    for (const Wanted& one : columns) {
      samples[one.series].insert(samples[one.series].end(), fresh[one.series].begin(),
                                 fresh[one.series].end());
    }
  }
  const auto earlier = [](const Sample& a, const Sample& b) { return a.time < b.time; };
  for (std::size_t i = 0; i < ids.size(); ++i) {
    std::vector<Sample>& all = samples[i];
    const auto not_later = [](const Sample& a, const Sample& b) { return a.time >= b.time; };
    if (std::adjacent_find(all.begin(), all.end(), not_later) != all.end()) {
      std::stable_sort(all.begin(), all.end(), earlier);
      // Of equal times the last one, which was committed last, stays.
      std::size_t kept = 0;
      for (std::size_t k = 0; k < all.size(); ++k) {
        if (k + 1 < all.size() && all[k + 1].time == all[k].time) continue;
        all[kept++] = all[k];
      }
      all.resize(kept);
    }
    if (!sink(ids[i], all)) return {};
  }
  return {};
}

Status RocksStore::read_chunks(GroupId group, const std::vector<Wanted>& wanted, UnixMs from,
                               UnixMs to, std::vector<std::vector<Sample>>& samples) const {
  if (to <= from || to <= 0) return {};
  const std::uint32_t last_window = window_of(to - 1);
  std::uint32_t window = from > 0 ? window_of(from) : 0;
  auto at = database_->iterate(Family::kChunks);
  at->Seek(chunk_key(window, group, 0));
  while (at->Valid()) {
    const ChunkKey key = parse_chunk_key(view(at->key()));
    if (key.window > last_window) break;
    if (key.group != group) {
      // On to this group's place in this window, or in the next one.
      window = key.group < group ? key.window : key.window + 1;
      at->Seek(chunk_key(window, group, 0));
      continue;
    }
    const auto chunk = ChunkView::open(codec::as_bytes(view(at->value())));
    const std::string where =
        "chunk of group " + std::to_string(group) + " in window " + std::to_string(key.window);
    if (!chunk) return fail(chunk.error().within(where));
    for (const Wanted& one : wanted) {
      if (auto read = chunk->read(one.column, from, to, samples[one.series]); !read)
        return fail(read.error().within(where));
    }
    at->Next();
  }
  return at->status().ok() ? Status() : fail(error_of(at->status(), "read chunks"));
}

Status RocksStore::read_heads(GroupId group, const std::vector<Wanted>& wanted, UnixMs from,
                              UnixMs to, std::vector<std::vector<Sample>>& samples) const {
  std::vector<StoredBatchPtr> batches;
  {
    const std::lock_guard lock(mutex_);
    for (const Head* head : {flushing_.get(), static_cast<const Head*>(head_.get())}) {
      if (head == nullptr) continue;
      const auto found = head->groups.find(group);
      if (found == head->groups.end()) continue;
      for (const StoredBatchPtr& batch : found->second) {
        if (batch->start < to && batch->end() > from) batches.push_back(batch);
      }
    }
  }
  for (const StoredBatchPtr& batch : batches) {
    for (const Wanted& one : wanted) {
      if (auto read = read_batch(*batch, one.column, from, to, samples[one.series]); !read)
        return read;
    }
  }
  return {};
}

Status RocksStore::put(Table table, std::string_view key, std::string_view value) {
  rocksdb::WriteBatch batch;
  batch.Put(database_->family(table == Table::kState ? Family::kState : Family::kScalingEvents),
            slice(key), slice(value));
  return database_->write(batch, true);
}

Status RocksStore::erase(Table table, std::string_view key) {
  rocksdb::WriteBatch batch;
  batch.Delete(database_->family(table == Table::kState ? Family::kState : Family::kScalingEvents),
               slice(key));
  return database_->write(batch, true);
}

Result<std::optional<std::string>> RocksStore::get(Table table, std::string_view key) const {
  return database_->get(table == Table::kState ? Family::kState : Family::kScalingEvents, key);
}

Result<std::vector<std::pair<std::string, std::string>>> RocksStore::list(
    Table table, std::string_view prefix) const {
  std::vector<std::pair<std::string, std::string>> rows;
  auto at = database_->iterate(table == Table::kState ? Family::kState : Family::kScalingEvents);
  for (at->Seek(slice(prefix)); at->Valid() && at->key().starts_with(slice(prefix)); at->Next()) {
    rows.emplace_back(at->key().ToString(), at->value().ToString());
  }
  if (!at->status().ok()) return fail(error_of(at->status(), "list from the store"));
  return rows;
}

StoreStats RocksStore::stats() const {
  StoreStats stats;
  {
    const std::lock_guard lock(mutex_);
    stats = stats_;
    stats.streams = cursors_.size();
    for (const Head* head : {flushing_.get(), static_cast<const Head*>(head_.get())}) {
      if (head == nullptr) continue;
      stats.head_batches += head->batches;
      stats.head_samples += head->samples;
      stats.head_bytes += head->bytes;
    }
  }
  stats.series = catalog_.series_count();
  stats.groups = catalog_.group_count();
  stats.disk_bytes = database_->disk_bytes();
  stats.families.push_back(chunk_stats_);
  FamilyStats journal;
  journal.name = "journal";
  journal.bytes = stats.head_bytes;
  stats.families.push_back(journal);
  return stats;
}

std::vector<SeriesInfo> RocksStore::select(const Selector& selector, UnixMs since) const {
  auto selected = catalog_.select(selector);
  const std::lock_guard lock(mutex_);
  std::erase_if(selected, [&](const SeriesInfo& one) {
    const auto gone = gone_.find(attribute(one.series->attributes, "host.name"));
    return gone != gone_.end() && since > gone->second;
  });
  return selected;
}

Status RocksStore::read_windows(std::span<const SeriesId> ids, const WindowQuery& query,
                                const Sink& sink, const ReadControl& control) const {
  const UnixMs from = query.from - std::min<std::int64_t>(query.step_ms, 300'000);
  return read(
      ids, from, query.to,
      [&](SeriesId id, std::span<const Sample> samples) {
        const Kind kind = catalog_.select({})[id].series->kind;
        return sink(id, aggregate(samples, query.from, query.step_ms,
                                  query.how.value_or(usual_aggregate(kind)), query.quantile));
      },
      control);
}

Status RocksStore::decommission(std::string_view host, UnixMs at) {
  Selector selector;
  selector.matchers.push_back(Selector::equal("host.name", host));
  if (catalog_.select(selector).empty())
    return fail(ErrorCode::kNotFound, "there is no series of host '" + std::string(host) + "'");
  const std::lock_guard lock(mutex_);
  gone_[std::string(host)] = at;
  return {};
}

Status RocksStore::backup(const std::string& path) {
  rocksdb::Checkpoint* made = nullptr;
  if (auto status = rocksdb::Checkpoint::Create(&database_->db(), &made); !status.ok())
    return fail(error_of(status, "backup"));
  const std::unique_ptr<rocksdb::Checkpoint> checkpoint(made);
  struct stat there{};
  if (::stat(path.c_str(), &there) == 0)
    return fail(ErrorCode::kAlreadyExists, path + " exists already");
  if (auto status = checkpoint->CreateCheckpoint(path); !status.ok())
    return fail(error_of(status, "backup to " + path));
  return {};
}

Result<VerifyReport> RocksStore::verify(const Progress& progress) const {
  VerifyReport report;
  auto at = database_->iterate(Family::kChunks);
  for (at->SeekToFirst(); at->Valid(); at->Next()) {
    const ChunkKey key = parse_chunk_key(view(at->key()));
    const auto chunk = ChunkView::open(codec::as_bytes(view(at->value())));
    ++report.chunks;
    report.bytes += at->value().size();
    std::vector<Sample> samples;
    Status read;
    for (std::size_t column = 0; chunk && read && column < chunk->columns(); ++column)
      read = chunk->read(column, 0, INT64_MAX, samples);
    report.samples += samples.size();
    if (!chunk || !read) {
      ++report.problem_count;
      report.problems.push_back({"capacity_metrics, window " + std::to_string(key.window) +
                                     ", group " + std::to_string(key.group),
                                 chunk ? read.error().message : chunk.error().message});
    }
    if (progress && !progress(0.5)) return fail(ErrorCode::kCancelled, "cancelled");
  }
  if (!at->status().ok()) {
    ++report.problem_count;
    report.problems.push_back({"capacity_metrics", at->status().ToString()});
  }
  report.journal_batches = stats().head_batches;
  if (progress) progress(1);
  return report;
}

CardinalityReport RocksStore::cardinality() const {
  CardinalityReport report;
  report.series = catalog_.series_count();
  report.series_max = options_.series_max;
  const std::lock_guard lock(mutex_);
  report.decommissioned.assign(gone_.begin(), gone_.end());
  return report;
}

void RocksStore::start_flusher() {
  if (options_.background_flush) flusher_ = std::thread([this] { run_flusher(); });
}

void RocksStore::run_flusher() {
  auto due = std::chrono::steady_clock::now() + options_.flush_interval;
  for (;;) {
    {
      std::unique_lock lock(mutex_);
      wake_flusher_.wait_until(lock, due,
                               [&] { return stopping_ || head_->bytes > options_.head_bytes; });
      if (stopping_) return;
    }
    const Status flushed = flush();
    due = std::chrono::steady_clock::now() + options_.flush_interval;
    if (flushed) continue;
    log::error("the head could not be written to chunks, trying again: {}",
               flushed.error().message);
    std::unique_lock lock(mutex_);
    if (wake_flusher_.wait_for(lock, kFlushRetry, [&] { return stopping_; })) return;
    due = std::chrono::steady_clock::now();
  }
}

}  // namespace

Result<std::unique_ptr<Store>> open(Options options) {
  if (auto made = make_directories(options.path); !made)
    return fail(made.error().within("store.path"));
  auto database = Database::open(options);
  if (!database) return fail(database.error());
  auto store = std::make_unique<RocksStore>(std::move(options), std::move(*database));
  if (auto recovered = store->recover(); !recovered) return fail(recovered.error());
  store->start_flusher();
  return std::unique_ptr<Store>(std::move(store));
}

}  // namespace headroom::store::rocks
