#include "aggregator/store/rocks/run_writer.h"

#include <rocksdb/env.h>
#include <rocksdb/sst_file_writer.h>

#include "aggregator/store/rocks/keys.h"

namespace headroom::store::rocks {
namespace {

constexpr std::string_view kPrefix = "run-";

}  // namespace

RunWriter::RunWriter(Database& database, Tier tier, std::uint32_t window, std::uint32_t number)
    : database_(database), run_{tier, window, number, 0, 0, 0} {}

RunWriter::~RunWriter() {
  writer_.reset();
  for (const std::string& file : files_) database_.db().GetEnv()->DeleteFile(file);
}

Status RunWriter::open_file() {
  const Family family = family_of(run_.tier);
  // Beside the store's own files: they are moved by a link.
  files_.push_back(database_.path() + "/" + std::string(kPrefix) + std::to_string(run_.number) +
                   "-" + std::to_string(static_cast<int>(run_.tier)) + "-" +
                   std::to_string(run_.window) + "-" + std::to_string(files_.size()));
  writer_ = std::make_unique<rocksdb::SstFileWriter>(
      rocksdb::EnvOptions(), database_.file_options(family), database_.family(family));
  const rocksdb::Status opened = writer_->Open(files_.back());
  if (!opened.ok()) return fail(error_of(opened, "write a run of the store"));
  return {};
}

Status RunWriter::close_file() {
  rocksdb::ExternalSstFileInfo info;
  const rocksdb::Status finished = writer_->Finish(&info);
  writer_.reset();
  if (!finished.ok()) return fail(error_of(finished, "write a run of the store"));
  run_.bytes += info.file_size;
  return {};
}

Status RunWriter::add(GroupId group, std::string_view chunk, std::uint64_t samples) {
  if (writer_ && writer_->FileSize() > kRunFileBytes) {
    if (auto closed = close_file(); !closed) return closed;
  }
  if (!writer_) {
    if (auto opened = open_file(); !opened) return opened;
  }
  const rocksdb::Status put =
      writer_->Put(chunk_key({run_.window, run_.number, group}), slice(chunk));
  if (!put.ok()) return fail(error_of(put, "write a run of the store"));
  ++run_.chunks;
  run_.samples += samples;
  return {};
}

Result<Run> RunWriter::finish() {
  HEADROOM_ASSERT(writer_ != nullptr);
  if (auto closed = close_file(); !closed) return fail(closed.error());
  if (auto taken = database_.ingest(family_of(run_.tier), files_); !taken)
    return fail(taken.error());
  // The database has links of its own; ours went with them.
  files_.clear();
  return run_;
}

void remove_unfinished_runs(Database& database) {
  std::vector<std::string> names;
  rocksdb::Env* env = database.db().GetEnv();
  if (!env->GetChildren(database.path(), &names).ok()) return;
  for (const std::string& name : names) {
    if (name.starts_with(kPrefix)) env->DeleteFile(database.path() + "/" + name);
  }
}

}  // namespace headroom::store::rocks
