// Which series there are, and their last values.
#include <algorithm>

#include "aggregator/api/json_text.h"
#include "aggregator/api/rooms.h"
#include "common/base/text.h"

namespace headroom::api {
namespace {

constexpr UnixMs kInstantLookbackMs = 300'000;

using SeriesList = std::vector<store::SeriesInfo>;

// {"items": [what `write_items` writes], "next": …} of one page of series.
Answer series_answer(
    SeriesList series, Page page,
    std::function<Status(std::span<const store::SeriesInfo>, JsonText&, const std::atomic<bool>&)>
        write_items) {
  Answer answer;
  answer.stream = [series = std::move(series), page, write_items = std::move(write_items)](
                      const Write& write, const std::atomic<bool>& cancelled) -> Status {
    const std::size_t end = page.end(series.size());
    JsonText text(write);
    text.raw("{\"items\":[");
    const std::span shown(series.data() + page.begin, end - page.begin);
    if (auto written = write_items(shown, text, cancelled); !written) return written;
    text.raw("]");
    if (end < series.size()) text.raw(",\"next\":").text(std::to_string(end));
    text.raw("}").finish();
    return {};
  };
  return answer;
}

Result<Answer> list_series(const Rooms& rooms, const Call& call) {
  store::Selector selector;
  if (call.has("match")) {
    auto parsed = store::parse_selector(call.text("match"));
    if (!parsed) return fail(parsed.error());
    selector = std::move(*parsed);
  }
  SeriesList series = rooms.store.select(selector, call.now);
  const auto page = page_of(call, series.size());
  if (!page) return fail(page.error());
  return series_answer(std::move(series), *page,
                       [](std::span<const store::SeriesInfo> shown, JsonText& text,
                          const std::atomic<bool>&) -> Status {
                         for (const store::SeriesInfo& one : shown) {
                           text.raw(&one == shown.data() ? "{" : ",{").series(*one.series).raw("}");
                           if (!text.wanted()) break;
                         }
                         return {};
                       });
}

Status write_instant(const Rooms& rooms, std::span<const store::SeriesInfo> shown, UnixMs at,
                     JsonText& text, const std::atomic<bool>& cancelled) {
  std::size_t index = 0;
  const char* separator = "{";
  const auto sink = [&](store::SeriesId, std::span<const Sample> samples) {
    const Series& series = *shown[index++].series;
    if (samples.empty()) return true;
    std::string value;
    append_number(value, samples.back().value);
    text.raw(std::exchange(separator, ",{")).series(series).raw(",\"time\":");
    text.text(format_time(samples.back().time)).raw(",\"value\":").raw(value).raw("}");
    return text.wanted();
  };
  return rooms.store.read(ids_of(shown), at - kInstantLookbackMs, at + 1, sink, {&cancelled, 0});
}

Result<Answer> query(const Rooms& rooms, const Call& call) {
  UnixMs at = call.now;
  if (call.has("time")) {
    const auto parsed = parse_time(call.text("time"));
    if (!parsed) return fail(parsed.error().within("time"));
    at = *parsed;
  }
  auto series = matching_series(rooms, call, at - kInstantLookbackMs);
  if (!series) return fail(series.error());
  const auto page = page_of(call, series->size());
  if (!page) return fail(page.error());
  return series_answer(std::move(*series), *page,
                       [&rooms, at](std::span<const store::SeriesInfo> shown, JsonText& text,
                                    const std::atomic<bool>& cancelled) {
                         return write_instant(rooms, shown, at, text, cancelled);
                       });
}

}  // namespace

Result<std::vector<store::SeriesInfo>> matching_series(const Rooms& rooms, const Call& call,
                                                       UnixMs since) {
  if (!call.has("match"))
    return fail(ErrorCode::kInvalidArgument,
                "match: which series? For example system.memory.usage");
  const auto selector = store::parse_selector(call.text("match"));
  if (!selector) return fail(selector.error());
  auto series = rooms.store.select(*selector, since);
  if (series.size() <= kSeriesRead) return series;
  return fail(ErrorCode::kLimitExceeded,
              "match: selects " + std::to_string(series.size()) + " series; at most " +
                  std::to_string(kSeriesRead) +
                  " can be read at once: name a metric, a service or a host");
}

std::vector<store::SeriesId> ids_of(std::span<const store::SeriesInfo> series) {
  std::vector<store::SeriesId> ids;
  ids.reserve(series.size());
  for (const store::SeriesInfo& one : series) ids.push_back(one.id);
  return ids;
}

void add_metric_operations(Operations& operations, const Rooms& rooms) {
  operations.add({"GET",
                  "/api/v1/series",
                  Access::kObserve,
                  {"match", "limit", "page"},
                  [&rooms](const Call& call) { return list_series(rooms, call); }});
  operations.add({"GET",
                  "/api/v1/query",
                  Access::kObserve,
                  {"match", "time", "limit", "page"},
                  [&rooms](const Call& call) { return query(rooms, call); }});
}

}  // namespace headroom::api
