#include <algorithm>
#include <thread>

#include "aggregator/store/ordered.h"
#include "aggregator/store/rocks/engine.h"

namespace headroom::store::rocks {
namespace {

constexpr std::size_t kReadSlice = 64;            // series that are read together
constexpr std::size_t kReadBytes = 16u << 20;     // of samples at one second a step, at once
constexpr UnixMs kRateLookbackMs = 300'000;       // how far a rate looks for the sample before it
constexpr std::size_t kSerialSamples = 1u << 14;  // less is not worth a thread

std::size_t slice_size(std::size_t series, UnixMs from, UnixMs to, unsigned threads) {
  const auto seconds = static_cast<std::size_t>(std::max<UnixMs>(to - from, 0) / 1000 + 1);
  const std::size_t by_memory =
      std::clamp<std::size_t>(kReadBytes / (seconds * sizeof(Sample)), 1, kReadSlice);
  return std::clamp<std::size_t>(series / (2 * std::size_t{threads}), 1, by_memory);
}

// Where the windows of a query are not made of whole buckets: how many there may be, and how many
// buckets long each must be, for rollups to be worth it.
constexpr UnixMs kEdgedWindows = 200;
constexpr UnixMs kEdgedBuckets = 4;

bool is_cancelled(const ReadControl& control) {
  return control.cancelled != nullptr && control.cancelled->load(std::memory_order_relaxed);
}

Status cancelled() { return fail(ErrorCode::kCancelled, "the read was cancelled"); }

// Where a query's buckets come from: the coarsest tier whose buckets its windows are made of.
Tier wanted_tier(const WindowQuery& query, Aggregate how, Kind kind) {
  const bool of_gauge = kind == Kind::kGauge;
  // These need every sample, as far as it is there.
  if (of_gauge &&
      (how == Aggregate::kLast || how == Aggregate::kRate || how == Aggregate::kIncrease))
    return Tier::kRaw;
  if (!of_gauge && (how == Aggregate::kAvg || how == Aggregate::kSum)) return Tier::kRaw;
  const auto whole = [&](UnixMs length) {
    return query.step_ms % length == 0 && query.from % length == 0;
  };
  if (how == Aggregate::kQuantile) return whole(kHourMs) ? Tier::kHour : Tier::kRaw;
  // Few long windows that begin anywhere are whole buckets but for their edges.
  const bool few = (query.to - query.from) / query.step_ms < kEdgedWindows;
  const auto long_enough = [&](UnixMs length) {
    return few && query.step_ms >= kEdgedBuckets * length;
  };
  if (whole(kHourMs) || long_enough(kHourMs)) return Tier::kHour;
  return whole(kMinuteMs) || long_enough(kMinuteMs) ? Tier::kMinute : Tier::kRaw;
}

// Covers [from, to) with whole buckets of the tier, and its edges with those of the next finer one,
// down to raw samples.
void cover(const ReadView& view, UnixMs from, UnixMs to, Tier tier,
           std::vector<Segment>& segments) {
  if (from >= to) return;
  const UnixMs length = std::max<UnixMs>(bucket_ms(tier), 1);
  const UnixMs begin = (from + length - 1) / length * length;
  const UnixMs end = to / length * length;
  const Tier finer = tier == Tier::kHour ? Tier::kMinute : Tier::kRaw;
  if (begin >= end) return cover(view, from, to, finer, segments);
  cover(view, from, begin, finer, segments);
  for (const Segment& segment : plan_segments(view, begin, end, tier)) segments.push_back(segment);
  cover(view, end, to, finer, segments);
}

// What a query is read from, ascending; no bucket reaches across the end of a window.
std::vector<Segment> segments_of(const ReadView& view, UnixMs from, const WindowQuery& query,
                                 Tier tier) {
  std::vector<Segment> segments;
  const UnixMs length = std::max<UnixMs>(bucket_ms(tier), 1);
  cover(view, std::max<UnixMs>(from, 0), query.from, tier, segments);
  if (query.step_ms % length == 0 && query.from % length == 0) {
    cover(view, query.from, query.to, tier, segments);
  } else {
    for (UnixMs window = query.from; window < query.to; window += query.step_ms)
      cover(view, window, std::min(window + query.step_ms, query.to), tier, segments);
  }
  return segments;
}

}  // namespace

unsigned Engine::threads(const ReadControl& control) const {
  if (control.threads > 0) return control.threads;
  return options_.threads > 0 ? options_.threads
                              : std::max(1u, std::thread::hardware_concurrency());
}

Engine::WantedByGroup Engine::wanted_columns(std::span<const SeriesId> ids) const {
  WantedByGroup wanted;
  for (std::size_t i = 0; i < ids.size(); ++i) {
    for (const Place& place : catalog_.places(ids[i]))
      wanted[place.group].push_back({place.column, i});
  }
  for (auto& [group, columns] : wanted) {
    std::sort(columns.begin(), columns.end(),
              [](const WantedColumn& a, const WantedColumn& b) { return a.column < b.column; });
  }
  return wanted;
}

ReadView Engine::view_of(const WantedByGroup& wanted, UnixMs from, UnixMs to) const {
  ReadView view;
  const std::lock_guard lock(mutex_);
  for (const std::shared_ptr<const Head>& head : {flushing_, std::shared_ptr<const Head>(head_)}) {
    if (head == nullptr) continue;
    view.heads.push_back(head);
    for (const auto& [window, batches] : head->windows()) view.head_windows.push_back(window);
    for (const auto& [group, columns] : wanted) {
      if (HeadSlice slice = head->slice(group); slice.count > 0)
        view.slices[group].push_back(std::move(slice));
    }
  }
  std::sort(view.head_windows.begin(), view.head_windows.end());
  if (to <= from || to <= 0) return view;
  for (const Tier tier : kTiers) {
    const auto& all = windows_.of(tier);
    const auto last = all.upper_bound(window_of(tier, to - 1));
    for (auto at = all.lower_bound(window_of(tier, std::max<UnixMs>(from, 0))); at != last; ++at)
      view.windows[static_cast<std::size_t>(tier)].insert(*at);
  }
  return view;
}

Status Engine::read(std::span<const SeriesId> ids, UnixMs from, UnixMs to, const Sink& sink,
                    const ReadControl& control) const {
  using Slice = std::vector<Evidence>;
  const unsigned workers = threads(control);
  const std::size_t size = slice_size(ids.size(), from, to, workers);
  const auto slice_of = [&](std::size_t i) {
    return ids.subspan(i * size, std::min(size, ids.size() - i * size));
  };
  const auto make = [&](std::size_t i) -> Result<Slice> {
    const auto slice = slice_of(i);
    const WantedByGroup wanted = wanted_columns(slice);
    const ReadView view = view_of(wanted, from, to);
    const GroupReader reader(*database_, view);
    Slice series(slice.size());
    for (const auto& [group, columns] : wanted) {
      if (is_cancelled(control)) return fail(cancelled().error());
      if (auto done = reader.samples(group, columns, from, to, series); !done)
        return fail(done.error());
    }
    return series;
  };
  const auto deliver = [&](std::size_t i, Slice&& series) {
    const auto slice = slice_of(i);
    for (std::size_t k = 0; k < slice.size(); ++k) {
      if (!sink(slice[k], series[k].samples)) return false;
      series[k].samples = {};
    }
    return true;
  };
  const std::size_t slices = (ids.size() + size - 1) / size;
  const bool small =
      ids.size() * static_cast<std::size_t>(std::max<UnixMs>(to - from, 0) / 1000) < kSerialSamples;
  return in_order<Slice>(slices, small ? 1 : workers, make, deliver);
}

// What is common to all series of a window query, for one kind.
struct Engine::ReadPlan {
  Tier tier = Tier::kRaw;
  UnixMs from = 0;  // earlier than the query's where a rate looks back
  bool sketches = false;
};

Status Engine::read_windows(std::span<const SeriesId> ids, const WindowQuery& query,
                            const Sink& sink, const ReadControl& control) const {
  if (query.step_ms <= 0) return fail(ErrorCode::kInvalidArgument, "step: must be above zero");
  using Slice = std::vector<std::vector<Sample>>;
  const auto plan_of = [&](Kind kind) {
    const Aggregate how = query.how.value_or(usual_aggregate(kind));
    ReadPlan plan{wanted_tier(query, how, kind), query.from, how == Aggregate::kQuantile};
    if (how == Aggregate::kRate || how == Aggregate::kIncrease)
      plan.from -= std::max(bucket_ms(plan.tier), std::min<UnixMs>(query.step_ms, kRateLookbackMs));
    return plan;
  };
  const std::array<ReadPlan, 2> plans{plan_of(Kind::kGauge), plan_of(Kind::kCounter)};
  const unsigned workers = threads(control);
  // A window is much smaller than what it is made of; few series at a time keep both threads busy.
  const std::size_t size =
      plans[0].tier == Tier::kRaw
          ? slice_size(ids.size(), query.from, query.to, workers)
          : std::clamp<std::size_t>(ids.size() / (2 * std::size_t{workers}), 1, kReadSlice);
  const auto slice_of = [&](std::size_t i) {
    return ids.subspan(i * size, std::min(size, ids.size() - i * size));
  };
  const auto make = [&](std::size_t i) -> Result<Slice> {
    const auto slice = slice_of(i);
    const WantedByGroup wanted = wanted_columns(slice);
    const UnixMs from = std::min(plans[0].from, plans[1].from);
    const ReadView view = view_of(wanted, from, query.to);
    const GroupReader reader(*database_, view);
    std::vector<Kind> kinds;
    for (const SeriesId id : slice) kinds.push_back(catalog_.kind(id));
    std::vector<Evidence> evidence(slice.size());
    for (const Kind kind : {Kind::kGauge, Kind::kCounter}) {
      if (std::find(kinds.begin(), kinds.end(), kind) == kinds.end()) continue;
      const ReadPlan& plan = plans[static_cast<std::size_t>(kind)];
      const auto segments = segments_of(view, plan.from, query, plan.tier);
      for (const auto& [group, columns] : wanted) {
        std::vector<WantedColumn> ours;
        std::copy_if(columns.begin(), columns.end(), std::back_inserter(ours),
                     [&](const WantedColumn& one) { return kinds[one.series] == kind; });
        if (ours.empty()) continue;
        for (const Segment& segment : segments) {
          if (is_cancelled(control)) return fail(cancelled().error());
          Status done;
          if (segment.tier != Tier::kRaw)
            done = reader.buckets(segment.tier, group, ours, segment.from, segment.to,
                                  kind == Kind::kCounter, plan.sketches, evidence);
          if (done && (segment.tier == Tier::kRaw || segment.head_too))
            done = reader.samples(group, ours, segment.from, segment.to, evidence);
          if (!done) return fail(done.error());
        }
      }
    }
    Slice windows;
    for (std::size_t k = 0; k < slice.size(); ++k)
      windows.push_back(fold(evidence[k], query, kinds[k]));
    return windows;
  };
  const auto deliver = [&](std::size_t i, Slice&& windows) {
    const auto slice = slice_of(i);
    for (std::size_t k = 0; k < slice.size(); ++k) {
      if (!sink(slice[k], windows[k])) return false;
    }
    return true;
  };
  return in_order<Slice>((ids.size() + size - 1) / size, workers, make, deliver);
}

}  // namespace headroom::store::rocks
