#include "aggregator/store/catalog/search.h"

#include <algorithm>

namespace headroom::store::catalog {
namespace {

// A list this many times longer than the candidates is not walked; the candidates are looked at
// instead.
constexpr std::size_t kWalkRatio = 8;

// A matcher that is more than "has this very attribute". What it says of a value is worked out once
// for each value, and only for those that are met.
class Condition {
 public:
  Condition(const Index& index, const Matcher& matcher, TextId key)
      : index_(index),
        matcher_(matcher),
        key_(key),
        without_(matcher.matches({})),
        verdicts_(index.pairs.size(), kUnknown) {}

  bool holds_without() const { return without_; }
  std::span<const PairId> values() const { return index_.pairs.with_key(key_); }

  bool accepts(PairId pair) {
    std::uint8_t& verdict = verdicts_[pair];
    if (verdict == kUnknown)
      verdict = matcher_.matches(index_.texts[index_.pairs[pair].value]) ? kYes : kNo;
    return verdict == kYes;
  }

  bool holds(const SeriesWords& series) {
    if (key_ == kMetricKey) return accepts(series.metric());
    for (const PairId pair : series.attributes()) {
      if (index_.pairs[pair].key == key_) return accepts(pair);
    }
    return without_;
  }

 private:
  enum Verdict : std::uint8_t { kUnknown, kYes, kNo };
  const Index& index_;
  const Matcher& matcher_;
  TextId key_;
  bool without_;  // what it says where the attribute is absent
  std::vector<std::uint8_t> verdicts_;
};

class Search {
 public:
  Search(const Index& index, std::span<const PairId> hidden) : index_(index), hidden_(hidden) {}

  std::vector<SeriesId> run(const Selector& selector) {
    for (const Matcher& matcher : selector.matchers) {
      if (!add(matcher)) return {};
    }
    std::vector<SeriesId> ids = candidates();
    ids.erase(std::remove_if(ids.begin(), ids.end(), [&](SeriesId id) { return !fits(id); }),
              ids.end());
    return ids;
  }

 private:
  // False where no series can match.
  bool add(const Matcher& matcher) {
    const TextId key = matcher.key == kNameKey ? kMetricKey : index_.texts.find(matcher.key);
    if (key == kNoId || index_.pairs.with_key(key).empty()) return matcher.matches({});
    if (matcher.op != Matcher::Op::kEqual || matcher.value.empty()) {
      conditions_.emplace_back(index_, matcher, key);
      return true;
    }
    const TextId value = index_.texts.find(matcher.value);
    const PairId pair = value == kNoId ? kNoId : index_.pairs.find(key, value);
    required_.push_back(pair);
    return pair != kNoId;
  }

  std::vector<SeriesId> candidates() {
    std::sort(required_.begin(), required_.end(), [&](PairId a, PairId b) {
      return index_.pairs[a].series.size() < index_.pairs[b].series.size();
    });
    std::size_t least =
        required_.empty() ? index_.series.count() : index_.pairs[required_.front()].series.size();
    std::vector<PairId> from;  // the series of any of these
    bool narrowed = false;
    for (Condition& condition : conditions_) {
      // Asking for every value there is pays only where that is less than asking the candidates.
      if (condition.holds_without() || condition.values().size() > least) continue;
      std::vector<PairId> accepted;
      std::size_t size = 0;
      for (const PairId pair : condition.values()) {
        if (!condition.accepts(pair)) continue;
        accepted.push_back(pair);
        size += index_.pairs[pair].series.size();
      }
      if (size >= least) continue;
      least = size;
      from = std::move(accepted);
      narrowed = true;
    }
    std::vector<SeriesId> ids;
    if (narrowed) {
      // A series has one value of a key, so none comes twice.
      for (const PairId pair : from) index_.pairs[pair].series.append_to(ids);
      if (from.size() > 1) std::sort(ids.begin(), ids.end());
    } else if (!required_.empty()) {
      index_.pairs[required_.front()].series.append_to(ids);
      required_.erase(required_.begin());
    } else {
      for (SeriesId id = 0; id < index_.series.next(); ++id) {
        if (index_.series.has(id)) ids.push_back(id);
      }
    }
    while (!required_.empty() &&
           index_.pairs[required_.front()].series.size() < ids.size() * kWalkRatio) {
      index_.pairs[required_.front()].series.intersect(ids);
      required_.erase(required_.begin());
    }
    return ids;
  }

  bool fits(SeriesId id) {
    const SeriesWords series = index_.series[id];
    const auto attributes = series.attributes();
    const auto carries = [&](PairId pair) {
      return pair == series.metric() ||
             std::find(attributes.begin(), attributes.end(), pair) != attributes.end();
    };
    if (!std::all_of(required_.begin(), required_.end(), carries)) return false;
    if (!std::all_of(conditions_.begin(), conditions_.end(),
                     [&](Condition& condition) { return condition.holds(series); }))
      return false;
    return hidden_.empty() || std::none_of(attributes.begin(), attributes.end(), [&](PairId pair) {
             return std::binary_search(hidden_.begin(), hidden_.end(), pair);
           });
  }

  const Index& index_;
  std::span<const PairId> hidden_;
  std::vector<PairId> required_;
  std::vector<Condition> conditions_;
};

}  // namespace

std::vector<SeriesId> search(const Index& index, const Selector& selector,
                             std::span<const PairId> hidden) {
  return Search(index, hidden).run(selector);
}

}  // namespace headroom::store::catalog
