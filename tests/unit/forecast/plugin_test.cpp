// The plug-ins are built beside the tests: docs/forecasting/same_weekday.c and
// tests/support/odd_model.c.
#include <cmath>
#include <filesystem>
#include <string>
#include <sys/stat.h>
#include <unistd.h>
#include <vector>

#include "aggregator/forecast/forecast.h"
#include "aggregator/forecast/plugin/loader.h"
#include "aggregator/forecast/plugin/plugin_model.h"
#include "aggregator/forecast/registry.h"
#include "tests/support/catch.h"
#include "tests/support/temp_folder.h"

using namespace headroom;
using namespace headroom::forecast;

namespace {

// A folder that only its owner may write, with copies of the plug-ins named.
class PluginFolder {
 public:
  explicit PluginFolder(const std::vector<std::string>& plugins) {
    std::filesystem::create_directory(path());
    ::chmod(path().c_str(), 0755);
    for (const std::string& plugin : plugins) {
      std::filesystem::copy_file(HEADROOM_PLUGINS "/" + plugin + ".so", file(plugin));
      ::chmod(file(plugin).c_str(), 0644);
    }
  }
  std::string path() const { return temp_.path() + "/models"; }
  std::string file(const std::string& plugin) const { return path() + "/" + plugin + ".so"; }
  void add_empty(const std::string& plugin) const {
    const std::string made = temp_.write("models/" + plugin + ".so", "");
    ::chmod(made.c_str(), 0644);
  }
  Result<std::vector<std::unique_ptr<const Model>>> load(
      PluginOwner owner = PluginOwner::kRootOrSelf) const {
    return load_plugins(path(), owner);
  }

 private:
  test::TempFolder temp_;
};

Error error_of(const PluginFolder& folder, PluginOwner owner = PluginOwner::kRootOrSelf) {
  const auto loaded = folder.load(owner);
  REQUIRE_FALSE(loaded.has_value());
  return loaded.error();
}

bool says(const Error& error, const std::string& what) {
  UNSCOPED_INFO(error.message);
  return error.message.find(what) != std::string::npos;
}

std::unique_ptr<const Model> only_model(const std::string& plugin) {
  const PluginFolder folder({plugin});
  auto loaded = folder.load();
  if (!loaded) FAIL(loaded.error().message);
  REQUIRE(loaded->size() == 1);
  return std::move(loaded->front());
}

}  // namespace

TEST_CASE("the documentation's example forecasts the mean of the same hour in the last weeks") {
  const auto model = only_model("same_weekday");
  CHECK(model->name() == "same_weekday");
  REQUIRE(model->parameters().size() == 2);
  CHECK(model->parameters()[0].name == "weeks");
  CHECK(model->cost_us({.points = 100, .steps = 20}) == Approx(2));
  // A week of three points: 1 2 3, then 4 5 6, then 7 of a third.
  const std::vector<double> values{1, 2, 3, 4, 5, 6, 7};
  const std::vector<std::size_t> periods{3};
  std::vector<double> path(4);
  REQUIRE(model->forecast({values, periods, 3}, std::vector<double>{2, 0.5}, path));
  CHECK(path[0] == Approx((5 + 0.5 * 2) / 1.5));
  CHECK(path[1] == Approx((6 + 0.5 * 3) / 1.5));
  CHECK(path[2] == Approx((7 + 0.5 * 4) / 1.5));
  CHECK(path[3] == Approx(path[0]));
  CHECK_FALSE(model->forecast({values, {}, 0}, {}, path));
}

TEST_CASE("plug-ins come in the order of their names, each with its own code") {
  const PluginFolder folder({"same_weekday", "good"});
  std::filesystem::copy_file(folder.file("good"), folder.path() + "/notes.txt");
  const auto loaded = folder.load();
  if (!loaded) FAIL(loaded.error().message);
  REQUIRE(loaded->size() == 2);
  CHECK((*loaded)[0]->name() == "odd");
  CHECK((*loaded)[1]->name() == "same_weekday");
  CHECK(PluginFolder({}).load()->empty());
}

TEST_CASE("a plug-in that answers wrongly has not forecast") {
  const std::vector<double> values{1, 2, 3};
  std::vector<double> path(5, -1);
  for (const char* plugin : {"nan_output", "short_output", "long_output"}) {
    CAPTURE(plugin);
    CHECK_FALSE(only_model(plugin)->forecast({values, {}, 0}, {}, path));
    CHECK(path == std::vector<double>(5, -1));
  }
  CHECK(only_model("good")->forecast({values, {}, 0}, {}, path));
  CHECK(path == std::vector<double>(5, 3));
}

TEST_CASE("a model that names no sensible cost is never cheap") {
  const auto model = only_model("good");
  CHECK(model->cost_us({.points = 1, .steps = 1}) >= 1e9);
  CHECK(model->cost_us({.points = 1, .steps = 0}) >= 1e9);
}

TEST_CASE("a plug-in for another version of the interface is refused") {
  const Error error = error_of(PluginFolder({"other_abi"}));
  CHECK(error.code == ErrorCode::kUnsupported);
  CHECK(says(error, "version 2"));
  CHECK(says(error, "other_abi.so"));
}

TEST_CASE("what is no plug-in is refused with the file's name") {
  CHECK(says(error_of(PluginFolder({"no_entry"})), "headroom_model_entry"));
  CHECK(says(error_of(PluginFolder({"small"})), "struct_size"));
  CHECK(says(error_of(PluginFolder({"bad_name"})), "a-z"));
  const PluginFolder folder({});
  folder.add_empty("empty");
  CHECK(says(error_of(folder), "empty.so cannot be loaded"));
}

