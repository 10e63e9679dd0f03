// The whole aggregator on one screen: the answer first, then what came in and what is kept.
#include <algorithm>

#include "cli/render/parts.h"
#include "cli/render/render.h"
#include "cli/table.h"
#include "cli/text_width.h"
#include "cli/units.h"

namespace headroom::cli {
namespace {

constexpr std::size_t kNamedProblems = 5;

// "3 services on 20 hosts (2 stale), newest sample 1 s ago."
std::string fleet(const Json& status, UnixMs now) {
  const double hosts = count_at(status, "hosts");
  const double stale = count_at(status, "hosts_stale");
  const double simulated = count_at(status, "simulated_hosts");
  std::string text =
      counted(count_at(status, "services"), "service") + " on " + counted(hosts, "host");
  std::string notes;
  if (simulated > 0)
    notes = simulated == hosts ? "simulated" : format_count(simulated) + " simulated";
  if (stale > 0) notes += (notes.empty() ? "" : ", ") + format_count(stale) + " stale";
  if (!notes.empty()) text += " (" + notes + ")";
  const auto newest = time_at(status, "store.newest");
  return text + (newest ? ", newest sample " + format_age(*newest, now) : ", no sample yet") + ".";
}

std::string answer_line(const Json& status, UnixMs now, const Look& look) {
  if (count_at(status, "hosts") == 0) {
    return "No hosts yet: start headroom-agent on one, and it appears here with its first batch.\n";
  }
  const std::string overall = text_at(status, "overall_health", "UNKNOWN");
  const std::string word = overall == "HEALTHY" ? "All healthy" : overall;
  const Tone tone = overall == "HEALTHY" && count_at(status, "hosts_stale") > 0
                        ? Tone::kWarn
                        : tone_of_status(overall);
  return paint(word, tone, look.colour) + ": " + fleet(status, now) + "\n";
}

// The first few resources that need attention, so that nobody has to ask twice.
std::string problems(const Json& health, const Look& look) {
  const Json& items = list_at(health, "items");
  if (items.empty()) return "";
  Table table({{"", Align::kLeft, 3, 22},
               {"", Align::kLeft, 9, 11},
               {"", Align::kLeft, 9, 17},
               {"", Align::kLeft, 0, 24, false, true}});
  std::size_t shown = 0;
  for (const Json& item : items) {
    if (++shown > kNamedProblems) break;
    const std::string state = text_at(item, "status", "UNKNOWN");
    table.add({marked_cell("  " + text_at(item, "service"), flag_at(item, "simulated")),
               text_at(item, "resource"),
               {state, tone_of_status(state)},
               text_at(item, "reason")});
  }
  std::string text = table.render(look);
  if (items.size() > kNamedProblems) {
    const auto more = static_cast<double>(items.size() - kNamedProblems);
    text += "  and " + format_count(more) + " more: headroom health\n";
  }
  return text;
}

Cell alarming(const std::string& text, bool alarm) {
  return {text, alarm ? Tone::kBad : Tone::kPlain};
}

std::vector<Detail> ingest_details(const Json& status) {
  const auto count = [&](const char* name) {
    return count_at(status, std::string("ingest.") + name);
  };
  const double lost = count("batches_lost");
  const double twice = count("batches_stored_twice");
  const double refused = count("rejected_keys") + count("rejected_messages");
  const double failures = count("commit_failures");
  return {{"agents connected", format_count(count("agents_connected"))},
          {"samples", format_count(count("samples")) + ", now " +
                          format_value(count("samples_per_second"), "1/s")},
          {"received", format_bytes(count("message_bytes"))},
          {"batches", format_count(count("batches"))},
          {"  resent", format_count(count("batches_resent"))},
          {"  stored twice", alarming(format_count(twice), twice > 0)},
          {"  lost", alarming(lost > 0 ? format_count(lost) + " (" +
                                             counted(count("samples_lost"), "sample") + ")"
                                       : "0",
                              lost > 0)},
          {"refused",
           {counted(count("rejected_keys"), "key") + ", " +
                counted(count("rejected_messages"), "message"),
            refused > 0 ? Tone::kWarn : Tone::kPlain}},
          {"group commits",
           {format_count(count("group_commits")) + ", " + format_count(failures) + " failed",
            failures > 0 ? Tone::kBad : Tone::kPlain}}};
}

std::vector<Detail> store_details(const Json& status) {
  const auto count = [&](const char* name) {
    return count_at(status, std::string("store.") + name);
  };
  const std::string state = text_at(status, "store.state", "unknown");
  const double chunked = count("chunk_samples");
  std::string chunks = counted(chunked, "sample") + ", " + format_bytes(count("chunk_bytes"));
  if (chunked > 0) chunks += " (" + format_number(count("chunk_bytes") / chunked) + " B each)";
  const auto oldest = time_at(status, "store.oldest");
  const auto newest = time_at(status, "store.newest");
  return {
      {"state", alarming(state, state != "open")},
      {"series", format_count(count("series")) + " in " + counted(count("streams"), "stream")},
      {"head", counted(count("head_samples"), "sample") + ", " + format_bytes(count("head_bytes"))},
      {"journal", counted(count("journal_batches"), "batch")},
      {"chunks", chunks},
      {"on disk", format_bytes(count("disk_bytes")) + ", format " + format_count(count("format"))},
      {"oldest sample", oldest ? format_stamp(*oldest) + " UTC" : std::string(kNothing)},
      {"newest sample", newest ? format_stamp(*newest) + " UTC" : std::string(kNothing)},
      {"recovered", counted(count("recovered_batches"), "batch") + " at start, in " +
                        format_value(count("recovery_ms"), "ms")}};
}

struct Line {
  std::string painted;
  std::size_t width = 0;
};

std::vector<Line> block(const std::string& title, const std::vector<Detail>& details,
                        const Look& look) {
  std::size_t widest = 0;
  for (const Detail& detail : details) widest = std::max(widest, display_width(detail.label));
  std::vector<Line> lines{{paint(title, Tone::kStrong, look.colour), display_width(title)}};
  for (const Detail& detail : details) {
    lines.push_back({"  " + paint(pad_right(detail.label, widest), Tone::kFaint, look.colour) +
                         "  " + paint(detail.value.text, detail.value.tone, look.colour),
                     2 + widest + 2 + display_width(detail.value.text)});
  }
  return lines;
}

// Side by side where the terminal is wide enough, else one below the other.
std::string blocks(const std::vector<Line>& left, const std::vector<Line>& right,
                   const Look& look) {
  constexpr std::size_t kGap = 4;
  const auto widest = [](const std::vector<Line>& lines) {
    std::size_t width = 0;
    for (const Line& line : lines) width = std::max(width, line.width);
    return width;
  };
  const std::size_t second = widest(left) + kGap;
  std::string text;
  if (second + widest(right) > look.width) {
    for (const Line& line : left) text += line.painted + "\n";
    text += "\n";
    for (const Line& line : right) text += line.painted + "\n";
    return text;
  }
  for (std::size_t i = 0; i < std::max(left.size(), right.size()); ++i) {
    const Line empty;
    const Line& a = i < left.size() ? left[i] : empty;
    text += a.painted;
    if (i < right.size()) text += std::string(second - a.width, ' ') + right[i].painted;
    text += "\n";
  }
  return text;
}

}  // namespace

std::string status_table(const Json& status, const Json& health, const Look& look) {
  const UnixMs now = moment_of(status, look);
  std::string text = answer_line(status, now, look) + problems(health, look) + "\n";
  text += paint("Aggregator", Tone::kStrong, look.colour) + "  headroom " +
          text_at(status, "version", "?") + ", up " +
          format_span(milliseconds_at(status, "uptime_seconds"));
  if (const auto started = time_at(status, "started"))
    text += ", since " + format_stamp(*started) + " UTC";
  text += "\n\n";
  return text + blocks(block("Ingest", ingest_details(status), look),
                       block("Store", store_details(status), look), look);
}

}  // namespace headroom::cli
