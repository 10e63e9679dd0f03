// The least that any agent can cost: wakes up once a second and reads the thirteen files of /proc
// that every agent reads, without looking at a byte. `./dev bench agent` runs it beside the agents,
// so that a slow or busy machine can be told from a dear agent.
#include <array>
#include <ctime>
#include <fcntl.h>
#include <unistd.h>
#include <vector>

int main() {
  constexpr std::array kFiles{"/proc/stat",         "/proc/meminfo",      "/proc/diskstats",
                              "/proc/net/dev",      "/proc/net/sockstat", "/proc/net/snmp",
                              "/proc/loadavg",      "/proc/pressure/cpu", "/proc/pressure/memory",
                              "/proc/pressure/io",  "/proc/vmstat",       "/proc/net/netstat",
                              "/proc/net/sockstat6"};
  std::vector<int> descriptors;
  for (const char* path : kFiles) descriptors.push_back(::open(path, O_RDONLY | O_CLOEXEC));
  std::vector<char> buffer(1 << 20);
  ::timespec next{};
  ::clock_gettime(CLOCK_MONOTONIC, &next);
  for (;;) {
    ++next.tv_sec;
    ::clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &next, nullptr);
    for (const int descriptor : descriptors) {
      if (descriptor >= 0 && ::pread(descriptor, buffer.data(), buffer.size(), 0) < 0) return 1;
    }
  }
}
