#include "cli/offline/anomaly_run.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <future>
#include <iterator>
#include <limits>
#include <optional>
#include <ostream>

#include "cli/offline/anomaly_rows.h"
#include "cli/offline/recorded_input.h"
#include "cli/offline/workers.h"
#include "cli/output.h"
#include "cli/progress.h"
#include "cli/text_width.h"
#include "common/base/text.h"

namespace headroom::cli {
namespace {

constexpr std::chrono::milliseconds kPoll{100};
constexpr std::size_t kNews = 4096;  // points between two counts of what is done

Error not_in_order(const SeriesFile& file, const SeriesRow& row, const SeriesRow& before) {
  return file.at_line(
      row.line, "the time lies " +
                    format_duration(std::chrono::milliseconds(before.time - row.time)) +
                    " before that of line " + std::to_string(before.line) + " of the same series " +
                    clean(file.ids[row.series]) + "; sort the rows by time");
}

Status judge_series(const SeriesFile& file, std::size_t series, const AnomalyRun& run,
                    std::vector<RowVerdict>& verdicts, std::atomic<std::size_t>& done) {
  forecast::AnomalyDetector detector(run.wanted);
  const SeriesRow* latest = nullptr;
  std::size_t unsaid = 0;
  for (const std::uint32_t index : file.rows_of(series)) {
    const SeriesRow& row = file.rows[index];
    if (latest != nullptr && latest->time - row.time > kBackwardsMost.count())
      return fail(not_in_order(file, row, *latest));
    if (latest == nullptr || row.time > latest->time) latest = &row;
    const forecast::Verdict verdict = detector.observe(row.time, row.value);
    verdicts[index] = {verdict.expected, static_cast<float>(verdict.score), verdict.part};
    if (++unsaid == kNews) {
      done += unsaid;
      unsaid = 0;
    }
  }
  done += unsaid;
  return {};
}

// "" where every row lies at or behind those before it of its series.
std::string backward_note(const SeriesFile& file) {
  std::vector<UnixMs> latest(file.ids.size(), std::numeric_limits<UnixMs>::min());
  std::size_t count = 0;
  std::size_t first_line = 0;
  for (const SeriesRow& row : file.rows) {
    UnixMs& before = latest[row.series];
    if (row.time < before && count++ == 0) first_line = row.line;
    before = std::max(before, row.time);
  }
  if (count == 0) return "";
  return file.name + ": " +
         (count == 1 ? "1 row lies before an earlier one of its series, in line "
                     : std::to_string(count) +
                           " rows lie before an earlier one of their series, the first in line ") +
         std::to_string(first_line) +
         (count == 1 ? "; it counts as the same time" : "; they count as the same time");
}

}  // namespace

Result<std::vector<RowVerdict>> judge_rows(const SeriesFile& file, const AnomalyRun& run,
                                           std::atomic<std::size_t>& done) {
  std::vector<RowVerdict> verdicts(file.rows.size());
  Work work;
  work.jobs = file.ids.size();
  work.threads = run.threads;
  work.run = [&](std::size_t series) { return judge_series(file, series, run, verdicts, done); };
  work.deliver = [](std::size_t) -> Status { return {}; };
  if (auto worked = work_through(work); !worked) return fail(worked.error());
  return verdicts;
}

Status anomalies_of_file(Session& session, const AnomalyRun& run) {
  RecordedInput input(run.input, session.in);
  const auto file = input.read();
  if (!file) return fail(file.error());
  std::atomic<std::size_t> done = 0;
  std::optional<ProgressBar> bar(std::in_place, session,
                                 "judging " + std::to_string(file->rows.size()) + " points");
  // One long series is one job: what is done is counted in points, and looked at from here.
  auto work = std::async(std::launch::async, [&] { return judge_rows(*file, run, done); });
  while (work.wait_for(kPoll) != std::future_status::ready)
    bar->draw(static_cast<double>(done) / static_cast<double>(file->rows.size()));
  const auto verdicts = work.get();
  bar.reset();
  if (!verdicts) return fail(verdicts.error());
  if (const std::string note = backward_note(*file); !note.empty())
    session.err << clean(note) << "\n";
  if (session.format == Format::kJson)
    return write_output(session.output, anomalies_json(*file, *verdicts), session.out);
  const bool picture =
      session.format == Format::kTable && session.output.empty() && session.terminal.present;
  if (picture)
    return write_output("", anomalies_table(*file, *verdicts, session.look()), session.out);
  return write_output(session.output, anomalies_csv(input.text(), *file, *verdicts), session.out);
}

}  // namespace headroom::cli
