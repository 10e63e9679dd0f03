// The sampler must not allocate once warm: an agent that allocates every second fragments its heap
// for months.
//
// This file replaces the program's operator new by one that counts, so it can be in a test program
// only once.
#include <atomic>
#include <cstdlib>
#include <new>
#include <thread>

#include "tests/unit/agent/collector_fixture.h"

namespace {

std::atomic<std::size_t> allocations{0};

void* counted(std::size_t bytes) {
  allocations.fetch_add(1, std::memory_order_relaxed);
  void* const memory = std::malloc(bytes == 0 ? 1 : bytes);
  if (memory == nullptr) std::abort();
  return memory;
}

}  // namespace

void* operator new(std::size_t bytes) { return counted(bytes); }
void* operator new[](std::size_t bytes) { return counted(bytes); }
void* operator new(std::size_t bytes, const std::nothrow_t&) noexcept { return counted(bytes); }
void* operator new[](std::size_t bytes, const std::nothrow_t&) noexcept { return counted(bytes); }
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete[](void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
void operator delete[](void* memory, std::size_t) noexcept { std::free(memory); }
void operator delete(void* memory, const std::nothrow_t&) noexcept { std::free(memory); }
void operator delete[](void* memory, const std::nothrow_t&) noexcept { std::free(memory); }

namespace headroom::agent {
namespace {

// Filesystems are asked on another thread, which this waits for. Nothing for other collectors.
std::atomic<std::size_t> asked{0};

template <typename Collect>
void await_asked(std::size_t times, Collect&& collect) {
  while (asked.load() < times) {
    std::this_thread::yield();
    collect(std::chrono::seconds(0));
  }
}

TEST_CASE("a collector that is warm allocates nothing") {
  for (const char* fixture : {"host-small/a", "host-64-core/a", "host-containers/a",
                              "host-cgroup-v1/a", "host-cgroup-hybrid/a"}) {
    test::HostTree host("host-small/a");
    host.apply(fixture);
    for (const CollectorEntry& entry : collector_registry()) {
      INFO(entry.name << " on " << fixture);
      CollectorOptions options = host.options();
      options.service_rules = {{"nginx.service", "web"}};
      asked = 0;
      options.statvfs_function = [](const char*, struct ::statvfs* answer) {
        answer->f_frsize = answer->f_blocks = 1;
        ++asked;
        return 0;
      };
      const auto collector = entry.make(options);
      SampleSheet sheet;
      const auto collect = [&](std::chrono::seconds elapsed) {
        sheet.clear_values();
        return collector->collect({0, elapsed}, sheet).has_value();
      };
      const std::size_t filesystems = entry.name != "filesystem"                      ? 0
                                      : std::string_view(fixture) == "host-64-core/a" ? 7
                                                                                      : 1;
      // A look at everything that is looked at seldom, twice.
      REQUIRE(collect(std::chrono::seconds(0)));
      await_asked(filesystems, collect);
      REQUIRE(collect(std::chrono::seconds(60)));
      await_asked(2 * filesystems, collect);
      REQUIRE(collect(std::chrono::seconds(1)));
      const std::size_t before = allocations.load();
      bool all_well = true;
      // Short of the minute after which what was absent is looked for again.
      for (std::size_t i = 0; i < 10; ++i) {
        all_well = collect(std::chrono::seconds(5)) && all_well;
        await_asked((3 + i) * filesystems, collect);
      }
      CHECK(allocations.load() - before == 0);
      CHECK(all_well);
    }
  }
}

TEST_CASE("GPUs that are known are looked at without allocating") {
  test::HostTree host("host-drm/a");
  CollectorOptions options = host.options();
  options.nvml_library = HEADROOM_FAKE_NVML;
  const auto collector = make_gpu_collector(options);
  SampleSheet sheet;
  const auto collect = [&](int times) {
    bool all_well = true;
    for (int i = 0; i < times; ++i) {
      sheet.clear_values();
      all_well = collector->collect({0, std::chrono::milliseconds(1)}, sheet) && all_well;
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    return all_well;
  };
  // By then the library has answered; each GPU's series are on the sheet.
  const auto has_nvidia = [&] {
    return std::any_of(sheet.series().begin(), sheet.series().end(), [](const Series& series) {
      return attribute(series.attributes, "hw.vendor") == "NVIDIA";
    });
  };
  while (!has_nvidia()) REQUIRE(collect(10));
  REQUIRE(collect(10));
  const std::size_t before = allocations.load();
  const bool all_well = collect(50);
  CHECK(allocations.load() - before == 0);
  CHECK(all_well);
}

}  // namespace
}  // namespace headroom::agent
