#include "agent/spool/spool.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <dirent.h>
#include <fcntl.h>
#include <memory>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>
#include <utility>

#include "agent/spool/thin.h"
#include "common/base/text.h"
#include "common/log/log.h"

namespace headroom::agent {
namespace {

constexpr std::string_view kSuffix = ".segment";
constexpr std::uint64_t kSegmentShare = 64;  // of the limit
constexpr std::uint64_t kSegmentLeast = 16u << 10;
constexpr std::uint64_t kSegmentMost = 1u << 20;
constexpr mode_t kMode = 0600;

std::optional<std::uint64_t> number_of(std::string_view name) {
  if (!name.ends_with(kSuffix)) return std::nullopt;
  const auto number = parse_int(std::string(name.substr(0, name.size() - kSuffix.size())));
  if (!number || *number <= 0) return std::nullopt;
  return static_cast<std::uint64_t>(*number);
}

std::uint64_t samples_in(const Backlog::Item& item) {
  if (!item.batch) return item.gap.reason == wire::GapReason::kThinned ? 0 : item.gap.samples;
  return static_cast<std::uint64_t>(item.batch->steps) * item.batch->layout->series.size();
}

// One gap for all of these.
wire::Gap gap_over(std::span<const Backlog::Item> items) {
  wire::Gap gap;
  gap.first_sequence = items.front().first_sequence;
  gap.last_sequence = items.back().last_sequence;
  gap.reason = wire::GapReason::kSpoolFull;
  for (const Backlog::Item& item : items) {
    const UnixMs from = item.batch ? item.batch->start : item.gap.from;
    const UnixMs to = item.batch ? item.batch->start +
                                       static_cast<UnixMs>(item.batch->step_ms) * item.batch->steps
                                 : item.gap.to;
    if (gap.from == 0 || from < gap.from) gap.from = from;
    gap.to = std::max(gap.to, to);
    // What thinning took before is lost as well now: there is nothing left of those minutes.
    gap.samples += item.batch ? samples_in(item) : item.gap.samples;
  }
  return gap;
}

}  // namespace

Result<Spool> Spool::open(SpoolOptions options) {
  if (auto made = make_directories(options.path); !made) return fail(made.error());
  Spool spool(std::move(options));
  const std::string lock = spool.options_.path + "/lock";
  spool.lock_ = Fd(::open(lock.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, kMode));
  if (!spool.lock_) return fail(errno_error("open " + lock));
  if (::flock(spool.lock_.get(), LOCK_EX | LOCK_NB) != 0) {
    return fail(ErrorCode::kUnavailable,
                "the spool in " + spool.options_.path + " is in use by another process");
  }
  if (auto scanned = spool.scan(); !scanned) return fail(scanned.error());
  return spool;
}

Status Spool::scan() {
  const std::unique_ptr<DIR, int (*)(DIR*)> folder(::opendir(options_.path.c_str()), ::closedir);
  if (!folder) return fail(errno_error("list " + options_.path));
  while (const dirent* entry = ::readdir(folder.get())) {
    const std::string_view name = entry->d_name;
    const std::string path = options_.path + "/" + std::string(name);
    // Left behind by a process that was killed while it replaced a segment.
    if (name.find(".tmp") != std::string_view::npos) ::unlink(path.c_str());
    const auto number = number_of(name);
    struct ::stat about{};
    if (!number || ::stat(path.c_str(), &about) != 0) continue;
    File file;
    file.number = *number;
    file.bytes = static_cast<std::uint64_t>(about.st_size);
    const Fd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    std::array<std::uint8_t, kSegmentHeaderBytes> head{};
    const ssize_t length = fd ? ::read(fd.get(), head.data(), head.size()) : -1;
    if (length == static_cast<ssize_t>(head.size())) {
      const auto header = parse_segment_header(head);
      if (!header && header.error().code == ErrorCode::kUnsupported) {
        log::warn("spool: {}: {}; it stays as it is", path, header.error().message);
        next_number_ = std::max(next_number_, *number + 1);
        continue;
      }
      if (header) {
        file.stream = header->stream;
        file.thinned = header->thinned;
        file.is_gap = header->gap;
      }
    }
    segments_.push_back(file);
    bytes_ += file.bytes;
    next_number_ = std::max(next_number_, *number + 1);
  }
  std::sort(segments_.begin(), segments_.end(),
            [](const File& a, const File& b) { return a.number < b.number; });
  return {};
}

std::string Spool::path_of(std::uint64_t number) const {
  std::array<char, 32> name{};
  std::snprintf(name.data(), name.size(), "/%016llu", static_cast<unsigned long long>(number));
  return options_.path + name.data() + std::string(kSuffix);
}

std::uint64_t Spool::segment_bytes() const {
  return std::clamp(options_.limit_bytes / kSegmentShare, kSegmentLeast, kSegmentMost);
}

bool Spool::has_room(std::uint64_t bytes) const {
  struct ::statvfs answer{};
  if (::statvfs(options_.path.c_str(), &answer) != 0) return true;  // the write will tell
  const auto free = static_cast<std::uint64_t>(answer.f_bavail) * answer.f_frsize;
  return free >= options_.keep_free_bytes + bytes;
}

Status Spool::append(const wire::StreamId& stream, const std::deque<Backlog::Item>& items) {
  if (items.empty()) return {};
  std::string bytes;
  const bool goes_on = writing_ && !segments_.empty() && segments_.back().stream == stream &&
                       segments_.back().bytes < segment_bytes() &&
                       !(loaded_ && segments_.size() == 1);
  if (!goes_on) {
    writing_.reset();
    writer_.begin({stream, items.front().first_sequence, false, false}, bytes);
  }
  Status status;
  for (const Backlog::Item& item : items) {
    status = writer_.append(item, bytes);
    if (!status) break;
  }
  if (status && !has_room(bytes.size())) {
    status = fail(ErrorCode::kUnavailable, "less than " +
                                               std::to_string(options_.keep_free_bytes >> 20) +
                                               " MiB would stay free in " + options_.path);
  }
  if (status && !goes_on) status = begin_segment(stream);
  if (status) status = write(bytes);
  if (!status) {
    ++counters_.write_failures;
    writing_.reset();
    if (!segments_.empty() && segments_.back().bytes == 0) remove(segments_.size() - 1);
    return status;
  }
  keep_within_limit();
  return {};
}

Status Spool::begin_segment(const wire::StreamId& stream) {
  File file;
  file.number = next_number_;
  file.stream = stream;
  const std::string path = path_of(file.number);
  Fd fd(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, kMode));
  if (!fd) return fail(errno_error("create " + path));
  ++next_number_;
  writing_ = std::move(fd);
  segments_.push_back(file);
  return {};
}

