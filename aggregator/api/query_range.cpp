// Series over a range of time: as they were measured, in windows, and put together across series.
#include <algorithm>

#include "aggregator/api/json_text.h"
#include "aggregator/api/rooms.h"
#include "aggregator/store/query.h"
#include "common/base/text.h"

namespace headroom::api {
namespace {

// Of one answer. A page ends before the series that would cross the limit.
constexpr std::size_t kRawSamples = 5'000'000;
constexpr std::size_t kSteppedSamples = 2'000'000;

constexpr std::int64_t kMinuteMs = 60'000;

struct Question {
  store::AcrossQuery query;  // step_ms == 0: samples as they are
  bool across() const { return query.across || query.top > 0 || query.bottom > 0; }
};

Result<Question> with_windows(const Call& call) {
  Question question;
  store::WindowQuery& windows = question.query.windows;
  const auto range = range_of(call);
  if (!range) return fail(range.error());
  windows.from = range->from;
  windows.to = range->to;
  const auto step = call.duration("step");
  if (!step) return fail(step.error());
  if (*step) {
    if ((*step)->count() <= 0) return fail(ErrorCode::kInvalidArgument, "step: must be above zero");
    windows.step_ms = (*step)->count();
    // "The last day" means no particular millisecond: on whole steps the rollups answer, and a
    // chart that is drawn again keeps its windows.
    if (call.has("last") && windows.step_ms % kMinuteMs == 0)
      windows.from -= (windows.from % windows.step_ms + windows.step_ms) % windows.step_ms;
  }
  if (call.has("aggregate")) {
    windows.how = store::parse_aggregate(call.text("aggregate"));
    if (!windows.how) {
      return fail(ErrorCode::kInvalidArgument,
                  "aggregate: '" + call.text("aggregate") +
                      "' is none of avg, min, max, sum, count, last, rate, increase, quantile");
    }
  }
  const auto quantile = call.share("quantile", windows.quantile);
  if (!quantile) return fail(quantile.error());
  if (call.has("quantile") && windows.how != store::Aggregate::kQuantile)
    return fail(ErrorCode::kInvalidArgument, "quantile: belongs to aggregate=quantile");
  windows.quantile = *quantile;
  return question;
}

Status add_across(const Call& call, store::AcrossQuery& query) {
  if (call.has("across")) {
    query.across = store::parse_across(call.text("across"));
    if (!query.across) {
      return fail(
          ErrorCode::kInvalidArgument,
          "across: '" + call.text("across") + "' is none of sum, avg, min, max, count, quantile");
    }
  }
  if (call.has("by")) {
    for (const std::string_view key : split(call.text("by"), ',')) {
      if (trim(key).empty())
        return fail(ErrorCode::kInvalidArgument,
                    "by: which attributes? For example service.name,host.name");
      query.by.emplace_back(trim(key));
    }
    if (!query.across) {
      return fail(
          ErrorCode::kInvalidArgument,
          "across: how are the series of a group put together? sum, avg, min, max, count or "
          "quantile");
    }
  }
  const auto share = call.share("across_quantile", query.across_quantile);
  const auto top = call.whole("top", 0, 1, kPageMost);
  const auto bottom = call.whole("bottom", 0, 1, kPageMost);
  if (!share) return fail(share.error());
  if (!top) return fail(top.error());
  if (!bottom) return fail(bottom.error());
  if (call.has("across_quantile") && query.across != store::Across::kQuantile)
    return fail(ErrorCode::kInvalidArgument, "across_quantile: belongs to across=quantile");
  if (*top > 0 && *bottom > 0)
    return fail(ErrorCode::kInvalidArgument, "top: say either top or bottom");
  query.across_quantile = *share;
  query.top = static_cast<std::size_t>(*top);
  query.bottom = static_cast<std::size_t>(*bottom);
  return {};
}

Result<Question> question_of(const Call& call) {
  auto question = with_windows(call);
  if (!question) return question;
  if (auto added = add_across(call, question->query); !added) return fail(added.error());
  store::WindowQuery& windows = question->query.windows;
  // Without a step the whole range is one window.
  if (windows.step_ms == 0 && (windows.how || question->across()))
    windows.step_ms = windows.to - windows.from;
  return question;
}

// {"items": [series by series, as they come from the store], "next": …}
class SeriesPage {
 public:
  SeriesPage(JsonText& text, std::span<const store::SeriesInfo> series, Page page, std::size_t most)
      : text_(text), series_(series), most_(most), at_(page.begin), end_(page.end(series.size())) {
    text_.raw("{\"items\":[");
  }

