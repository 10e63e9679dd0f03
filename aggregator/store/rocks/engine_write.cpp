#include <algorithm>

#include "aggregator/store/rocks/engine.h"
#include "aggregator/store/rocks/keys.h"
#include "common/log/log.h"

namespace headroom::store::rocks {
namespace {

// How far the head may grow beyond the size at which it is flushed, while that does not succeed or
// is slower than what comes in.
constexpr std::size_t kHeadOverflow = 4;
constexpr std::uint64_t kSettleWalBytes = 8u << 20;

Family family_of(Table table) {
  return table == Table::kState ? Family::kState : Family::kScalingEvents;
}

}  // namespace

Result<DefinedGroup> Engine::define_group(std::span<const Series> series) {
  // Under the commit's lock, so that no batch of the group can be committed before the group is
  // written.
  const std::lock_guard lock(commit_mutex_);
  const auto plan = catalog_.plan(series);
  if (!plan) return fail(plan.error());
  if (plan->nothing_to_write()) return plan->group;
  rocksdb::WriteBatch batch;
  rocksdb::ColumnFamilyHandle* family = database_->family(Family::kSeries);
  for (const auto& one : plan->series) batch.Put(family, catalog_key('s', one.id), one.bytes);
  if (plan->new_group)
    batch.Put(family, catalog_key('g', plan->group.id), serialize_members(plan->members));
  for (const std::string& host : plan->back_again) batch.Delete(family, "t" + host);
  if (auto written = database_->write(batch, true); !written) return fail(written.error());
  catalog_.apply(*plan, series);
  return plan->group;
}

// A group commit being put together.
struct Engine::Commit {
  rocksdb::WriteBatch batch;
  std::string entry;
  std::map<StreamKey, Streams::Entry> moved;
  std::uint32_t next_stream = 0;
  UnixMs now = 0;
  std::uint64_t column_bytes = 0;
};

Status Engine::add_to_commit(Commit& commit, const Append& append) const {
  auto known = commit.moved.find(append.stream);
  if (known == commit.moved.end()) {
    const std::lock_guard lock(mutex_);
    const Streams::Entry* entry = streams_.find(append.stream);
    Streams::Entry first;
    if (entry == nullptr) first.number = commit.next_stream++;
    known = commit.moved.emplace(append.stream, entry != nullptr ? *entry : first).first;
    // What the journal calls it by must be known before the journal is read.
    if (entry == nullptr) {
      commit.batch.Put(database_->family(Family::kCursors), cursor_key(append.stream),
                       serialize(known->second));
    }
  }
  Streams::Entry& stream = known->second;
  if (append.first_sequence != stream.cursor.committed + 1 + append.lost_before) {
    return fail(ErrorCode::kInvalidArgument,
                "batch " + std::to_string(append.first_sequence) + " of " + append.stream.agent +
                    " does not follow " + std::to_string(stream.cursor.committed));
  }
  JournalRecord record;
  record.stream = stream.number;
  record.sequence = append.last_sequence;
  record.lost_batches = append.lost_before;
  if (append.steps == 0) {
    record.lost_batches += append.last_sequence - append.first_sequence + 1;
    record.lost_samples = append.lost_samples;
  } else {
    record.group = append.group;
    record.start = append.start;
    record.step_ms = append.step_ms;
    record.steps = append.steps;
    record.columns = codec::as_bytes(append.columns);
    ++stream.cursor.batches;
    stream.cursor.samples += append.samples;
    commit.column_bytes += append.columns.size();
  }
  stream.cursor.committed = append.last_sequence;
  stream.cursor.lost_batches += record.lost_batches;
  stream.cursor.lost_samples += record.lost_samples;
  stream.moved = commit.now;
  append_record(record, commit.entry);
  return {};
}

Status Engine::commit(std::span<const Append> appends) {
  const std::lock_guard commit_lock(commit_mutex_);
  Commit commit;
  commit.now = now();
  std::string refusal;
  {
    const std::lock_guard lock(mutex_);
    commit.next_stream = streams_.next_number();
    const std::uint64_t held = head_->bytes() + (flushing_ ? flushing_->bytes() : 0);
    if (held > kHeadOverflow * options_.head_bytes) {
      refusal = "the head is full: " + std::to_string(held >> 20) +
                " MiB wait to be written to chunks" +
                (upkeep_failure_.empty() ? std::string() : " (" + upkeep_failure_ + ")");
    }
  }
  std::size_t size = 0;
  for (const Append& append : appends) size += append.columns.size() + 64;
  if (refusal.empty()) refusal = disk_.full(size);
  if (!refusal.empty()) {
    const std::lock_guard lock(mutex_);
    ++stats_.commit_failures;
    return fail(ErrorCode::kUnavailable, std::move(refusal));
  }
  commit.entry.reserve(size);
  for (const Append& append : appends) {
    if (auto added = add_to_commit(commit, append); !added) return added;
  }
  commit.batch.Put(database_->family(Family::kJournal), number_key(next_journal_),
                   slice(commit.entry));
  if (auto written = database_->write(commit.batch, true); !written) {
    const std::lock_guard lock(mutex_);
    ++stats_.commit_failures;
    return written;
  }
  ++next_journal_;
  take_in(std::move(commit));
  return {};
}

// What is on disk now is in memory, too.
void Engine::take_in(Commit&& commit) {
  const auto entry = std::make_shared<const std::string>(std::move(commit.entry));
  const auto came = Steady::now();
  const std::lock_guard lock(mutex_);
  if (head_->empty()) head_since_ = came;
  head_->hold(entry);
  const Status parsed =
      parse_entry(codec::as_bytes(*entry), [&](const JournalRecord& record) -> Status {
        if (record.steps == 0) return {};
        head_->add(record, catalog_.columns(record.group));
        const UnixMs last = record.start + static_cast<UnixMs>(record.step_ms) * (record.steps - 1);
        note_time(record.start, last);
        for (std::uint32_t window = window_of(Tier::kRaw, record.start);
             window <= window_of(Tier::kRaw, last); ++window)
          touched_[window] = came;
        return {};
      });
  HEADROOM_ASSERT(parsed.has_value());
  for (const auto& [stream, moved] : commit.moved) {
    streams_.set(stream, moved);
    moved_.insert(stream);
  }
  ++stats_.commits;
  stats_.committed_bytes += commit.column_bytes;
  if (head_->bytes() > options_.head_bytes) wake_.notify_all();
}

void Engine::note_time(UnixMs first, UnixMs last) {
  stats_.oldest = stats_.oldest == 0 ? first : std::min(stats_.oldest, first);
  stats_.newest = std::max(stats_.newest, last);
}

Cursor Engine::cursor(const StreamKey& stream) const {
  const std::lock_guard lock(mutex_);
  const Streams::Entry* entry = streams_.find(stream);
  return entry == nullptr ? Cursor() : entry->cursor;
}

std::vector<std::pair<StreamKey, Cursor>> Engine::cursors() const {
  const std::lock_guard lock(mutex_);
  std::vector<std::pair<StreamKey, Cursor>> all;
  for (const auto& [key, entry] : streams_.all()) all.emplace_back(key, entry.cursor);
  return all;
}

Status Engine::publish(const std::vector<WindowChange>& changes, rocksdb::WriteBatch& batch,
                       const std::function<void()>& also) {
  rocksdb::ColumnFamilyHandle* family = database_->family(Family::kWindows);
  {
    const std::lock_guard lock(mutex_);
    for (const WindowChange& change : changes) {
      const auto after = windows_.after(change);
      if (after) {
        batch.Put(family, window_key(change.tier, change.window), serialize(*after));
      } else {
        batch.Delete(family, window_key(change.tier, change.window));
      }
    }
    put_meta(batch, kOldestKey, static_cast<std::uint64_t>(stats_.oldest));
    put_meta(batch, kNewestKey, static_cast<std::uint64_t>(stats_.newest));
  }
  put_meta(batch, kNextRunKey, next_run_);
  if (auto written = database_->write(batch, true); !written) return written;
  uncounted_.clear();
  const std::lock_guard lock(mutex_);
  for (const WindowChange& change : changes) {
    for (RunPtr& run : windows_.apply(change)) unused_runs_.push_back(std::move(run));
  }
  if (also) also();
  return {};
}

Status Engine::flush_head() {
  std::shared_ptr<const Head> head;
  rocksdb::WriteBatch batch;
  std::set<StreamKey> moved;
  WindowIndex index;
  std::uint64_t end = 0;
  {
    const std::lock_guard commit_lock(commit_mutex_);
    const std::lock_guard lock(mutex_);
    if (head_->bytes() == 0 && !flushing_) return {};
    if (flushing_) {
      // The flush before this one failed: its batches go first, then ours.
      auto both = std::make_shared<Head>();
      both->append(*flushing_);
      both->append(*head_);
      flushing_ = both;
    } else {
      flushing_ = head_;
    }
    head_ = std::make_shared<Head>();
    head = flushing_;
    end = next_journal_;
    index = windows_;
    moved.swap(moved_);
    for (const StreamKey& key : moved) {
      batch.Put(database_->family(Family::kCursors), cursor_key(key),
                serialize(*streams_.find(key)));
    }
  }
  const auto since = kept_since();
  auto flushed = upkeep_.flush(*head, index, since);
  Status done;
  if (flushed) {
    batch.DeleteRange(database_->family(Family::kJournal), number_key(0), number_key(end));
    put_meta(batch, kJournalLowKey, end);
    // In the same moment the batches are in the windows and no longer in the head.
    done = publish(flushed->changes, batch, [&] {
      flushing_.reset();
      stats_.samples_expired += flushed->samples_expired;
    });
  } else {
    done = fail(flushed.error());
  }
  if (!done) {
    const std::lock_guard lock(mutex_);
    moved_.insert(moved.begin(), moved.end());
    return done;
  }
  if (auto folded = fold_streams(); !folded) return folded;
  if (database_->wal_bytes() > kSettleWalBytes) return database_->settle(true);
  return {};
}

Status Engine::fold_streams() {
  // No commit comes in between, so what is made of the streams here is what they are then.
  const std::lock_guard commit_lock(commit_mutex_);
  rocksdb::WriteBatch batch;
  Streams next;
  {
    const std::lock_guard lock(mutex_);
    next = streams_;
    // The journal still speaks of those that moved.
    const Streams::Folded folded = next.fold_old(moved_);
    if (folded.gone.empty()) return {};
    for (const StreamKey& key : folded.gone)
      batch.Delete(database_->family(Family::kCursors), cursor_key(key));
    for (const StreamKey& key : folded.changed)
      batch.Put(database_->family(Family::kCursors), cursor_key(key), serialize(*next.find(key)));
  }
  if (auto written = database_->write(batch, true); !written) return written;
  const std::lock_guard lock(mutex_);
  streams_ = std::move(next);
  return {};
}

Status Engine::put(Table table, std::string_view key, std::string_view value) {
  rocksdb::WriteBatch batch;
  batch.Put(database_->family(family_of(table)), slice(key), slice(value));
  return database_->write(batch, true);
}

Status Engine::erase(Table table, std::string_view key) {
  rocksdb::WriteBatch batch;
  batch.Delete(database_->family(family_of(table)), slice(key));
  return database_->write(batch, true);
}

Result<std::optional<std::string>> Engine::get(Table table, std::string_view key) const {
  return database_->get(family_of(table), key);
}

Result<std::vector<std::pair<std::string, std::string>>> Engine::list(
    Table table, std::string_view prefix) const {
  std::vector<std::pair<std::string, std::string>> rows;
  auto at = database_->iterate(family_of(table));
  for (at->Seek(slice(prefix)); at->Valid() && at->key().starts_with(slice(prefix)); at->Next()) {
    rows.emplace_back(at->key().ToString(), at->value().ToString());
  }
  if (auto ended = database_->ended(*at, "list from the store"); !ended) return fail(ended.error());
  return rows;
}

Status Engine::decommission(std::string_view host, UnixMs at) {
  const std::lock_guard lock(commit_mutex_);
  if (!catalog_.has_host(host))
    return fail(ErrorCode::kNotFound, "there is no host '" + std::string(host) + "' in the store");
  rocksdb::WriteBatch batch;
  batch.Put(database_->family(Family::kSeries), "t" + std::string(host),
            number_key(static_cast<std::uint64_t>(at)));
  if (auto written = database_->write(batch, true); !written) return written;
  catalog_.decommission(host, at);
  return {};
}

}  // namespace headroom::store::rocks
