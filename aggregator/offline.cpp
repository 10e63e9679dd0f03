#include "aggregator/offline.h"

#include <array>
#include <cstdio>
#include <unistd.h>

#include "aggregator/store/rocks/restore.h"

namespace headroom::aggregator {
namespace {

int failed(const Error& error) {
  std::fprintf(stderr, "headroom-aggregator: %s\n", error.message.c_str());
  return 1;
}

// "12.3 MiB".
std::string readable_bytes(std::uint64_t bytes) {
  constexpr std::array<const char*, 5> kUnits{"B", "KiB", "MiB", "GiB", "TiB"};
  auto size = static_cast<double>(bytes);
  std::size_t unit = 0;
  for (; size >= 1024 && unit + 1 < kUnits.size(); ++unit) size /= 1024;
  std::array<char, 64> text{};
  std::snprintf(text.data(), text.size(), unit == 0 ? "%.0f %s" : "%.1f %s", size, kUnits[unit]);
  return text.data();
}

// A line that is drawn over itself on a terminal; nothing anywhere else.
class ProgressLine {
 public:
  bool draw(double done) {
    const int percent = static_cast<int>(done * 100);
    if (!terminal_ || percent == shown_) return true;
    shown_ = percent;
    std::printf("\rverifying … %3d %%", percent);
    std::fflush(stdout);
    return true;
  }
  ~ProgressLine() {
    if (shown_ >= 0) std::printf("\r\x1b[K");
  }
  ProgressLine() = default;
  ProgressLine(const ProgressLine&) = delete;
  ProgressLine& operator=(const ProgressLine&) = delete;

 private:
  bool terminal_ = ::isatty(STDOUT_FILENO) != 0;
  int shown_ = -1;
};

std::string what_was_read(const store::VerifyReport& report) {
  return std::to_string(report.chunks) + " chunks with " + std::to_string(report.samples) +
         " values (" + readable_bytes(report.bytes) + "), " +
         std::to_string(report.journal_batches) + " batches in the journal";
}

}  // namespace

int restore_backup(const std::string& backup, const Config& config, const Clock& clock) {
  const bool is_name = backup.find('/') == std::string::npos;
  const std::string path = is_name ? config.store_backup_path + "/" + backup : backup;
  const auto restored = [&] {
    ProgressLine line;
    return store::rocks::restore({path, config.store_path, clock.unix_ms()},
                                 [&](double done) { return line.draw(done); });
  }();
  if (!restored) return failed(restored.error());
  std::printf("verified  %s\n", what_was_read(restored->report).c_str());
  std::printf("restored  %s from %s, %s, %s of it shared with the backup\n",
              config.store_path.c_str(), path.c_str(), readable_bytes(restored->bytes).c_str(),
              readable_bytes(restored->linked_bytes).c_str());
  if (restored->aside.empty()) {
    std::printf("There was no store before. Start the aggregator again.\n");
    return 0;
  }
  std::printf("kept      the store of before, at %s\n\n", restored->aside.c_str());
  std::printf("Start the aggregator again. To go back to the store of before, stop it and:\n");
  std::printf("  mv %s %s.restored && mv %s %s\n", config.store_path.c_str(),
              config.store_path.c_str(), restored->aside.c_str(), config.store_path.c_str());
  std::printf("When all is well, remove %s.\n", restored->aside.c_str());
  return 0;
}

int verify_store(const std::string& path) {
  const auto report = [&] {
    ProgressLine line;
    return store::rocks::verify_folder(path, [&](double done) { return line.draw(done); });
  }();
  if (!report) return failed(report.error());
  std::printf("%s: read %s\n", path.c_str(), what_was_read(*report).c_str());
  if (report->problem_count == 0) {
    std::printf("No problems.\n");
    return 0;
  }
  std::printf("%llu problems:\n", static_cast<unsigned long long>(report->problem_count));
  for (const store::VerifyProblem& problem : report->problems)
    std::printf("  %s: %s\n", problem.where.c_str(), problem.what.c_str());
  if (report->problem_count > report->problems.size()) std::printf("  … and more\n");
  std::printf("What can be read stays readable. To go back to a backup: headroom restore BACKUP\n");
  return 1;
}

}  // namespace headroom::aggregator
