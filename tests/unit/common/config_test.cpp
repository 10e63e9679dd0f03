#include "common/config/config.h"

#include <cstdlib>
#include <fstream>

#include "tests/support/catch.h"
#include "tests/support/temp_folder.h"

using namespace headroom;
using std::chrono::milliseconds;

namespace {

struct Settings {
  std::string endpoint = "tcp://a:1";
  bool on = true;
  double ratio = 0.5;
  std::int64_t count = 3;
  milliseconds wait{1000};
  std::vector<std::string> names{"x"};
  std::map<std::string, std::string> labels;
};

config::Environment environment(std::map<std::string, std::string> values) {
  return [values](const std::string& name) -> std::optional<std::string> {
    const auto found = values.find(name);
    return found == values.end() ? std::nullopt : std::optional(found->second);
  };
}

Status read(const std::string& path, Settings& settings,
            std::map<std::string, std::string> values = {}) {
  config::Binder binder(path, environment(std::move(values)));
  binder.bind("server.endpoint", settings.endpoint, "where");
  binder.bind("server.on", settings.on, "whether");
  binder.bind("ratio", settings.ratio, 0, 1, "how much");
  binder.bind("count", settings.count, 1, 10, "how many");
  binder.bind("wait", settings.wait, milliseconds(1), milliseconds(60'000), "how long");
  binder.bind("names", settings.names, "who");
  binder.bind("labels", settings.labels, "what");
  binder.require("server.endpoint", settings.endpoint != "bad", "must not be bad");
  return binder.finish();
}

}  // namespace

TEST_CASE("a configuration file sets what it says and leaves the rest alone") {
  const test::TempFolder folder;
  const std::string path = folder.write(
      "a.yaml", "server:\n  endpoint: tcp://b:2\nwait: 5s\nnames: [a, b]\nlabels: {rack: r1}\n");
  Settings settings;
  REQUIRE(read(path, settings).has_value());
  CHECK(settings.endpoint == "tcp://b:2");
  CHECK(settings.on);
  CHECK(settings.wait == milliseconds(5000));
  CHECK(settings.names == std::vector<std::string>{"a", "b"});
  CHECK(settings.labels.at("rack") == "r1");
}

TEST_CASE("the environment overrides every key of the file") {
  const test::TempFolder folder;
  const std::string path =
      folder.write("a.yaml", "server: {endpoint: tcp://b:2, on: true}\ncount: 2\n");
  Settings settings;
  const Status done = read(path, settings,
                           {{"HEADROOM_SERVER_ENDPOINT", "tcp://c:3"},
                            {"HEADROOM_SERVER_ON", "false"},
                            {"HEADROOM_RATIO", "0.25"},
                            {"HEADROOM_COUNT", "7"},
                            {"HEADROOM_WAIT", "2s"},
                            {"HEADROOM_NAMES", "p, q"},
                            {"HEADROOM_LABELS", "rack=r2,row=7"}});
  REQUIRE(done.has_value());
  CHECK(settings.endpoint == "tcp://c:3");
  CHECK_FALSE(settings.on);
  CHECK(settings.ratio == 0.25);
  CHECK(settings.count == 7);
  CHECK(settings.wait == milliseconds(2000));
  CHECK(settings.names == std::vector<std::string>{"p", "q"});
  CHECK(settings.labels.at("row") == "7");
}

TEST_CASE("every mistake is named with file, line, key and reason, all at once") {
  const test::TempFolder folder;
  const std::string path = folder.write("a.yaml",
                                        "server:\n"
                                        "  endpont: tcp://b:2\n"
                                        "  on: maybe\n"
                                        "ratio: 7\n"
                                        "count: 2.5\n"
                                        "wait: 5x\n"
                                        "names: one\n");
  Settings settings;
  const Status done = read(path, settings);
  REQUIRE_FALSE(done.has_value());
  const std::string& text = done.error().message;
  INFO(text);
  CHECK(text.find("a.yaml:2: server.endpont: is not a key that this program knows; did you mean "
                  "server.endpoint?") != std::string::npos);
  CHECK(text.find("a.yaml:3: server.on: 'maybe' is neither true nor false") != std::string::npos);
  CHECK(text.find("a.yaml:4: ratio: '7' is not a number from 0 to 1") != std::string::npos);
  CHECK(text.find("a.yaml:5: count: '2.5' is not a whole number") != std::string::npos);
  CHECK(text.find("a.yaml:6: wait: '5x' is not a duration") != std::string::npos);
  CHECK(text.find("a.yaml:7: names: must be a list") != std::string::npos);
}

TEST_CASE("a wrong value from the environment names the variable") {
  Settings settings;
  const Status done = read("", settings, {{"HEADROOM_COUNT", "many"}});
  REQUIRE_FALSE(done.has_value());
  CHECK(done.error().message.find("HEADROOM_COUNT: count:") == 0);
}

TEST_CASE("files that are missing, no YAML, or hold a key twice are refused with the place") {
  const test::TempFolder folder;
  Settings settings;
  const Status missing = read(folder.path() + "/none.yaml", settings);
  REQUIRE_FALSE(missing.has_value());
  CHECK(missing.error().message.find("none.yaml") != std::string::npos);
  const Status broken = read(folder.write("b.yaml", "server: [1,\n"), settings);
  REQUIRE_FALSE(broken.has_value());
  CHECK(broken.error().message.find("not valid YAML") != std::string::npos);
  const Status twice = read(folder.write("c.yaml", "count: 1\ncount: 2\n"), settings);
  REQUIRE_FALSE(twice.has_value());
  CHECK(twice.error().message.find("c.yaml:2: count: stands twice") != std::string::npos);
}
