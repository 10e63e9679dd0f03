#include <algorithm>

#include "aggregator/api/rooms.h"
#include "aggregator/store/aggregate.h"
#include "common/base/text.h"

namespace headroom::api {
namespace {

constexpr UnixMs kInstantLookbackMs = 300'000;
constexpr std::size_t kRawSamples = 50'000;       // of one answer without a step
constexpr std::size_t kSteppedSamples = 500'000;  // with one
constexpr std::size_t kSeriesRead = 10'000;       // series that one question may read

Json series_json(const Series& series) {
  Json attributes = Json::object();
  for (const Attribute& one : series.attributes) attributes[one.key] = one.value;
  return Json{{"metric", series.metric},
              {"unit", series.unit},
              {"kind", series.kind == Kind::kCounter ? "counter" : "gauge"},
              {"attributes", std::move(attributes)}};
}

Result<std::vector<store::SeriesInfo>> selected(const Rooms& rooms, const Call& call) {
  if (!call.has("match"))
    return fail(ErrorCode::kInvalidArgument,
                "match: which series? For example system.memory.usage");
  const auto selector = store::parse_selector(call.text("match"));
  if (!selector) return fail(selector.error());
  return rooms.store.select(*selector);
}

Status check_series(const std::vector<store::SeriesInfo>& series) {
  if (series.size() <= kSeriesRead) return {};
  return fail(ErrorCode::kLimitExceeded, "match: selects " + std::to_string(series.size()) +
                                             " series; at most " + std::to_string(kSeriesRead) +
                                             " can be read at once");
}

std::vector<store::SeriesId> ids_of(const std::vector<store::SeriesInfo>& series) {
  std::vector<store::SeriesId> ids;
  for (const store::SeriesInfo& one : series) ids.push_back(one.id);
  return ids;
}

Result<Answer> list_series(const Rooms& rooms, const Call& call) {
  std::vector<store::SeriesInfo> series = rooms.store.select({});
  if (call.has("match")) {
    auto matching = selected(rooms, call);
    if (!matching) return fail(matching.error());
    series = std::move(*matching);
  }
  Json items = Json::array();
  for (const store::SeriesInfo& one : series) items.push_back(series_json(*one.series));
  return paged(call, std::move(items));
}

Result<Answer> query(const Rooms& rooms, const Call& call) {
  UnixMs at = call.now;
  if (call.has("time")) {
    const auto parsed = parse_time(call.text("time"));
    if (!parsed) return fail(parsed.error().within("time"));
    at = *parsed;
  }
  const auto series = selected(rooms, call);
  if (!series) return fail(series.error());
  if (auto few = check_series(*series); !few) return fail(few.error());
  Json items = Json::array();
  std::size_t index = 0;
  const Status read = rooms.store.read(ids_of(*series), at - kInstantLookbackMs, at + 1,
                                       [&](store::SeriesId, std::span<const Sample> samples) {
                                         const Series& one = *(*series)[index++].series;
                                         if (samples.empty()) return true;
                                         Json item = series_json(one);
                                         item["time"] = time(samples.back().time);
                                         item["value"] = number(samples.back().value);
                                         items.push_back(std::move(item));
                                         return true;
                                       });
  if (!read) return fail(read.error());
  return paged(call, std::move(items));
}

Json samples_json(std::span<const Sample> samples) {
  Json array = Json::array();
  for (const Sample& sample : samples) {
    Json seconds = sample.time % 1000 == 0 ? Json(sample.time / 1000)
                                           : Json(static_cast<double>(sample.time) / 1000);
    array.push_back(Json::array({std::move(seconds), number(sample.value)}));
  }
  return array;
}

struct RangeQuestion {
  Range range;
  std::int64_t step_ms = 0;  // 0: samples as they are
  std::optional<store::Aggregate> how;
};

Result<RangeQuestion> range_question(const Call& call) {
  RangeQuestion question;
  const auto range = range_of(call);
  if (!range) return fail(range.error());
  question.range = *range;
  const auto step = call.duration("step");
  if (!step) return fail(step.error());
  if (*step) {
    if ((*step)->count() <= 0) return fail(ErrorCode::kInvalidArgument, "step: must be above zero");
    question.step_ms = (*step)->count();
  }
  if (call.has("aggregate")) {
    question.how = store::parse_aggregate(call.text("aggregate"));
    if (!question.how) {
      return fail(ErrorCode::kInvalidArgument,
                  "aggregate: '" + call.text("aggregate") +
                      "' is none of avg, min, max, sum, count, last, rate");
    }
    // Without a step the whole range is one window.
    if (question.step_ms == 0) question.step_ms = question.range.to - question.range.from;
  }
  return question;
}

Result<Answer> query_range(const Rooms& rooms, const Call& call) {
  const auto question = range_question(call);
  if (!question) return fail(question.error());
  const auto series = selected(rooms, call);
  if (!series) return fail(series.error());
  if (auto few = check_series(*series); !few) return fail(few.error());
  const std::int64_t step = question->step_ms;
  const std::size_t most = step == 0 ? kRawSamples : kSteppedSamples;
  // A rate's first window looks at the sample before it.
  const UnixMs from = step == 0
                          ? question->range.from
                          : question->range.from - std::min<std::int64_t>(step, kInstantLookbackMs);
  Json items = Json::array();
  std::size_t total = 0;
  std::size_t index = 0;
  const Status read = rooms.store.read(
      ids_of(*series), from, question->range.to,
      [&](store::SeriesId, std::span<const Sample> samples) {
        const Series& one = *(*series)[index++].series;
        std::vector<Sample> windows;
        if (step > 0) {
          const auto usual =
              one.kind == Kind::kCounter ? store::Aggregate::kRate : store::Aggregate::kAvg;
          windows =
              store::aggregate(samples, question->range.from, step, question->how.value_or(usual));
          samples = windows;
        }
        total += samples.size();
        if (total > most) return false;
        if (samples.empty()) return true;
        Json item = series_json(one);
        item["samples"] = samples_json(samples);
        items.push_back(std::move(item));
        return true;
      });
  if (!read) return fail(read.error());
  if (total > most) {
    return fail(ErrorCode::kLimitExceeded,
                "the answer has more than " + std::to_string(most) +
                    " samples; ask for a longer step or a shorter range");
  }
  return paged(call, std::move(items));
}

}  // namespace

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
  operations.add({"GET",
                  "/api/v1/query_range",
                  Access::kObserve,
                  {"match", "from", "to", "last", "step", "aggregate", "limit", "page"},
                  [&rooms](const Call& call) { return query_range(rooms, call); }});
}

}  // namespace headroom::api
