#include "aggregator/store/rocks/database.h"

#include <cstdarg>
#include <cstdio>

#include <rocksdb/cache.h>
#include <rocksdb/convenience.h>
#include <rocksdb/env.h>
#include <rocksdb/filter_policy.h>
#include <rocksdb/statistics.h>
#include <rocksdb/table.h>
#include <rocksdb/utilities/checkpoint.h>

#include "common/log/log.h"

namespace headroom::store::rocks {
namespace {

// 7.8 refuses the 6 that newer versions write by default; with 5 a store moves between both suites.
constexpr int kTableFormat = 5;
constexpr std::uint64_t kWalBytesMax = 64u << 20;
constexpr std::size_t kWriteBufferBytes = 2u << 20;
constexpr std::size_t kJournalBufferBytes = 8u << 20;
constexpr std::size_t kChunkBlockBytes =
    4u << 10;  // a raw chunk is mostly larger, and a block of its own
constexpr double kFilterBitsPerKey = 10;
constexpr int kOpenFiles = 512;
constexpr std::size_t kLogLine = 1024;

bool is_chunks(std::string_view name) { return name.starts_with("capacity_metrics"); }

rocksdb::ColumnFamilyOptions family_options(std::size_t index,
                                            const std::shared_ptr<rocksdb::Cache>& cache) {
  rocksdb::BlockBasedTableOptions table;
  table.format_version = kTableFormat;
  table.block_cache = cache;
  table.cache_index_and_filter_blocks = true;  // so that they count against the cache's size
  rocksdb::ColumnFamilyOptions options;
  options.write_buffer_size = kWriteBufferBytes;
  options.compression = rocksdb::kLZ4Compression;
  const auto name = std::string_view(index == 0 ? "default" : kFamilyNames[index - 1]);
  if (name == "journal") {
    options.compression = rocksdb::kNoCompression;  // columns are packed already
    options.write_buffer_size = kJournalBufferBytes;
    // What is in its files is soon deleted; rewriting it before that would be for nothing.
    options.level0_file_num_compaction_trigger = 64;
    options.level0_slowdown_writes_trigger = 128;
    options.level0_stop_writes_trigger = 256;
  }
  if (is_chunks(name)) {
    options.compression = rocksdb::kNoCompression;
    // Files come in finished and go as a whole, and none overlaps another.
    options.disable_auto_compactions = true;
    table.block_size = kChunkBlockBytes;
    table.filter_policy.reset(rocksdb::NewBloomFilterPolicy(kFilterBitsPerKey));
  }
  options.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
  return options;
}

// RocksDB's own log goes to ours. A log file of its own would be in the store's folder, and on a
// full disk RocksDB 7.8 with assertions, as Debian builds it, ends the process when writing that
// file fails twice.
class LogToOurs final : public rocksdb::Logger {
 public:
  LogToOurs() : rocksdb::Logger(rocksdb::InfoLogLevel::WARN_LEVEL) {}
  using rocksdb::Logger::Logv;
  void Logv(const char* format, va_list arguments) override {
    std::array<char, kLogLine> line{};
    std::vsnprintf(line.data(), line.size(), format, arguments);
    log::debug("rocksdb: {}", line.data());
  }
};

Error open_error(const rocksdb::Status& status, const Options& options) {
  const std::string text = status.ToString();
  if (text.find("lock") != std::string::npos && status.IsIOError()) {
    return {ErrorCode::kAlreadyExists,
            "store " + options.path +
                " is in use by another process; stop it, or give this one a store.path of its own"};
  }
  Error error = error_of(status, "open store " + options.path);
  if (status.IsCorruption())
    error.message +=
        "; restore it from a backup (headroom restore), or move the folder away to start afresh";
  return error;
}

}  // namespace

Error error_of(const rocksdb::Status& status, const std::string& what) {
  ErrorCode code = ErrorCode::kInternal;
  if (status.IsNotFound()) code = ErrorCode::kNotFound;
  if (status.IsCorruption()) code = ErrorCode::kCorruption;
  if (status.IsInvalidArgument()) code = ErrorCode::kInvalidArgument;
  if (status.IsIOError() || status.IsBusy() || status.IsTimedOut() || status.IsNoSpace())
    code = ErrorCode::kUnavailable;
  return {code, what + ": " + status.ToString()};
}

Result<std::unique_ptr<Database>> Database::open(const Options& options) {
  const auto cache = rocksdb::NewLRUCache(options.cache_bytes);
  rocksdb::DBOptions db_options;
  if (options.env != nullptr) db_options.env = options.env;
  db_options.create_if_missing = true;
  db_options.create_missing_column_families = true;
  db_options.max_total_wal_size = kWalBytesMax;
  db_options.max_open_files = kOpenFiles;
  db_options.keep_log_file_num = 1;
  // Room that is reserved ahead would hide a full disk until long after it is full.
  db_options.allow_fallocate = false;
  db_options.info_log = std::make_shared<LogToOurs>();
  db_options.statistics = rocksdb::CreateDBStatistics();
  db_options.statistics->set_stats_level(rocksdb::StatsLevel::kExceptHistogramOrTimers);
  // A torn record at the end of the log is what a crash leaves; anything else is corruption and
  // must be said.
  db_options.wal_recovery_mode = rocksdb::WALRecoveryMode::kTolerateCorruptedTailRecords;
  std::vector<rocksdb::ColumnFamilyDescriptor> descriptors;
  descriptors.emplace_back(rocksdb::kDefaultColumnFamilyName, family_options(0, cache));
  for (std::size_t i = 0; i < kFamilyNames.size(); ++i) {
    descriptors.emplace_back(kFamilyNames[i], family_options(i + 1, cache));
  }
  std::unique_ptr<Database> database(new Database());
  database->path_ = options.path;
  database->statistics_ = db_options.statistics;
  rocksdb::DB* db = nullptr;
  const rocksdb::Status opened = rocksdb::DB::Open(rocksdb::Options(db_options, {}), options.path,
                                                   descriptors, &database->families_, &db);
  if (opened.IsCorruption()) {
    db_options.wal_recovery_mode = rocksdb::WALRecoveryMode::kSkipAnyCorruptedRecords;
    const rocksdb::Status readable = rocksdb::DB::OpenForReadOnly(
        rocksdb::Options(db_options, {}), options.path, descriptors, &database->families_, &db);
    if (!readable.ok()) return fail(open_error(opened, options));
    database->set_damage(opened.ToString());
  } else if (!opened.ok()) {
    return fail(open_error(opened, options));
  }
  database->db_.reset(db);
  return database;
}

Database::~Database() {
  if (!db_) return;
  for (rocksdb::ColumnFamilyHandle* family : families_) db_->DestroyColumnFamilyHandle(family);
  db_->Close();
}

rocksdb::Options Database::file_options(Family which) const {
  rocksdb::Options options = db_->GetOptions(family(which));
  options.statistics = nullptr;
  return options;
}

std::string Database::damage() const {
  const std::lock_guard lock(damage_mutex_);
  return damage_;
}

void Database::set_damage(const std::string& what) const {
  const std::lock_guard lock(damage_mutex_);
  if (!damage_.empty()) return;
  damage_ = "the store is read-only, because damage was found: " + what +
            "; what is not damaged can still be read. Copy it away, check the disk, run 'headroom "
            "store verify' "
            "to see what is damaged, and restore a backup ('headroom restore')";
  log::error("{}", damage_);
}

Status Database::write(rocksdb::WriteBatch& batch, bool sync) {
  if (auto damaged = damage(); !damaged.empty())
    return fail(ErrorCode::kUnavailable, std::move(damaged));
  // After a full disk RocksDB resumes by itself, within seconds of there being room for a write
  // buffer again.
  rocksdb::WriteOptions options;
  options.sync = sync;
  const rocksdb::Status written = db_->Write(options, &batch);
  if (written.IsCorruption()) set_damage(written.ToString());
  if (!written.ok()) return fail(error_of(written, "write to the store"));
  return {};
}

Result<bool> Database::get(Family which, std::string_view key,
                           rocksdb::PinnableSlice& value) const {
  const rocksdb::Status got = db_->Get({}, family(which), slice(key), &value);
  if (got.IsNotFound()) return false;
  if (got.IsCorruption()) set_damage(got.ToString());
  if (!got.ok()) return fail(error_of(got, "read from the store"));
  return true;
}

Result<std::optional<std::string>> Database::get(Family which, std::string_view key) const {
  rocksdb::PinnableSlice value;
  const auto got = get(which, key, value);
  if (!got) return fail(got.error());
  return *got ? std::optional<std::string>(value.ToString()) : std::nullopt;
}

std::unique_ptr<rocksdb::Iterator> Database::iterate(Family which, bool keep_in_cache) const {
  rocksdb::ReadOptions options;
  options.fill_cache = keep_in_cache;
  return std::unique_ptr<rocksdb::Iterator>(db_->NewIterator(options, family(which)));
}

Status Database::ended(const rocksdb::Iterator& iterator, const std::string& what) const {
  if (iterator.status().ok()) return {};
  if (iterator.status().IsCorruption()) set_damage(iterator.status().ToString());
  return fail(error_of(iterator.status(), what));
}

Status Database::ingest(Family which, const std::vector<std::string>& files) {
  if (files.empty()) return {};
  for (const std::string& file : files) {
    std::uint64_t size = 0;
    if (db_->GetEnv()->GetFileSize(file, &size).ok()) ingested_bytes_ += size;
  }
  rocksdb::IngestExternalFileOptions options;
  options.move_files = true;
  options.write_global_seqno = false;
  options.snapshot_consistency = false;
  const rocksdb::Status done = db_->IngestExternalFile(family(which), files, options);
  if (!done.ok()) return fail(error_of(done, "take a run into the store"));
  return {};
}

Status Database::drop_files(Family which, const std::string& from, const std::string& to) {
  const rocksdb::Slice begin = slice(from);
  const rocksdb::Slice end = slice(to);
  const rocksdb::Status done =
      rocksdb::DeleteFilesInRange(&db(), family(which), &begin, &end, false);
  if (!done.ok()) return fail(error_of(done, "drop files of the store"));
  return {};
}

Status Database::settle(bool journal_too) {
  std::vector<rocksdb::ColumnFamilyHandle*> written;
  for (const Family which : {Family::kSeries, Family::kCursors, Family::kJournal, Family::kWindows,
                             Family::kScalingEvents, Family::kState, Family::kMeta}) {
    written.push_back(family(which));
  }
  rocksdb::Status done = db_->Flush({}, written);
  if (done.ok() && journal_too) {
    rocksdb::CompactRangeOptions options;
    options.bottommost_level_compaction = rocksdb::BottommostLevelCompaction::kForce;
    done = db_->CompactRange(options, family(Family::kJournal), nullptr, nullptr);
  }
  if (!done.ok()) return fail(error_of(done, "settle the store"));
  return {};
}

Status Database::checkpoint(const std::string& path) {
  rocksdb::Checkpoint* raw = nullptr;
  rocksdb::Status done = rocksdb::Checkpoint::Create(db_.get(), &raw);
  const std::unique_ptr<rocksdb::Checkpoint> checkpoint(raw);
  // The write-ahead log is copied, not flushed.
  if (done.ok()) done = checkpoint->CreateCheckpoint(path, UINT64_MAX);
  if (!done.ok()) return fail(error_of(done, "back up to " + path));
  return {};
}

std::uint64_t Database::file_bytes(Family which) const {
  std::uint64_t bytes = 0;
  db_->GetIntProperty(family(which), rocksdb::DB::Properties::kTotalSstFilesSize, &bytes);
  return bytes;
}

std::uint64_t Database::wal_bytes() const {
  std::uint64_t total = 0;
  std::vector<std::unique_ptr<rocksdb::LogFile>> logs;
  if (db_->GetSortedWalFiles(logs).ok()) {
    for (const auto& log : logs) total += log->SizeFileBytes();
  }
  return total;
}

std::uint64_t Database::written_bytes() const {
  return statistics_->getTickerCount(rocksdb::WAL_FILE_BYTES) +
         statistics_->getTickerCount(rocksdb::FLUSH_WRITE_BYTES) +
         statistics_->getTickerCount(rocksdb::COMPACT_WRITE_BYTES) + ingested_bytes_;
}

}  // namespace headroom::store::rocks
