// NVIDIA's library is a fake one (tests/support/fake_nvml.cpp), the other makers' cards are the
// fixture host-drm; the figures are worked out in tests/fixtures/README.md.
#include <dlfcn.h>
#include <thread>

#include "tests/support/fake_nvml.h"
#include "tests/unit/agent/collector_fixture.h"

namespace headroom::agent {
namespace {

using namespace std::chrono_literals;
using headroom::test::FakeGpu;
using headroom::test::FakeNvml;
using test::fails_with;
using test::HostTree;
using test::Looked;

FakeNvml& fake(const char* library) {
  void* const loaded = ::dlopen(library, RTLD_NOW | RTLD_LOCAL);
  REQUIRE(loaded != nullptr);
  const auto state = reinterpret_cast<FakeNvml* (*)()>(::dlsym(loaded, "fake_nvml"));
  REQUIRE(state != nullptr);
  return *state();
}

void fill(FakeGpu& gpu, unsigned percent, unsigned long long gib_used) {
  gpu.utilization_percent = percent;
  gpu.memory_used = gib_used << 30;
  gpu.memory_total = 80ULL << 30;
  gpu.power_mw = 251'340;
  gpu.energy_mj = 9'876'543'210;
  gpu.temperature = 64;
  gpu.sm_mhz = 1410;
  gpu.memory_mhz = 1593;
  gpu.clock_reasons = 0x4 | 0x1;  // power cap; and idle, which is none of ours
  gpu.ecc_corrected = 3;
  gpu.compute_processes = 2;
  gpu.graphics_processes = 1;
  gpu.lost = false;
  gpu.slices = 0;
}

// A host with NVIDIA's driver, and its library with two GPUs that work.
struct NvidiaHost {
  explicit NvidiaHost(const char* library = HEADROOM_FAKE_NVML)
      : nvml(fake(library)), options(tree.options()) {
    fill(nvml.gpus[0], 75, 20);
    fill(nvml.gpus[1], 50, 60);
    nvml.count = 2;
    nvml.init_answer = 0;
    nvml.hang = false;
    nvml.starts = 0;
    options.nvml_library = library;
  }
  ~NvidiaHost() { nvml.hang = false; }

