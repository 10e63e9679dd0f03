#include <algorithm>

#include "aggregator/store/rocks/engine.h"
#include "aggregator/store/rocks/keys.h"
#include "aggregator/store/rocks/run_writer.h"
#include "aggregator/store/sketch.h"
#include "common/base/file.h"
#include "common/log/log.h"

namespace headroom::store::rocks {

Engine::Engine(Options options, std::unique_ptr<Database> database)
    : options_(std::move(options)),
      clock_(options_.clock != nullptr ? options_.clock : &system_clock_),
      database_(std::move(database)),
      catalog_(options_.limits),
      disk_(options_.path, options_.reserve_bytes,
            options_.disk_space ? options_.disk_space
                                : DiskWatch::Look([this] { return disk_space(options_.path); })),
      upkeep_(
          *database_, [this](GroupId group) { return shape_of(group); },
          [this] { return next_run_++; }, [this](const Run& run) { uncounted_.push_back(run); }) {}

Engine::~Engine() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  if (thread_.joinable()) thread_.join();
}

Result<std::uint64_t> Engine::meta_number(std::string_view key) const {
  const auto value = database_->get(Family::kMeta, key);
  if (!value) return fail(value.error());
  return *value ? parse_number_key(**value) : 0;
}

void Engine::put_meta(rocksdb::WriteBatch& batch, std::string_view key,
                      std::uint64_t number) const {
  batch.Put(database_->family(Family::kMeta), slice(key), number_key(number));
}

Status Engine::check_format() {
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
                       : "; format 1 was never released: move the folder away to start afresh"));
}

Status Engine::recover_small(
    Family family, const std::function<Status(std::string_view, std::string_view)>& take) {
  auto at = database_->iterate(family);
  for (at->SeekToFirst(); at->Valid(); at->Next()) {
    if (auto taken = take(view(at->key()), view(at->value())); !taken) return taken;
  }
  return database_->ended(
      *at, std::string("read the family ") + kFamilyNames[static_cast<std::size_t>(family)]);
}

Status Engine::recover_catalog() {
  // In the order in which they build on one another: numbers, series, groups, ends of hosts.
  if (const auto numbers = database_->get(Family::kSeries, kNumbersKey); !numbers) {
    return fail(numbers.error());
  } else if (*numbers) {
    if (auto restored = catalog_.restore_numbers(**numbers); !restored) return restored;
  }
  for (const char kind : {'s', 'g', 't'}) {
    auto at = database_->iterate(Family::kSeries);
    for (at->Seek(slice(std::string_view(&kind, 1))); at->Valid() && at->key()[0] == kind;
         at->Next()) {
      const std::string_view rest = view(at->key()).substr(1);
      const std::string_view value = view(at->value());
      const auto number = codec::Reader(codec::as_bytes(rest)).be<std::uint32_t>();
      const Status restored = kind == 's'   ? catalog_.restore_series(number, value)
                              : kind == 'g' ? catalog_.restore_group(number, value)
                                            : catalog_.restore_tombstone(rest, value);
      if (!restored) return restored;
    }
    if (auto ended = database_->ended(*at, "read the catalog"); !ended) return ended;
  }
  return catalog_.finish_restore();
}

// Runs that were written but never came to count: the process ended in between.
Status Engine::drop_orphans() {
  remove_unfinished_runs(*database_);
  for (const Tier tier : kTiers) {
    rocksdb::ColumnFamilyMetaData meta;
    database_->db().GetColumnFamilyMetaData(database_->family(family_of(tier)), &meta);
    for (const auto& level : meta.levels) {
      for (const auto& file : level.files) {
        const ChunkKey first = parse_chunk_key(file.smallestkey);
        const WindowState* state = windows_.find(tier, first.window);
        const bool known = state != nullptr &&
                           std::any_of(state->runs.begin(), state->runs.end(),
                                       [&](const RunPtr& run) { return run->number == first.run; });
        if (known) continue;
        if (auto dropped =
                database_->drop_files(family_of(tier), chunk_key({first.window, first.run, 0}),
                                      chunk_key({first.window, first.run + 1, 0}));
            !dropped)
          return dropped;
      }
    }
  }
  return {};
}

