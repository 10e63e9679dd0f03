// A recorded host that a test may change, and one collector that looks at it.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>

#include "agent/collectors/collector.h"
#include "agent/collectors/registry.h"
#include "tests/support/catch.h"

namespace headroom::agent::test {

// A private copy of a tree of tests/fixtures, gone with the object. Files are changed in place, as
// the kernel does it: what holds them open sees the new content.
class HostTree {
 public:
  explicit HostTree(const std::string& fixture) {
    std::string pattern =
        (std::filesystem::temp_directory_path() / "headroom-host-XXXXXX").string();
    REQUIRE(::mkdtemp(pattern.data()) != nullptr);
    root_ = pattern;
    apply(fixture);
  }
  HostTree(const HostTree&) = delete;
  HostTree& operator=(const HostTree&) = delete;
  ~HostTree() {
    std::error_code ignored;
    std::filesystem::remove_all(root_, ignored);
  }

  std::string root() const { return root_.string(); }
  CollectorOptions options() const {
    CollectorOptions options;
    options.roots.root = root();
    return options;
  }

  // Lays the files of another state of the fixture over the present ones.
  void apply(const std::string& fixture) {
    const std::filesystem::path from = std::filesystem::path(HEADROOM_FIXTURES) / fixture;
    REQUIRE(std::filesystem::is_directory(from));
    for (const auto& entry : std::filesystem::recursive_directory_iterator(from)) {
      if (!entry.is_regular_file()) continue;
      write(entry.path().lexically_relative(from).string(), content_of(entry.path()));
    }
  }

  void write(const std::string& path, std::string_view text) {
    const std::filesystem::path to = root_ / path;
    std::filesystem::create_directories(to.parent_path());
    std::ofstream(to, std::ios::binary | std::ios::trunc)
        .write(text.data(), static_cast<std::streamsize>(text.size()));
  }
  std::string read(const std::string& path) const { return content_of(root_ / path); }
  void remove(const std::string& path) { REQUIRE(std::filesystem::remove_all(root_ / path) > 0); }

  // The one place of `from` in a file becomes `to`.
  void replace(const std::string& path, const std::string& from, const std::string& to) {
    std::string text = read(path);
    const std::size_t at = text.find(from);
    REQUIRE(at != std::string::npos);
    REQUIRE(text.find(from, at + 1) == std::string::npos);
    write(path, text.replace(at, from.size(), to));
  }

  static std::string content_of(const std::filesystem::path& path) {
    std::ifstream in(path, std::ios::binary);
    REQUIRE(in.good());
    return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
  }

 private:
  std::filesystem::path root_;
};

// One collector and its sheet.
class Looked {
 public:
  explicit Looked(std::unique_ptr<Collector> collector) : collector_(std::move(collector)) {}

  Status at(std::chrono::nanoseconds elapsed) {
    sheet_.clear_values();
    return collector_->collect({1'700'000'000'000, elapsed}, sheet_);
  }

  // The live series of this metric that has all of these attribute values.
  bool has(std::string_view metric, std::initializer_list<std::string_view> values = {}) const {
    return find(metric, values) != sheet_.series().size();
  }
  double value(std::string_view metric, std::initializer_list<std::string_view> values = {}) const {
    const std::size_t at = find(metric, values);
    INFO("series " << metric);
    REQUIRE(at < sheet_.series().size());
    return sheet_.values()[at];
  }
  bool missing(std::string_view metric, std::initializer_list<std::string_view> values = {}) const {
    return is_missing(value(metric, values));
  }
  double demand(std::string_view resource) const { return value(kDemandMetric, {resource}); }
  double capacity(std::string_view resource) const { return value(kCapacityMetric, {resource}); }

  std::size_t live() const {
    return static_cast<std::size_t>(
        std::count_if(sheet_.series().begin(), sheet_.series().end(),
                      [](const Series& series) { return !series.metric.empty(); }));
  }
  const SampleSheet& sheet() const { return sheet_; }

 private:
  std::size_t find(std::string_view metric, std::initializer_list<std::string_view> values) const {
    const auto fits = [&](const Series& series) {
      const auto carries = [&](std::string_view wanted) {
        return std::any_of(series.attributes.begin(), series.attributes.end(),
                           [&](const Attribute& one) { return one.value == wanted; });
      };
      return series.metric == metric && std::all_of(values.begin(), values.end(), carries);
    };
    const auto& all = sheet_.series();
    return static_cast<std::size_t>(std::find_if(all.begin(), all.end(), fits) - all.begin());
  }

  std::unique_ptr<Collector> collector_;
  SampleSheet sheet_;
};

// Whether the failure is there, of this kind, and names this.
inline bool fails_with(const Status& status, ErrorCode code, std::string_view words) {
  return !status && status.error().code == code &&
         status.error().message.find(words) != std::string::npos;
}

}  // namespace headroom::agent::test
