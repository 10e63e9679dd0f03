#include "aggregator/store/rocks/database.h"

#include <array>
#include <cstdarg>
#include <cstdio>

#include <rocksdb/cache.h>
#include <rocksdb/env.h>
#include <rocksdb/table.h>

#include "common/log/log.h"

namespace headroom::store::rocks {
namespace {

// 7.8 refuses the 6 that newer versions write by default; with 5 a store moves between both suites.
constexpr int kTableFormat = 5;
constexpr std::uint64_t kWalBytesMax = 256u << 20;
constexpr std::size_t kWriteBufferBytes = 16u << 20;
constexpr int kOpenFiles = 512;
constexpr std::size_t kLogLine = 1024;

rocksdb::ColumnFamilyOptions family_options(std::size_t index,
                                            const std::shared_ptr<rocksdb::Cache>& cache) {
  rocksdb::BlockBasedTableOptions table;
  table.format_version = kTableFormat;
  table.block_cache = cache;
  rocksdb::ColumnFamilyOptions options;
  options.write_buffer_size = kWriteBufferBytes;
  options.compression = rocksdb::kLZ4Compression;
  const auto name = std::string_view(index == 0 ? "default" : kFamilyNames[index - 1]);
  if (name == "capacity_metrics" || name == "journal") {
    options.compression = rocksdb::kNoCompression;  // columns are packed already
    table.block_size = 16u << 10;
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
    error.message += "; restore the folder from a backup, or move it away to start afresh";
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
  db_options.create_if_missing = true;
  db_options.create_missing_column_families = true;
  db_options.max_total_wal_size = kWalBytesMax;
  db_options.max_open_files = kOpenFiles;
  // Room that is reserved ahead would hide a full disk until long after it is full.
  db_options.allow_fallocate = false;
  db_options.info_log = std::make_shared<LogToOurs>();
  // A torn record at the end of the log is what a crash leaves; anything else is corruption and
  // must be said.
  db_options.wal_recovery_mode = rocksdb::WALRecoveryMode::kTolerateCorruptedTailRecords;
  std::vector<rocksdb::ColumnFamilyDescriptor> descriptors;
  descriptors.emplace_back(rocksdb::kDefaultColumnFamilyName, family_options(0, cache));
  for (std::size_t i = 0; i < kFamilyNames.size(); ++i) {
    descriptors.emplace_back(kFamilyNames[i], family_options(i + 1, cache));
  }
  std::unique_ptr<Database> database(new Database());
  rocksdb::DB* db = nullptr;
  const rocksdb::Status opened = rocksdb::DB::Open(rocksdb::Options(db_options, {}), options.path,
                                                   descriptors, &database->families_, &db);
  if (!opened.ok()) return fail(open_error(opened, options));
  database->db_.reset(db);
  return database;
}

Database::~Database() {
  if (!db_) return;
  for (rocksdb::ColumnFamilyHandle* family : families_) db_->DestroyColumnFamilyHandle(family);
  db_->Close();
}

Status Database::write(rocksdb::WriteBatch& batch, bool sync) {
  // After a full disk RocksDB resumes by itself, within seconds of there being room for a write
  // buffer again.
  rocksdb::WriteOptions options;
  options.sync = sync;
  const rocksdb::Status written = db_->Write(options, &batch);

  if (!written.ok()) return fail(error_of(written, "write to the store"));
  return {};
}

Result<std::optional<std::string>> Database::get(Family which, std::string_view key) const {
  std::string value;
  const rocksdb::Status got = db_->Get({}, family(which), slice(key), &value);
  if (got.IsNotFound()) return std::optional<std::string>();
  if (!got.ok()) return fail(error_of(got, "read from the store"));
  return std::optional<std::string>(std::move(value));
}

std::unique_ptr<rocksdb::Iterator> Database::iterate(Family which) const {
  return std::unique_ptr<rocksdb::Iterator>(db_->NewIterator({}, family(which)));
}

std::uint64_t Database::disk_bytes() const {
  std::uint64_t total = 0;
  for (rocksdb::ColumnFamilyHandle* family : families_) {
    std::uint64_t bytes = 0;
    if (db_->GetIntProperty(family, rocksdb::DB::Properties::kTotalSstFilesSize, &bytes))
      total += bytes;
  }
  std::vector<std::unique_ptr<rocksdb::LogFile>> logs;
  if (db_->GetSortedWalFiles(logs).ok()) {
    for (const auto& log : logs) total += log->SizeFileBytes();
  }
  return total;
}

}  // namespace headroom::store::rocks
