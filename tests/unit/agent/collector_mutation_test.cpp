// Every file that a collector reads, damaged in thousands of ways: nothing crashes, and nothing
// gets on the sheet that is not a number. HEADROOM_SEED replays a run, HEADROOM_MUTATIONS sets how
// many copies of each file are made.
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <vector>

#include "common/base/random.h"
#include "common/base/text.h"
#include "tests/unit/agent/collector_fixture.h"

namespace headroom::agent {
namespace {

using test::HostTree;

std::int64_t from_environment(const char* name, std::int64_t otherwise) {
  const char* const text = std::getenv(name);
  return text == nullptr ? otherwise : parse_int(text).value_or(otherwise);
}

std::size_t below(Random& random, std::size_t bound) {
  return random() % std::max<std::size_t>(1, bound);
}

// One kind of damage: to a byte, a range, a number or a line.
std::string damaged(std::string text, Random& random) {
  static const std::vector<std::string> kNumbers{"0",
                                                 "-1",
                                                 "1",
                                                 "4294967295",
                                                 "4294967296",
                                                 "9223372036854775808",
                                                 "18446744073709551615",
                                                 "18446744073709551616",
                                                 "99999999999999999999999999",
                                                 "1e9",
                                                 "nan",
                                                 ""};
  const std::size_t at = below(random, text.size());
  const std::size_t length = 1 + below(random, 60);
  switch (random() % 7) {
    case 0:
      text[at] = static_cast<char>(random());
      break;
    case 1:
      text.erase(at, length);
      break;
    case 2:
      text.insert(at, text.substr(below(random, text.size()), length));
      break;
    case 3:
      text.resize(at + 1);
      break;
    case 4:
      text.insert(at, 1, " \n\t:-\0"[random() % 6]);
      break;
    case 5: {
      const std::size_t first = text.find_first_of("0123456789", at);
      if (first == std::string::npos) break;
      const std::size_t end = text.find_first_not_of("0123456789", first);
      text.replace(first, std::min(end, text.size()) - first,
                   kNumbers[below(random, kNumbers.size())]);
      break;
    }
    default: {
      const std::size_t line = text.find('\n', at);
      const std::size_t next = line == std::string::npos ? line : text.find('\n', line + 1);
      if (next == std::string::npos) break;
      text.insert(next, text.substr(line, next - line));
      break;
    }
  }
  return text;
}

std::vector<std::string> files_of(const std::string& fixture) {
  const std::filesystem::path root = std::filesystem::path(HEADROOM_FIXTURES) / fixture;
  std::vector<std::string> files;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(root)) {
    if (entry.is_regular_file()) files.push_back(entry.path().lexically_relative(root).string());
  }
  std::sort(files.begin(), files.end());
  return files;
}

struct Host {
  explicit Host(const std::string& fixture) : tree(fixture) {
    CollectorOptions options = tree.options();
    options.service_rules = {{"nginx.service", "web"}, {"docker-*", "shop"}};
    options.unmapped_units = 2;
    options.statvfs_function = [](const char* path, struct ::statvfs* answer) {
      *answer = {};
      answer->f_frsize = 4096;
      answer->f_blocks = 1000;
      answer->f_bfree = answer->f_bavail = std::char_traits<char>::length(path);
      return 0;
    };
    for (const CollectorEntry& entry : collector_registry())
      collectors.push_back(entry.make(options));
  }

  void collect() {
    sheet.clear_values();
    for (const auto& collector : collectors) {
      // Whether it fails is its own affair; the sheet must be sound either way.
      (void)collector->collect({0, std::chrono::seconds(1)}, sheet);
    }
    bool sound = sheet.series().size() == sheet.values().size();
    for (std::size_t i = 0; i < sheet.values().size(); ++i) {
      const Series& series = sheet.series()[i];
      const double value = sheet.values()[i];
      const bool number = is_missing(value) || (std::isfinite(value) && value >= 0);
      const bool at_home = !series.metric.empty() ? bool(validate(series)) : is_missing(value);
      if (!number || !at_home) {
        std::printf("%s = %g\n", to_string(series).c_str(), value);
        sound = false;
      }
    }
    REQUIRE(sound);
  }

  HostTree tree;
  std::vector<std::unique_ptr<Collector>> collectors;
  SampleSheet sheet;
};

TEST_CASE("damaged files neither crash a collector nor put nonsense on the sheet") {
  const auto seed =
      from_environment("HEADROOM_SEED", static_cast<std::int64_t>(system_random()() >> 1));
  const auto copies = from_environment("HEADROOM_MUTATIONS", 200);
  std::printf("HEADROOM_SEED=%lld\n", static_cast<long long>(seed));
  Random random(static_cast<std::uint64_t>(seed));
  for (const char* fixture : {"host-small/a", "host-64-core/a", "host-containers/a",
                              "host-cgroup-v1/a", "host-cgroup-hybrid/a", "host-drm/a"}) {
    Host host(fixture);
    // Each cgroup has the same dozen files.
    const bool cgroups = std::string_view(fixture).starts_with("host-c");
    for (const std::string& file : files_of(fixture)) {
      INFO("HEADROOM_SEED=" << seed << " in " << file);
      const std::string sound = host.tree.read(file);
      for (std::int64_t i = 0; i < (cgroups ? copies / 10 : copies); ++i) {
        std::string text = damaged(sound, random);
        while (random() % 2 == 0 && !text.empty()) text = damaged(std::move(text), random);
        host.tree.write(file, text);
        host.collect();
      }
      host.tree.write(file, sound);
      host.collect();
    }
  }
}

}  // namespace
}  // namespace headroom::agent