Status Engine::recover_journal() {
  const auto low = meta_number(kJournalLowKey);
  if (!low) return fail(low.error());
  next_journal_ = *low;
  auto at = database_->iterate(Family::kJournal, false);
  for (at->Seek(number_key(*low)); at->Valid(); at->Next()) {
    next_journal_ = parse_number_key(view(at->key())) + 1;
    const auto entry = std::make_shared<const std::string>(at->value().ToString());
    head_->hold(entry);
    const Status parsed =
        parse_entry(codec::as_bytes(*entry), [&](const JournalRecord& record) -> Status {
          const StreamKey* key = streams_.key_of(record.stream);
          if (key == nullptr)
            return fail(ErrorCode::kCorruption, "the journal names a stream that has no cursor");
          const std::size_t columns = record.steps == 0 ? 0 : catalog_.columns(record.group);
          if (record.steps > 0 && columns == 0)
            return fail(ErrorCode::kCorruption, "the journal names a group that the catalog lacks");
          Streams::Entry moved = *streams_.find(*key);
          // A stream's first entry is written with its cursor in front of it.
          if (record.sequence <= moved.cursor.committed) ++stats_.batches_stored_twice;
          moved.cursor.committed = record.sequence;
          moved.cursor.lost_batches += record.lost_batches;
          moved.cursor.lost_samples += record.lost_samples;
          if (record.steps > 0) {
            ++moved.cursor.batches;
            moved.cursor.samples += columns * record.steps;
            head_->add(record, columns);
            note_time(record.start,
                      record.start + static_cast<UnixMs>(record.step_ms) * (record.steps - 1));
          }
          moved_.insert(*key);
          streams_.set(StreamKey(*key), moved);
          return {};
        });
    if (!parsed) return parsed;
  }
  stats_.recovered_batches = head_->batches();
  return database_->ended(*at, "read the journal");
}

Status Engine::recover() {
  const auto began = Steady::now();
  if (auto checked = check_format(); !checked) return checked;
  if (auto done = recover_catalog(); !done) return done;
  if (auto done = recover_small(Family::kCursors,
                                [&](std::string_view key, std::string_view value) {
                                  return streams_.restore(key, value);
                                });
      !done)
    return done;
  if (auto done = recover_small(Family::kWindows,
                                [&](std::string_view key, std::string_view value) {
                                  return windows_.restore(key, value);
                                });
      !done)
    return done;
  for (const Tier tier : kTiers) {
    const auto dropped = meta_number(kDroppedKeys[static_cast<std::size_t>(tier)]);
    if (!dropped) return fail(dropped.error());
    dropped_[static_cast<std::size_t>(tier)] = static_cast<UnixMs>(*dropped);
  }
  const auto next_run = meta_number(kNextRunKey);
  const auto oldest = meta_number(kOldestKey);
  const auto newest = meta_number(kNewestKey);
  if (!next_run || !oldest || !newest)
    return fail(ErrorCode::kCorruption, "the store's meta data cannot be read");
  next_run_ = static_cast<std::uint32_t>(std::max<std::uint64_t>(*next_run, 1));
  stats_.oldest = static_cast<UnixMs>(*oldest);
  stats_.newest = static_cast<UnixMs>(*newest);
  if (database_->damage().empty()) {
    if (auto done = drop_orphans(); !done) return done;
  }
  if (auto done = recover_journal(); !done) {
    // What it holds cannot be told from what it should hold; the rest can still be read.
    if (done.error().code != ErrorCode::kCorruption) return done;
    database_->set_damage(done.error().message);
  }
  stats_.format = kStoreFormat;
  stats_.recovery_ms = static_cast<std::uint64_t>(
      std::chrono::duration_cast<std::chrono::milliseconds>(Steady::now() - began).count());
  return {};
}

GroupShape Engine::shape_of(GroupId group) const {
  {
    const std::lock_guard lock(mutex_);
    if (const auto known = shapes_.find(group); known != shapes_.end()) return known->second;
  }
  GroupShape shape;
  for (const Series& series : catalog_.group_series(group)) {
    shape.push_back(series.kind == Kind::kCounter ? kCounterColumn
                    : wants_sketch(series)        ? kSketchedColumn
                                                  : kGaugeColumn);
  }
  const std::lock_guard lock(mutex_);
  shapes_[group] = shape;
  return shape;
}

Result<std::unique_ptr<Store>> open(Options options) {
  if (auto made = make_directories(options.path); !made)
    return fail(made.error().within("store.path"));
  auto database = Database::open(options);
  if (!database) return fail(database.error());
  auto store = std::make_unique<Engine>(std::move(options), std::move(*database));
  if (auto recovered = store->recover(); !recovered) return fail(recovered.error());
  store->start_upkeep();
  return std::unique_ptr<Store>(std::move(store));
}

}  // namespace headroom::store::rocks
