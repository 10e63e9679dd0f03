// The store for the person who looks after it.
#include <algorithm>

#include "cli/csv.h"
#include "cli/render/parts.h"
#include "cli/render/render.h"
#include "cli/table.h"
#include "cli/units.h"

namespace headroom::cli {
namespace {

std::string stamp_at(const Json& object, std::string_view path) {
  const auto time = time_at(object, path);
  return time ? format_stamp(*time).substr(0, 16) : std::string(kNothing);
}

std::string count_or_nothing(const Json& object, std::string_view path) {
  const double count = count_at(object, path);
  return count == 0 ? std::string(kNothing) : format_count(count);
}

std::string tail(const Json& stats) {
  double samples = 0;
  double bytes = 0;
  for (const Json& family : list_at(stats, "families")) {
    if (count_at(family, "samples") == 0) continue;
    samples += count_at(family, "samples");
    bytes += count_at(family, "bytes");
  }
  if (samples == 0) return "nothing in chunks yet.";
  return counted(samples, "value") + " of " + counted(count_at(stats, "series"), "series") +
         " in " + format_bytes(bytes) + ", " + format_number(bytes / samples) + " B each.";
}

std::string families_table(const Json& stats, const Look& look) {
  Table table({{"FAMILY", Align::kLeft, 9, 19},
               {"ON DISK", Align::kRight, 8, 8},
               {"VALUES", Align::kRight, 7, 6},
               {"B/VALUE", Align::kRight, 6, 7},
               {"WINDOWS", Align::kRight, 4, 7, true},
               {"FILES", Align::kRight, 3, 5, true},
               {"OLDEST (UTC)", Align::kRight, 5, 16, true}});
  for (const Json& family : list_at(stats, "families")) {
    const auto each = number_at(family, "bytes_per_sample");
    table.add({text_at(family, "name"), format_bytes(count_at(family, "bytes")),
               count_or_nothing(family, "samples"),
               each ? format_number(*each) : std::string(kNothing),
               count_or_nothing(family, "windows"), count_or_nothing(family, "runs"),
               stamp_at(family, "oldest")});
  }
  return table.render(look);
}

Cell alarming(const std::string& text, bool alarm) {
  return {text, alarm ? Tone::kBad : Tone::kPlain};
}

std::vector<Detail> details(const Json& stats) {
  const auto count = [&](const char* name) { return count_at(stats, name); };
  const auto amplification = number_at(stats, "write_amplification");
  const double failures = count("commit_failures");
  std::vector<Detail> lines{
      {"in memory", counted(count("head_samples"), "sample") + " of " +
                        counted(count("head_batches"), "batch") + ", " +
                        format_bytes(count("head_bytes"))},
      {"to roll up", counted(count("dirty_windows"), "window")},
      {"on disk", format_bytes(count("disk_bytes")) + ", of it " +
                      format_bytes(count("wal_bytes")) + " write-ahead log"},
      {"disk free", format_bytes(count("disk_free_bytes"))},
      {"commits",
       alarming(format_count(count("commits")) + ", " + format_count(failures) + " failed",
                failures > 0)},
      {"written",
       format_bytes(count("written_bytes")) +
           (amplification ? ", " + format_number(*amplification) + " times what was committed"
                          : std::string())},
      {"dropped", counted(count("windows_dropped"), "window") + " by retention, " +
                      counted(count("samples_expired"), "sample") + " that came too late"},
      {"recovered", counted(count("recovered_batches"), "batch") + " at start, in " +
                        format_value(count("recovery_ms"), "ms")}};
  if (const double twice = count("batches_stored_twice"); twice > 0)
    lines.push_back({"stored twice", alarming(counted(twice, "batch"), true)});
  return lines;
}

}  // namespace

std::string store_stats_table(const Json& stats, const Look& look) {
  const std::string state = text_at(stats, "state", "unknown");
  const bool open = state == "open";
  std::string text = paint(open ? "Open" : state, open ? Tone::kGood : Tone::kBad, look.colour);
  text += (open ? ": " : "\n") + tail(stats) + "\n\n" + families_table(stats, look) + "\n";
  return text + render_details(details(stats), look);
}

std::string store_stats_csv(const Json& stats) {
  return records_csv(list_at(stats, "families"), {"name", "bytes", "samples", "bytes_per_sample",
                                                  "chunks", "windows", "runs", "oldest"});
}

std::string cardinality_table(const Json& report, const Look& look) {
  const Json& capped = list_at(report, "capped");
  const Json& gone = list_at(report, "decommissioned");
  const double series = count_at(report, "series");
  const double most = count_at(report, "series_max");
  std::string text = counted(series, "series");
  if (most > 0) text += " of the " + format_count(most) + " that store.series_max allows";
  if (const double host = count_at(report, "series_per_host_max"); host > 0)
    text += "; at most " + format_count(host) + " of one host";
  text += ".\n";
  if (capped.empty()) {
    text += "No series is left out by a limit.\n";
  } else {
    text += "\n" + paint("Left out by a limit", Tone::kBad, look.colour) + "\n";
    Table table({{"HOST", Align::kLeft, 9, 18},
                 {"KEPT", Align::kRight, 6, 6},
                 {"LEFT OUT", Align::kRight, 8, 8},
                 {"FOR EXAMPLE", Align::kLeft, 3, 20}});
    for (const Json& host : capped) {
      table.add({text_at(host, "host"),
                 format_count(count_at(host, "series")),
                 {format_count(count_at(host, "capped")), Tone::kBad},
                 text_at(host, "example")});
    }
    text += table.render(look);
  }
  if (gone.empty()) return text;
  text +=
      "\n" + paint("Removed hosts, whose history is still kept", Tone::kStrong, look.colour) + "\n";
  Table table({{"HOST", Align::kLeft, 9, 18}, {"SINCE (UTC)", Align::kRight, 6, 16}});
  for (const Json& host : gone) table.add({text_at(host, "host"), stamp_at(host, "since")});
  return text + table.render(look);
}

std::string cardinality_csv(const Json& report) {
  return records_csv(list_at(report, "capped"), {"host", "series", "capped", "example"});
}

std::string verify_text(const Json& state, const Look& look) {
  const std::string word = text_at(state, "state", "unknown");
  if (word == "running") {
    return "The verify that is under way (" +
           format_percent(number_at(state, "done").value_or(0) * 100) + ") ends in a moment.\n";
  }
  if (word != "done") return "State: " + word + ".\n";
  const Json& report = member(state, "report");
  const double problems = count_at(report, "problem_count");
  std::string text = problems == 0 ? paint("No problems", Tone::kGood, look.colour)
                                   : paint(counted(problems, "problem"), Tone::kBad, look.colour);
  text += ": read " + counted(count_at(report, "chunks"), "chunk") + " with " +
          counted(count_at(report, "samples"), "value") + " (" +
          format_bytes(count_at(report, "bytes")) + ") and " +
          counted(count_at(report, "journal_batches"), "batch") + " of the journal";
  const auto started = time_at(state, "started");
  const auto ended = time_at(state, "ended");
  text += started && ended ? " in " + format_span(*ended - *started) + ".\n" : ".\n";
  if (problems == 0) return text;
  Table table({{"WHERE", Align::kLeft, 9, 30}, {"WHAT", Align::kLeft, 5, 20, false, true}});
  for (const Json& problem : list_at(report, "problems"))
    table.add({text_at(problem, "where"), {text_at(problem, "what"), Tone::kBad}});
  text += "\n" + table.render(look);
  const double listed = static_cast<double>(list_at(report, "problems").size());
  if (listed < problems) text += "… and " + format_count(problems - listed) + " more\n";
  return text +
         "\nWhat can be read stays readable. To go back to a backup: headroom restore BACKUP\n";
}

std::string verify_csv(const Json& state) {
  return records_csv(list_at(state, "report.problems"), {"where", "what"});
}

}  // namespace headroom::cli