  std::span<const store::SeriesInfo> wanted() const { return series_.subspan(at_, end_ - at_); }

  // False where the page ends.
  bool take(std::span<const Sample> samples) {
    if (samples.size() > most_ - total_) {
      end_ = at_;  // the next page begins with it
      return false;
    }
    const Series& series = *series_[at_++].series;
    if (samples.empty()) return true;
    text_.raw(total_ == 0 ? "{" : ",{").series(series);
    text_.raw(",\"samples\":").samples(samples).raw("}");
    total_ += samples.size();
    return text_.wanted();
  }

  Status finish(std::size_t begin) {
    if (end_ < series_.size() && end_ == begin) {
      return fail(ErrorCode::kLimitExceeded,
                  to_string(*series_[end_].series) + " alone has more than " +
                      std::to_string(most_) +
                      " samples in this range; ask for a longer step or a shorter range");
    }
    text_.raw("]");
    if (end_ < series_.size()) text_.raw(",\"next\":").text(std::to_string(end_));
    text_.raw("}").finish();
    return {};
  }

 private:
  JsonText& text_;
  std::span<const store::SeriesInfo> series_;
  std::size_t most_;
  std::size_t at_;
  std::size_t end_;
  std::size_t total_ = 0;
};

Status write_series(const Rooms& rooms, std::span<const store::SeriesInfo> series, Page page,
                    const store::WindowQuery& windows, const Write& write,
                    const std::atomic<bool>& cancelled) {
  JsonText text(write);
  SeriesPage items(text, series, page, windows.step_ms == 0 ? kRawSamples : kSteppedSamples);
  const auto sink = [&](store::SeriesId, std::span<const Sample> samples) {
    return items.take(samples);
  };
  const std::vector<store::SeriesId> ids = ids_of(items.wanted());
  const store::ReadControl control{&cancelled, 0};
  const Status read = windows.step_ms == 0
                          ? rooms.store.read(ids, windows.from, windows.to, sink, control)
                          : rooms.store.read_windows(ids, windows, sink, control);
  return read ? items.finish(page.begin) : read;
}

Status write_rows(const Rooms& rooms, std::span<const store::SeriesInfo> series, const Call& call,
                  const store::AcrossQuery& query, const Write& write,
                  const std::atomic<bool>& cancelled) {
  auto rows = store::query_across(rooms.store, series, query, {&cancelled, 0});
  if (!rows) return fail(rows.error());
  const auto page = page_of(call, rows->size());
  if (!page) return fail(page.error());
  const std::size_t end = page->end(rows->size());
  JsonText text(write);
  text.raw("{\"items\":[");
  for (std::size_t i = page->begin; i < end && text.wanted(); ++i) {
    store::AcrossRow& row = (*rows)[i];
    if (query.across == store::Across::kCount) row.series.unit = "{series}";
    text.raw(i == page->begin ? "{" : ",{").series(row.series);
    if (query.across) text.raw(",\"series\":").raw(std::to_string(row.members));
    text.raw(",\"samples\":").samples(row.samples).raw("}");
  }
  text.raw("]");
  if (end < rows->size()) text.raw(",\"next\":").text(std::to_string(end));
  text.raw("}").finish();
  return {};
}

Result<Answer> query_range(const Rooms& rooms, const Call& call) {
  const auto question = question_of(call);
  if (!question) return fail(question.error());
  auto series = matching_series(rooms, call, question->query.windows.from);
  if (!series) return fail(series.error());
  const auto page = page_of(call, series->size());
  if (!page) return fail(page.error());
  Answer answer;
  answer.stream = [&rooms, call, question = *question, series = std::move(*series), page = *page](
                      const Write& write, const std::atomic<bool>& cancelled) {
    const store::AcrossQuery& query = question.query;
    return question.across() ? write_rows(rooms, series, call, query, write, cancelled)
                             : write_series(rooms, series, page, query.windows, write, cancelled);
  };
  return answer;
}

}  // namespace

void add_query_range_operation(Operations& operations, const Rooms& rooms) {
  operations.add({"GET",
                  "/api/v1/query_range",
                  Access::kObserve,
                  {"match", "from", "to", "last", "step", "aggregate", "quantile", "by", "across",
                   "across_quantile", "top", "bottom", "limit", "page"},
                  [&rooms](const Call& call) { return query_range(rooms, call); }});
}

}  // namespace headroom::api
