// Jobs on all cores, results in the order of the input.
#include "cli/offline/workers.h"

#include <atomic>
#include <stdexcept>

#include "tests/support/catch.h"

namespace headroom::cli {

TEST_CASE("results are delivered in order, however many threads made them") {
  for (const unsigned threads : {1u, 2u, 7u}) {
    std::vector<std::size_t> delivered;
    double last = 0;
    const Status done = work_through<std::size_t>(
        2000, threads, [](std::size_t job) -> Result<std::size_t> { return job * job; },
        [&](std::size_t job, std::size_t&& result) -> Status {
          CHECK(result == job * job);
          delivered.push_back(job);
          return {};
        },
        [&](double share) { last = share; });
    REQUIRE(done);
    REQUIRE(delivered.size() == 2000);
    CHECK(std::is_sorted(delivered.begin(), delivered.end()));
    CHECK(last == 1);
  }
}

TEST_CASE("the first error in the order of jobs ends the work") {
  std::size_t delivered = 0;
  const Status done = work_through<int>(
      1000, 4,
      [](std::size_t job) -> Result<int> {
        if (job == 40 || job == 41 || job == 900)
          return fail(ErrorCode::kInvalidArgument, "series " + std::to_string(job));
        return 0;
      },
      [&](std::size_t, int&&) -> Status {
        ++delivered;
        return {};
      });
  REQUIRE(!done);
  CHECK(done.error().message == "series 40");
  CHECK(delivered == 40);
}

TEST_CASE("an exception of a job is an error, and jobs never run far ahead") {
  std::atomic<std::size_t> furthest = 0;
  const Status done = work_through<int>(
      5000, 3,
      [&](std::size_t job) -> Result<int> {
        furthest = std::max(furthest.load(), job);
        if (job == 0) throw std::runtime_error("no memory");
        return 0;
      },
      [](std::size_t, int&&) -> Status { return {}; });
  REQUIRE(!done);
  CHECK(done.error().message == "no memory");
  CHECK(furthest <= kJobsAhead);
}

TEST_CASE("as many threads as asked, but no more than jobs or the limit") {
  CHECK(threads_for(4, 100) == 4);
  CHECK(threads_for(4, 2) == 2);
  CHECK(threads_for(1'000'000, 1'000'000) == kThreadsMost);
  CHECK(threads_for(0, 1) == 1);
  CHECK(threads_for(3, 0) == 1);
}

}  // namespace headroom::cli
