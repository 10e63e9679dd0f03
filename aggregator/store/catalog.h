// Which series and groups there are: numbers for names. Held in memory whole, and written down by
// the store in the forms of catalog/bytes.h (docs/formats/store.md).
//
// Texts and attributes are kept once, a series is a few numbers: a fleet's 50 000 series with five
// attributes each take 75 bytes a series, all indexes included
// (tests/unit/store/catalog_size_test.cpp measures it).
//
// Whatever changes the catalog comes in two steps, so that the disk is never behind the memory: a
// plan of what is to be written, and its apply() once it is written. Between the two no other
// change may come.
//
// Thread safety: any number of readers beside one writer.
#pragma once

#include <shared_mutex>
#include <span>
#include <string>
#include <vector>

#include "aggregator/store/catalog/bytes.h"
#include "aggregator/store/catalog/group_table.h"
#include "aggregator/store/catalog/hosts.h"
#include "aggregator/store/catalog/search.h"
#include "aggregator/store/store.h"

namespace headroom::store {

using catalog::Place;

struct CatalogLimits {
  std::size_t series_max = 5'000'000;        // store.series_max
  std::size_t series_per_host_max = 20'000;  // store.series_per_host_max
};

class Catalog {
 public:
  // What defining a group adds. A series that the layout names a second time is left out of the
  // group without a word: a time has one value.
  struct Plan {
    DefinedGroup group;
    bool new_group = false;         // its members are to be written
    std::vector<SeriesId> members;  // one for each kept column
    struct NewSeries {
      SeriesId id = 0;
      std::uint32_t column = 0;  // of the layout
      std::string bytes;
    };
    std::vector<NewSeries> series;        // to be written
    std::vector<std::string> back_again;  // decommissioned hosts whose ends are to be deleted

    bool nothing_to_write() const { return !new_group && series.empty() && back_again.empty(); }
  };

  // What expired: the entries to be deleted, and the next numbers to be written with that.
  struct Removal {
    std::vector<SeriesId> series;
    std::vector<GroupId> groups;     // those of which no series is left
    std::vector<std::string> hosts;  // their ends
    CatalogNumbers numbers;

    bool nothing_to_write() const { return hosts.empty(); }
  };

  explicit Catalog(CatalogLimits limits = {});

  // Errors: kLimitExceeded where limits leave out every series, kInvalidArgument for no series at
  // all. What was left out is in report() from here on, whether or not the plan is applied.
  Result<Plan> plan(std::span<const Series> series);
  void apply(const Plan& plan, std::span<const Series> series);

  bool has_host(std::string_view host) const;
  // Write the host's end first. A host that comes back to a layout is in its plan.
  void decommission(std::string_view host, UnixMs at);

  // Hosts whose end is earlier than `before`, which should be when the longest retention ends:
  // nothing on disk may need the removed groups any more.
  Removal plan_removal(UnixMs before) const;
  void apply(const Removal& removal);

  // What was written down before, in this order: numbers, series, groups, ends of hosts; each in
  // the order of its numbers. finish_restore() tells whether an entry is missing. Errors:
  // kCorruption.
  Status restore_numbers(std::string_view bytes);
  Status restore_series(SeriesId id, std::string_view bytes);
  Status restore_group(GroupId id, std::string_view bytes);
  Status restore_tombstone(std::string_view host, std::string_view bytes);
  Status finish_restore();

  // In order of their numbers; `since` as in Store::select.
  std::vector<SeriesInfo> select(const Selector& selector, UnixMs since = Store::kForever) const;
  std::vector<Place> places(SeriesId id) const;
  std::vector<SeriesId> members(GroupId group) const;
  std::vector<Series> group_series(GroupId group) const;  // in column order
  Kind kind(SeriesId id) const;                           // of a series that there is
  std::size_t columns(GroupId group) const;               // 0 where there is no such group
  std::size_t series_count() const;                       // those of decommissioned hosts included
  std::size_t group_count() const;
  CardinalityReport report() const;

 private:
  class Planning;

  // False where the catalog lacks one of the texts or attributes, and so the series.
  bool find_words(const Series& series, std::vector<std::uint32_t>& words) const;
  void add_series(const Series& series);
  void add_group(std::string_view bytes, std::span<const SeriesId> members);
  catalog::PairId host_of(const catalog::SeriesWords& words) const;
  catalog::PairId find_host(std::string_view host) const;
  Series materialize(SeriesId id) const;
  CatalogNumbers numbers() const;

  const CatalogLimits limits_;
  mutable std::shared_mutex mutex_;
  // All below are guarded by mutex_.
  catalog::Index index_;
  catalog::TextId host_key_;
  catalog::GroupTable groups_;
  catalog::PlaceTable places_;
  catalog::Hosts hosts_;
  catalog::LeftOut left_out_;
  CatalogNumbers restored_;  // as they were written
};

}  // namespace headroom::store
