// How much memory the catalog takes.
#include <malloc.h>

#include "tests/support/catalog_fixture.h"

using namespace headroom;
using namespace headroom::store;
using namespace headroom::test;

TEST_CASE("a series with five attributes takes a hundred bytes or fewer") {
  // 1 000 hosts with 50 series each, of eight devices and six states.
  const auto layout_of = [](int host) {
    std::vector<Series> layout;
    for (int i = 0; i < 50; ++i) {
      layout.push_back({"system.made.up." + std::to_string(i / 6),
                        "By",
                        i % 2 == 0 ? Kind::kGauge : Kind::kCounter,
                        {{"device", "device-" + std::to_string(i % 8)},
                         {"host.name", "a-host-of-the-fleet-" + std::to_string(host)},
                         {"service.name", "service-" + std::to_string(host % 20)},
                         {"system.state", "state-" + std::to_string(i % 6)},
                         {"zone", "zone-" + std::to_string(host % 3)}}});
    }
    return layout;
  };
  const std::size_t before = mallinfo2().uordblks + mallinfo2().hblkhd;
  Catalog catalog;
  for (int host = 0; host < 1000; ++host) define(catalog, layout_of(host));
  const std::size_t used = mallinfo2().uordblks + mallinfo2().hblkhd - before;
  REQUIRE(catalog.series_count() == 50'000);
  const double each = static_cast<double>(used) / 50'000;
  WARN(each << " bytes a series");
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
  CHECK(each > 20);  // else nothing was measured
  CHECK(each < 100);
#endif
}
