#include <cerrno>

#include "tests/unit/agent/collector_fixture.h"

namespace headroom::agent {
namespace {

using namespace std::chrono_literals;
using test::fails_with;
using test::Looked;

struct ::timex clock_of(int status, long offset, long error, long maximum_error, long frequency) {
  struct ::timex answer{};
  answer.status = status;
  answer.offset = offset;
  answer.esterror = error;
  answer.maxerror = maximum_error;
  answer.freq = frequency;
  return answer;
}

CollectorOptions options_with(int state, const struct ::timex& answer) {
  CollectorOptions options;
  options.adjtimex_function = [state, answer](struct ::timex* to) {
    CHECK(to->modes == 0);  // a question and no order
    *to = answer;
    if (state < 0) errno = -state;
    return state < 0 ? -1 : state;
  };
  return options;
}

TEST_CASE("a synchronised clock says how far it may be off") {
  // 65 536 is one part per million.
  const auto answer = clock_of(STA_PLL | STA_NANO, -250'000, 125, 31'250, 65'536 * 16);
  Looked clock(make_clock_collector(options_with(TIME_OK, answer)));
  REQUIRE(clock.at(0s));
  CHECK(clock.value("system.clock.synchronised") == 1);
  CHECK(clock.value("system.clock.offset") == -0.00025);
  CHECK(clock.value("system.clock.estimated_error") == 0.000125);
  CHECK(clock.value("system.clock.maximum_error") == 0.03125);
  CHECK(clock.value("system.clock.frequency_adjustment") == Approx(16e-6));
}

TEST_CASE("without STA_NANO the offset is in microseconds") {
  Looked clock(make_clock_collector(options_with(TIME_OK, clock_of(STA_PLL, 250, 0, 0, 0))));
  REQUIRE(clock.at(0s));
  CHECK(clock.value("system.clock.offset") == 0.00025);
}

TEST_CASE("a clock that nobody sets is not synchronised") {
  SECTION("by the state") {
    Looked clock(make_clock_collector(options_with(TIME_ERROR, clock_of(0, 0, 0, 16'000'000, 0))));
    REQUIRE(clock.at(0s));
    CHECK(clock.value("system.clock.synchronised") == 0);
    CHECK(clock.value("system.clock.maximum_error") == 16);
  }
  SECTION("by the status") {
    Looked clock(make_clock_collector(options_with(TIME_OK, clock_of(STA_UNSYNC, 0, 0, 0, 0))));
    REQUIRE(clock.at(0s));
    CHECK(clock.value("system.clock.synchronised") == 0);
  }
  SECTION("in the second of a leap it still is") {
    Looked clock(make_clock_collector(options_with(TIME_INS, clock_of(STA_INS, 0, 0, 0, 0))));
    REQUIRE(clock.at(0s));
    CHECK(clock.value("system.clock.synchronised") == 1);
  }
}

TEST_CASE("a sandbox that forbids the question is silent, another failure is not") {
  Looked forbidden(make_clock_collector(options_with(-EPERM, {})));
  CHECK(forbidden.at(0s));
  CHECK(forbidden.live() == 0);
  Looked failed(make_clock_collector(options_with(-EFAULT, {})));
  CHECK(fails_with(failed.at(0s), ErrorCode::kInternal, "adjtimex"));
  CHECK(!failed.at(1s));  // until the next look
}

TEST_CASE("this machine's kernel is asked where nothing else was given, a recorded tree is not") {
  Looked real(make_clock_collector({}));
  CHECK(real.at(0s));
  const test::HostTree host("host-small/a");
  Looked recorded(make_clock_collector(host.options()));
  CHECK(recorded.at(0s));
  CHECK(recorded.live() == 0);
}

}  // namespace
}  // namespace headroom::agent