// A write that failed half-way is taken back, so that the segment stays whole.
Status Spool::write(std::string_view bytes) {
  File& file = segments_.back();
  std::size_t done = 0;
  while (done < bytes.size()) {
    const ssize_t count = ::pwrite(writing_.get(), bytes.data() + done, bytes.size() - done,
                                   static_cast<off_t>(file.bytes + done));
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) {
      const Error error = errno_error("write " + path_of(file.number));
      if (::ftruncate(writing_.get(), static_cast<off_t>(file.bytes)) != 0)
        log::warn("{}", errno_error("truncate " + path_of(file.number)).message);
      return fail(error);
    }
    done += static_cast<std::size_t>(count);
  }
  file.bytes += bytes.size();
  bytes_ += bytes.size();
  return {};
}

void Spool::keep_within_limit() {
  while (bytes_ > options_.limit_bytes) {
    if (!thin_oldest() && !drop_oldest()) return;
  }
}

// The newest segment is being written and the loaded one sent: neither is touched.
bool Spool::thin_oldest() {
  std::uint64_t thinned_bytes = 0;
  for (const File& file : segments_) thinned_bytes += file.thinned ? file.bytes : 0;
  if (thinned_bytes > options_.limit_bytes / 2) return false;
  for (std::size_t i = loaded_ ? 1 : 0; i + 1 < segments_.size(); ++i) {
    File& file = segments_[i];
    if (file.thinned || file.touched) continue;
    auto segment = read(file);
    if (!segment && segment.error().code != ErrorCode::kCorruption) return false;
    if (!segment || segment->items.empty()) {
      remove(i);
      return true;
    }
    segment->header.thinned = true;
    const Thinned thinned = thin(std::move(segment->items));
    const std::uint64_t before = file.bytes;
    if (!replace(file, segment->header, thinned.items)) return false;
    counters_.samples_thinned += thinned.samples_removed;
    log::debug("spool: segment {} thinned to means of a minute, {} to {} bytes", file.number,
               before, file.bytes);
    return true;
  }
  return false;
}