  HostTree tree{"host-nvidia/a"};
  FakeNvml& nvml;
  CollectorOptions options;
};

// Grid points of `elapsed` until `holds`: answers come from another thread.
template <typename Holds>
void collect_until(Looked& gpus, Holds&& holds, std::chrono::nanoseconds elapsed = 0ns) {
  for (int i = 0; i < 20'000; ++i) {
    (void)gpus.at(elapsed);
    if (holds()) return;
    std::this_thread::sleep_for(100us);
  }
  FAIL("did not come about");
}

constexpr const char* kUtilization = "hw.gpu.utilization";

bool known(const Looked& gpus, std::string_view id) {
  return gpus.has(kUtilization, {id}) && !gpus.missing(kUtilization, {id});
}

TEST_CASE("NVIDIA's GPUs have the values that the library tells") {
  NvidiaHost host;
  Looked gpus(make_gpu_collector(host.options));
  collect_until(gpus, [&] { return known(gpus, "GPU-1"); });
  CHECK(gpus.value(kUtilization, {"GPU-0", "Fake 9000", "NVIDIA"}) == 0.75);
  CHECK(gpus.value("hw.gpu.memory.usage", {"GPU-0"}) == 20.0 * (1 << 30));
  CHECK(gpus.value("hw.gpu.memory.limit", {"GPU-0"}) == 80.0 * (1 << 30));
  CHECK(gpus.value("hw.power", {"GPU-0", "gpu"}) == 251.3);
  CHECK(gpus.value("hw.power.limit", {"GPU-0"}) == 300);
  CHECK(gpus.value("hw.energy", {"GPU-0"}) == 9'876'543);
  CHECK(gpus.value("hw.temperature", {"GPU-0"}) == 64);
  CHECK(gpus.value("hw.gpu.clock.frequency", {"GPU-0", "core"}) == 1.41e9);
  CHECK(gpus.value("hw.gpu.clock.frequency", {"GPU-0", "memory"}) == 1.593e9);
  CHECK(gpus.value("hw.gpu.throttled", {"GPU-0", "power_cap"}) == 1);
  CHECK(gpus.value("hw.gpu.throttled", {"GPU-0", "thermal_hardware"}) == 0);
  CHECK(gpus.value("hw.errors", {"GPU-0", "corrected"}) == 3);
  CHECK(gpus.value("hw.errors", {"GPU-0", "uncorrected"}) == 0);
  CHECK(gpus.value("hw.gpu.processes", {"GPU-0"}) == 3);
  CHECK(gpus.demand("GPU") == 1.25);
  CHECK(gpus.capacity("GPU") == 2);
  CHECK(gpus.demand("GPU_MEMORY") == 80.0 * (1 << 30));
  CHECK(gpus.capacity("GPU_MEMORY") == 160.0 * (1 << 30));
}

TEST_CASE("errors and processes are asked for every ten seconds and stay in between") {
  NvidiaHost host;
  Looked gpus(make_gpu_collector(host.options));
  collect_until(gpus, [&] { return known(gpus, "GPU-1"); });
  host.nvml.gpus[0].ecc_corrected = 4;
  host.nvml.gpus[0].temperature = 65;
  collect_until(
      gpus, [&] { return known(gpus, "GPU-0") && gpus.value("hw.temperature", {"GPU-0"}) == 65; });
  CHECK(gpus.value("hw.errors", {"GPU-0", "corrected"}) == 3);
  CHECK(gpus.value("hw.gpu.processes", {"GPU-0"}) == 3);
  CHECK(gpus.value("hw.power.limit", {"GPU-0"}) == 300);
  collect_until(
      gpus,
      [&] { return known(gpus, "GPU-0") && gpus.value("hw.errors", {"GPU-0", "corrected"}) == 4; },
      1s);
}

TEST_CASE("a driver that hangs has no values and holds nobody up") {
  NvidiaHost host;
  Looked gpus(make_gpu_collector(host.options));
  collect_until(gpus, [&] { return known(gpus, "GPU-1"); });
  host.nvml.hang = true;
  collect_until(gpus, [&] { return host.nvml.hanging.load(); });
  CHECK(gpus.at(1s));  // a slow answer is no failure yet
  CHECK(gpus.missing(kUtilization, {"GPU-0"}));
  CHECK(gpus.missing(kDemandMetric, {"GPU"}));
  CHECK(fails_with(gpus.at(4s), ErrorCode::kUnavailable, "for more than 5 seconds"));
  CHECK(fails_with(gpus.at(60s), ErrorCode::kUnavailable, "for more than a minute"));
  host.nvml.hang = false;
  collect_until(gpus, [&] { return known(gpus, "GPU-1"); });
  CHECK(gpus.at(1s));
}

TEST_CASE("a collector can be dropped while the driver hangs") {
  NvidiaHost host;
  {
    Looked gpus(make_gpu_collector(host.options));
    collect_until(gpus, [&] { return known(gpus, "GPU-1"); });
    host.nvml.hang = true;
    collect_until(gpus, [&] { return host.nvml.hanging.load(); });
  }
  host.nvml.hang = false;
  while (host.nvml.hanging) std::this_thread::yield();
}

TEST_CASE("a lost GPU has no values, the other goes on, and the library is started anew seldom") {
  NvidiaHost host;
  Looked gpus(make_gpu_collector(host.options));
  collect_until(gpus, [&] { return known(gpus, "GPU-0"); });
  CHECK(host.nvml.starts == 1);
  host.nvml.gpus[1].lost = true;
  collect_until(gpus, [&] { return known(gpus, "GPU-0") && !known(gpus, "GPU-1"); });
  CHECK(fails_with(gpus.at(0s), ErrorCode::kUnavailable, "GPU-1 is lost"));
  collect_until(gpus, [&] { return known(gpus, "GPU-0"); });
  CHECK(gpus.demand("GPU") == 0.75);
  CHECK(gpus.capacity("GPU") == 1);
  CHECK(host.nvml.starts == 1);
  collect_until(gpus, [&] { return host.nvml.starts == 2; }, 6s);
  host.nvml.gpus[1].lost = false;
  collect_until(gpus, [&] { return known(gpus, "GPU-1"); });
  CHECK(gpus.at(0s));
}

TEST_CASE("the pause between two starts of a library that fails grows to ten minutes") {
  NvidiaHost host;
  host.nvml.init_answer = 18;
  Looked gpus(make_gpu_collector(host.options));
  collect_until(gpus, [&] { return host.nvml.starts == 1; });
  collect_until(gpus, [&] {
    return fails_with(gpus.at(0s), ErrorCode::kUnavailable, "Driver/library version mismatch");
  });
  // 10 + 20 + 40 + 80 + 160 + 320 s, then every 600 s.
  for (int seconds = 0; seconds < 3 * 3600; seconds += 10) {
    (void)gpus.at(10s);
    std::this_thread::sleep_for(100us);
  }
  CHECK(host.nvml.starts > 10);
  CHECK(host.nvml.starts <= 1 + 6 + (3 * 3600 - 630) / 600 + 1);
  CHECK(gpus.live() == 0);
  host.nvml.init_answer = 0;
  collect_until(gpus, [&] { return known(gpus, "GPU-0"); }, 60s);
  CHECK(gpus.at(0s));
}

TEST_CASE("what an old library does not know has no series") {
  NvidiaHost host(HEADROOM_FAKE_NVML_OLD);
  host.nvml.gpus[0].slices = 2;  // which this library has no word for
  Looked gpus(make_gpu_collector(host.options));
  collect_until(gpus, [&] { return known(gpus, "GPU-1"); });
  CHECK(gpus.at(0s));
  CHECK(gpus.has("hw.power", {"GPU-1"}));
  CHECK(!gpus.has("hw.energy"));
  CHECK(!gpus.has("hw.power.limit"));
  CHECK(!gpus.has("hw.gpu.throttled"));
}

TEST_CASE("slices of a GPU have memory, and the GPU then has no utilization") {
  NvidiaHost host;
  host.nvml.gpus[0].slices = 2;
  host.nvml.gpus[0].memory_used = 21ULL << 30;
  host.nvml.gpus[0].memory_total = 77ULL << 30;
  Looked gpus(make_gpu_collector(host.options));
  collect_until(gpus, [&] { return known(gpus, "GPU-1"); });
  CHECK(!gpus.has(kUtilization, {"GPU-0"}));
  CHECK(!gpus.has(kUtilization, {"MIG-0-6"}));
  CHECK(!gpus.has("hw.power", {"MIG-0-6"}));
  CHECK(gpus.value("hw.gpu.memory.usage", {"MIG-0-5", "GPU-0"}) == 3.0 * (1 << 30));
  CHECK(gpus.value("hw.gpu.memory.limit", {"MIG-0-6", "GPU-0"}) == 11.0 * (1 << 30));
  CHECK(!gpus.has("hw.gpu.memory.usage", {"MIG-0-4"}));
  CHECK(gpus.demand("GPU") == 0.5);
  CHECK(gpus.capacity("GPU") == 1);
  CHECK(gpus.demand("GPU_MEMORY") == 81.0 * (1 << 30));  // slices are contained in their GPU
  CHECK(gpus.capacity("GPU_MEMORY") == 157.0 * (1 << 30));
}

TEST_CASE("GPUs and slices that come and go are noticed within a minute") {
  NvidiaHost host;
  host.nvml.count = 1;
  Looked gpus(make_gpu_collector(host.options));
  collect_until(gpus, [&] { return known(gpus, "GPU-0"); });
  const auto live = gpus.live();
  host.nvml.count = 2;
  collect_until(gpus, [&] { return known(gpus, "GPU-1"); }, 31s);
  CHECK(gpus.live() > live);
  host.nvml.count = 1;
  collect_until(gpus, [&] { return !gpus.has(kUtilization, {"GPU-1"}); }, 31s);
  CHECK(gpus.live() == live);
  CHECK(host.nvml.starts == 1);
}

TEST_CASE("a host without NVIDIA's driver does not open the library") {
  NvidiaHost host;
  host.options.nvml_library.clear();
  host.tree.remove("dev/nvidiactl");
  Looked gpus(make_gpu_collector(host.options));
  for (int i = 0; i < 100; ++i) CHECK(gpus.at(10s));
  CHECK(gpus.live() == 0);
}

TEST_CASE("a driver without its library is reported with what to do") {
  NvidiaHost host;
  host.options.nvml_library = host.tree.root() + "/libnvidia-ml.so.1";
  Looked gpus(make_gpu_collector(host.options));
  collect_until(
      gpus, [&] { return fails_with(gpus.at(0s), ErrorCode::kNotFound, "set gpu.nvml_library"); });
  CHECK(gpus.live() == 0);
  SECTION("and nothing is when the driver goes too") {
    host.tree.remove("dev/nvidiactl");
    collect_until(gpus, [&] { return bool(gpus.at(0s)); }, 5s);
  }
  SECTION("nor is a library that is something else") {
    host.tree.write("libnvidia-ml.so.1",
                    "\x7f"
                    "ELF");
    collect_until(
        gpus, [&] { return fails_with(gpus.at(0s), ErrorCode::kNotFound, "libnvidia-ml.so.1"); },
        5s);
  }
}

TEST_CASE("AMD's cards tell by sysfs, and one that sleeps is left asleep") {
  const HostTree host("host-drm/a");
  Looked gpus(make_gpu_collector(host.options()));
  REQUIRE(gpus.at(0s));
  CHECK(gpus.value(kUtilization, {"0000:43:00.0", "AMD Instinct MI210", "AMD"}) == 0.62);
  CHECK(gpus.value("hw.gpu.memory.usage", {"0000:43:00.0"}) == 17'175'674'880);
  CHECK(gpus.value("hw.gpu.memory.limit", {"0000:43:00.0"}) == 68'702'699'520);
  CHECK(gpus.value("hw.power", {"0000:43:00.0"}) == 187);
  CHECK(gpus.value("hw.power.limit", {"0000:43:00.0"}) == 300);
  CHECK(gpus.value("hw.temperature", {"0000:43:00.0"}) == 51);
  CHECK(gpus.value("hw.gpu.clock.frequency", {"0000:43:00.0", "core"}) == 1.7e9);
  CHECK(!gpus.has(kUtilization, {"0000:44:00.0"}));
  CHECK(gpus.demand("GPU") == 0.62);
  CHECK(gpus.capacity("GPU") == 1);
  CHECK(gpus.demand("GPU_MEMORY") == 17'175'674'880);
}

TEST_CASE("a card that wakes and one that goes away are noticed") {
  HostTree host("host-drm/a");
  Looked gpus(make_gpu_collector(host.options()));
  REQUIRE(gpus.at(0s));
  host.write("sys/class/drm/card1/device/power/runtime_status", "active\n");
  REQUIRE(gpus.at(1s));
  CHECK(gpus.value(kUtilization, {"0000:44:00.0", "AMD 0x164e"}) == 0);
  CHECK(gpus.value("hw.power", {"0000:44:00.0"}) == 4);
  CHECK(gpus.capacity("GPU") == 2);
  host.remove("sys/class/drm/card0");
  host.remove("sys/class/drm/card0-DP-1");
  for (int i = 0; i < 61; ++i) REQUIRE(gpus.at(1s));
  CHECK(!gpus.has(kUtilization, {"0000:43:00.0"}));
  CHECK(gpus.capacity("GPU") == 1);
}

TEST_CASE("Intel's cards tell clocks and energy, and no utilization is made up") {
  const HostTree host("host-drm/a");
  Looked gpus(make_gpu_collector(host.options()));
  REQUIRE(gpus.at(0s));
  CHECK(gpus.value("hw.gpu.clock.frequency", {"0000:4d:00.0", "Intel 0x56c0", "core"}) == 2.05e9);
  CHECK(gpus.value("hw.energy", {"0000:4d:00.0"}) == 1235);
  CHECK(gpus.value("hw.gpu.throttled", {"0000:4d:00.0", "power_cap"}) == 1);
  CHECK(gpus.value("hw.gpu.throttled", {"0000:4d:00.0", "thermal_hardware"}) == 0);
  CHECK(gpus.value("hw.gpu.clock.frequency", {"0000:9a:00.0", "core"}) == 1.6e9);
  CHECK(!gpus.has(kUtilization, {"0000:4d:00.0"}));
}

TEST_CASE("a file of a card that says nonsense gives no value") {
  HostTree host("host-drm/a");
  host.write("sys/class/drm/card0/device/gpu_busy_percent", "busy\n");
  host.write("sys/class/drm/card0/device/mem_info_vram_used", "-1\n");
  host.write("sys/class/drm/card0/device/hwmon/hwmon4/temp1_input", "");
  Looked gpus(make_gpu_collector(host.options()));
  REQUIRE(gpus.at(0s));
  CHECK(!gpus.has(kUtilization));
  CHECK(!gpus.has("hw.gpu.memory.usage"));
  CHECK(!gpus.has("hw.temperature"));
  CHECK(gpus.value("hw.power", {"0000:43:00.0"}) == 187);
}

TEST_CASE("more cards than are looked at are left out") {
  HostTree host("host-drm/a");
  for (int i = 20; i < 160; ++i) {
    const std::string card = "sys/class/drm/card" + std::to_string(i) + "/device/";
    host.write(card + "vendor", "0x1002\n");
    host.write(card + "gpu_busy_percent", "50\n");
  }
  Looked gpus(make_gpu_collector(host.options()));
  REQUIRE(gpus.at(0s));
  CHECK(gpus.capacity("GPU") == 127);  // 128 cards, one of which sleeps
}

TEST_CASE("on this machine GPUs are sound or silent") {
  Looked gpus(make_gpu_collector(CollectorOptions{}));
  if (!std::filesystem::exists("/dev/nvidiactl")) {
    WARN("no NVIDIA driver here: the real library is not tested");
    for (int i = 0; i < 3; ++i) CHECK(gpus.at(1s));
    if (!std::filesystem::exists("/sys/class/drm")) CHECK(gpus.live() == 0);
    return;
  }
  collect_until(gpus, [&] { return gpus.has("hw.gpu.memory.limit", {"NVIDIA"}); });
  CHECK(gpus.at(0s));
  collect_until(gpus, [&] { return !gpus.missing("hw.gpu.memory.limit", {"NVIDIA"}); });
  CHECK(gpus.value("hw.gpu.memory.limit", {"NVIDIA"}) > 0);
  CHECK(gpus.value("hw.gpu.memory.usage", {"NVIDIA"}) <=
        gpus.value("hw.gpu.memory.limit", {"NVIDIA"}));
  if (gpus.has(kUtilization, {"NVIDIA"})) CHECK(gpus.value(kUtilization, {"NVIDIA"}) <= 1);
  if (gpus.has("hw.temperature", {"NVIDIA"})) CHECK(gpus.value("hw.temperature", {"NVIDIA"}) < 150);
}

}  // namespace
}  // namespace headroom::agent