TEST_CASE("two plug-ins of one name are refused, and one that is called as a model of ours") {
  const PluginFolder twice({"good", "nan_output"});
  CHECK(error_of(twice).code == ErrorCode::kAlreadyExists);
  const PluginFolder taken({"taken"});
  auto loaded = taken.load();
  REQUIRE(loaded.has_value());
  const std::size_t before = models().size();
  const auto registered = register_models(std::move(*loaded));
  REQUIRE_FALSE(registered.has_value());
  CHECK(registered.error().code == ErrorCode::kAlreadyExists);
  CHECK(models().size() == before);
}

TEST_CASE("a folder or a file that others may write is refused") {
  const PluginFolder folder({"good"});
  ::chmod(folder.path().c_str(), 0775);
  CHECK(error_of(folder).code == ErrorCode::kPermissionDenied);
  ::chmod(folder.path().c_str(), 0755);
  ::chmod(folder.file("good").c_str(), 0646);
  CHECK(says(error_of(folder), "chmod go-w"));
  ::chmod(folder.file("good").c_str(), 0644);
  CHECK(folder.load().has_value());
}

TEST_CASE("a folder below one that others may write is refused") {
  const PluginFolder folder({"good"});
  const std::string above = std::filesystem::path(folder.path()).parent_path();
  ::chmod(above.c_str(), 0777);
  CHECK(error_of(folder).code == ErrorCode::kPermissionDenied);
  ::chmod(above.c_str(), 01777);  // where nobody can replace what is not theirs
  CHECK(folder.load().has_value());
}

TEST_CASE("what does not belong to root is refused") {
  const PluginFolder folder({"good"});
  if (::geteuid() == 0) {
    REQUIRE(::chown(folder.file("good").c_str(), 65534, 65534) == 0);
    CHECK(error_of(folder).code == ErrorCode::kPermissionDenied);
    REQUIRE(::chown(folder.file("good").c_str(), 0, 0) == 0);
    REQUIRE(::chown(folder.path().c_str(), 65534, 65534) == 0);
  }
  // Run by somebody else, the folder is that person's: enough for a command, not for a daemon.
  CHECK(error_of(folder, PluginOwner::kRoot).code == ErrorCode::kPermissionDenied);
}

TEST_CASE("links are not followed") {
  const PluginFolder folder({"good"});
  const PluginFolder other({});
  std::filesystem::create_symlink(folder.file("good"), other.file("link"));
  CHECK(says(error_of(other), "symbolic link"));
  const std::string link = std::filesystem::path(other.path()).parent_path() / "way";
  std::filesystem::create_symlink(folder.path(), link);
  CHECK_FALSE(load_plugins(link, PluginOwner::kRootOrSelf).has_value());
  std::filesystem::create_directory(other.path() + "/folder.so");
  std::filesystem::remove(other.file("link"));
  CHECK(says(error_of(other), "no regular file"));
}

TEST_CASE("a folder that is not there is an error, and so are too many plug-ins") {
  const auto absent = load_plugins("/nonexistent/models", PluginOwner::kRootOrSelf);
  REQUIRE_FALSE(absent.has_value());
  CHECK(absent.error().code == ErrorCode::kNotFound);
  const PluginFolder folder({});
  for (std::size_t i = 0; i <= kPluginsMax; ++i) folder.add_empty(std::to_string(i));
  CHECK(error_of(folder).code == ErrorCode::kLimitExceeded);
}

TEST_CASE("descriptions with parameters that make no sense are refused") {
  const auto forecast = [](const headroom_series*, const double*, std::size_t, double*,
                           std::size_t) { return 0; };
  const auto cost = [](const headroom_task*) { return 1.0; };
  std::vector<headroom_parameter> parameters{{"window", 5, 1, 10, "points"}};
  headroom_model model{.struct_size = sizeof model,
                       .abi_version = HEADROOM_MODEL_ABI,
                       .name = "mine",
                       .about = "mine",
                       .parameters = parameters.data(),
                       .parameter_count = 1,
                       .parameter_size = sizeof(headroom_parameter),
                       .cost_us = cost,
                       .forecast = forecast};
  const auto accepted = [&] { return plugin_model(&model, nullptr).has_value(); };
  CHECK(accepted());
  parameters[0].fallback = 11;
  CHECK_FALSE(accepted());
  parameters[0].fallback = std::nan("");
  CHECK_FALSE(accepted());
  parameters[0] = {"window", 5, 1, 10, "two\nlines"};
  CHECK_FALSE(accepted());
  parameters.assign(2, {"window", 5, 1, 10, "points"});
  model.parameters = parameters.data();
  model.parameter_count = 2;
  CHECK_FALSE(accepted());
  model.parameter_count = kPluginParametersMax + 1;
  CHECK_FALSE(accepted());
  model.parameter_count = 0;
  model.forecast = nullptr;
  CHECK_FALSE(accepted());
  CHECK_FALSE(plugin_model(nullptr, nullptr).has_value());
}

TEST_CASE("a registered plug-in can be asked for by its name") {
  std::vector<std::unique_ptr<const Model>> models;
  models.push_back(only_model("same_weekday"));
  REQUIRE(register_models(std::move(models)).has_value());
  std::vector<double> values;
  for (std::size_t i = 0; i < 24 * 28; ++i) values.push_back(static_cast<double>(10 + i % 24));
  Request request;
  request.model = "same_weekday";
  request.parameters = {{"weeks", 2}};
  const auto made = headroom::forecast::forecast({values, 0, std::chrono::hours(1)}, request);
  if (!made) FAIL(made.error().message);
  CHECK(made->model == "same_weekday");
  CHECK(made->points[5].value == Approx(15));
}
