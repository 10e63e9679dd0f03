// What a selector selects, against asking every series.
#include <ctime>
#include <random>

#include "tests/support/catalog_fixture.h"

using namespace headroom;
using namespace headroom::store;
using namespace headroom::test;

namespace {

std::string number(std::uint64_t i) { return std::to_string(i); }

double cpu_ms() { return static_cast<double>(std::clock()) * 1000 / CLOCKS_PER_SEC; }

class RandomWorld {
 public:
  explicit RandomWorld(std::uint64_t seed) : random_(seed) {}

  std::uint64_t below(std::uint64_t end) { return random_() % end; }

  Series series() {
    Series series{"m" + number(below(6)),
                  below(5) == 0 ? "By" : "1",
                  below(4) == 0 ? Kind::kCounter : Kind::kGauge,
                  {}};
    // Some keys are absent, some values are empty.
    for (const char* key : {"device", "host.name", "rack", "state"}) {
      if (below(3) == 0) continue;
      series.attributes.push_back({key, value()});
    }
    return series;
  }

  Selector selector() {
    static constexpr const char* kRegexes[] = {"v1|v2", "v.*", ".*", ".+", "", "v[0-3]?", "m[12]"};
    std::string text = "{";
    const std::uint64_t matchers = 1 + below(4);
    for (std::uint64_t i = 0; i < matchers; ++i) {
      static constexpr const char* kKeys[] = {"device",   "host.name", "rack",
                                              "__name__", "state",     "never"};
      const std::string key = kKeys[below(6)];
      const char* const op[] = {"=", "!=", "=~", "!~"};
      const std::uint64_t which = below(4);
      std::string wanted = which > 1           ? kRegexes[below(7)]
                           : key == "__name__" ? "m" + number(below(7))
                                               : value();
      text += key + op[which] + '"' + wanted + "\",";
    }
    text += '}';
    INFO(text);
    auto parsed = parse_selector(text);
    REQUIRE(parsed.has_value());
    return *parsed;
  }

 private:
  std::string value() {
    const std::uint64_t i = below(9);
    return i == 0 ? "" : "v" + number(i);
  }

  std::mt19937_64 random_;
};

}  // namespace

TEST_CASE("a selector selects what it matches, whatever series there are") {
  const std::uint64_t seed = std::random_device()();
  INFO("seed " << seed);
  for (std::uint64_t round = 0; round < 30; ++round) {
    RandomWorld world(seed + round);
    Catalog catalog;
    std::vector<std::vector<Series>> layouts(1 + world.below(20));
    std::map<SeriesId, Series> all;
    for (auto& layout : layouts) {
      for (std::uint64_t i = 0; i <= world.below(60); ++i) layout.push_back(world.series());
      const auto plan = define(catalog, layout);
      for (std::size_t i = 0; i < plan.members.size(); ++i)
        all[plan.members[i]] = layout[plan.group.kept[i]];
    }
    // Two hosts end, at 1000 and 2000; the first of them expires in every other round.
    const auto ends = std::map<std::string, UnixMs, std::less<>>{{"v1", 1000}, {"v2", 2000}};
    for (const auto& [host, at] : ends) {
      if (catalog.has_host(host)) catalog.decommission(host, at);
    }
    if (round % 2 == 0) {
      catalog.apply(catalog.plan_removal(1001));
      std::erase_if(all, [](const auto& one) {
        return attribute(one.second.attributes, "host.name") == "v1";
      });
    }
    for (int query = 0; query < 200; ++query) {
      const Selector selector = world.selector();
      const UnixMs since = query % 3 == 0 ? 0 : query % 3 == 1 ? 1500 : Store::kForever;
      std::map<SeriesId, Series> wanted;
      for (const auto& [id, series] : all) {
        const auto end = ends.find(attribute(series.attributes, "host.name"));
        if (end != ends.end() && since > end->second) continue;
        if (selector.matches(series)) wanted[id] = series;
      }
      const auto selected = catalog.select(selector, since);
      bool same = selected.size() == wanted.size();
      auto expected = wanted.begin();
      for (std::size_t i = 0; same && i < selected.size(); ++i, ++expected)
        same = selected[i].id == expected->first && *selected[i].series == expected->second;
      REQUIRE(same);
    }
  }
}

TEST_CASE("a thousand of a million series are found in little time") {
  // 20 000 hosts with 50 series each; the times are printed and not asserted.
  Catalog catalog;
  for (std::uint64_t host = 0; host < 20'000; ++host) {
    std::vector<Series> layout;
    for (std::uint64_t i = 0; i < 50; ++i) {
      layout.push_back({"system.metric." + number(i / 2),
                        "By",
                        Kind::kGauge,
                        {{"host.name", "web-" + number(host)},
                         {"service.name", "service-" + number(host % 40)},
                         {"system.state", i % 2 == 0 ? "used" : "free"}}});
    }
    define(catalog, layout);
  }
  const auto timed = [&](const std::string& text, std::size_t wanted) {
    const Selector selector = *parse_selector(text);
    const double before = cpu_ms();
    const auto selected = catalog.select(selector);
    const double took = cpu_ms() - before;
    WARN(text << ": " << selected.size() << " series in " << took << " ms of CPU");
    CHECK(selected.size() == wanted);
  };
  // web-1, web-10 … web-19, web-100 … web-199 and so on have numbers that begin with 1.
  timed("system.metric.7{system.state=\"used\",host.name=~\"web-7.*\"}", 1111);
  timed("system.metric.7{service.name=\"service-3\",system.state=\"used\"}", 500);
  timed("{host.name=\"web-777\",__name__=~\"system\\\\.metric\\\\.[0-9]\"}", 20);
  timed("{host.name=~\"web-1234[0-9]\"}", 500);
  timed("{__name__!=\"\",host.name!~\"web-.*\"}", 0);
}