// Its place is taken by a gap; the gap of those dropped before it, of the same stream, becomes part
// of that.
bool Spool::drop_oldest() {
  std::size_t at = loaded_ ? 1 : 0;
  while (at < segments_.size() && segments_[at].is_gap) ++at;
  if (at + 1 >= segments_.size()) return false;
  File& file = segments_[at];
  auto segment = read(file);
  if (!segment && segment.error().code != ErrorCode::kCorruption) return false;
  if (!segment || segment->items.empty()) {
    remove(at);
    return true;
  }
  for (const Backlog::Item& item : segment->items) counters_.samples_dropped += samples_in(item);
  std::optional<Segment> before;
  if (at > (loaded_ ? 1u : 0u) && segments_[at - 1].stream == file.stream) {
    if (auto gap = read(segments_[at - 1])) before = std::move(*gap);
  }
  if (before && !before->items.empty())
    segment->items.insert(segment->items.begin(), before->items.front());
  Backlog::Item item;
  item.gap = gap_over(segment->items);
  item.first_sequence = item.gap.first_sequence;
  item.last_sequence = item.gap.last_sequence;
  const SegmentHeader header{file.stream, item.first_sequence, true, true};
  if (!replace(file, header, std::span(&item, 1))) return false;
  file.is_gap = true;
  // Read together with the gap that covers it, it would say the same twice: so it goes after.
  if (before) remove(at - 1);
  log::warn("spool: full, {} samples until {} are gone", item.gap.samples,
            format_time(item.gap.to));
  return true;
}

Result<Segment> Spool::read(const File& file) {
  const std::string path = path_of(file.number);
  const auto failed = [&](const Error& error) {
    ++counters_.segments_damaged;
    log::error("spool: {}", error.message);
    return fail(error);
  };
  const auto content = read_file(path, kSegmentBytesMax);
  if (!content) return failed(content.error());
  auto segment = parse_segment(codec::as_bytes(*content));
  if (!segment) return failed(segment.error().within(path));
  if (!segment->damage.empty()) {
    log::warn("spool: {}: {} at byte {}; what stands before it is sent", path_of(file.number),
              segment->damage, segment->good_bytes);
    ++counters_.segments_damaged;
  }
  return segment;
}

Status Spool::replace(File& file, const SegmentHeader& header,
                      std::span<const Backlog::Item> items) {
  SegmentWriter writer;
  std::string bytes;
  writer.begin(header, bytes);
  for (const Backlog::Item& item : items) {
    if (auto put = writer.append(item, bytes); !put) return put;
  }
  const std::string path = path_of(file.number);
  const std::string beside = path + ".tmp";
  const Fd fd(::open(beside.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, kMode));
  if (!fd) return fail(errno_error("create " + beside));
  const ssize_t written = ::write(fd.get(), bytes.data(), bytes.size());
  if (written != static_cast<ssize_t>(bytes.size()) ||
      ::rename(beside.c_str(), path.c_str()) != 0) {
    const Error error = errno_error("write " + beside);
    ::unlink(beside.c_str());
    log::error("spool: {}", error.message);
    return fail(error);
  }
  bytes_ = bytes_ - file.bytes + bytes.size();
  file.bytes = bytes.size();
  file.thinned = header.thinned;
  return {};
}

std::optional<Segment> Spool::load_oldest() {
  while (!segments_.empty()) {
    // What is being sent must not grow any more.
    if (segments_.size() == 1) writing_.reset();
    auto segment = read(segments_.front());
    if (!segment && segment.error().code != ErrorCode::kCorruption) return std::nullopt;
    if (segment && !segment->items.empty()) {
      loaded_ = segments_.front().touched = true;
      return std::move(*segment);
    }
    remove(0);
  }
  return std::nullopt;
}

void Spool::done() {
  HEADROOM_ASSERT(loaded_ && !segments_.empty());
  loaded_ = false;
  remove(0);
}

void Spool::sync() {
  if (writing_) ::fdatasync(writing_.get());
}

void Spool::remove(std::size_t index) {
  const auto at = segments_.begin() + static_cast<std::ptrdiff_t>(index);
  const std::string path = path_of(at->number);
  if (::unlink(path.c_str()) != 0 && errno != ENOENT)
    log::error("spool: {}", errno_error("remove " + path).message);
  bytes_ -= at->bytes;
  if (index + 1 == segments_.size()) writing_.reset();
  segments_.erase(at);
}

}  // namespace headroom::agent
