// A map of a YAML file, read key by key; private to this folder.
#pragma once

#include <cstddef>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <yaml-cpp/yaml.h>

#include "common/base/result.h"

namespace headroom::forecast {

// What is wrong with one file. Refuses to go on where there is too much of it.
class Problems {
 public:
  explicit Problems(std::string file) : file_(std::move(file)) {}

  void add(const YAML::Node& at, const std::string& problem);
  // False once the file has had more values than one may have.
  bool count(const YAML::Node& at);
  bool empty() const { return lines_.empty(); }
  Error error() const;  // not empty

 private:
  std::string file_;
  std::vector<std::string> lines_;
  std::size_t values_ = 0;
  bool too_many_ = false;
};

class Fields {
 public:
  // `what` stands before each problem: "holidays". Complains of what is not a map, and of keys that
  // are unknown or stand twice.
  Fields(const YAML::Node& node, std::string what, std::initializer_list<std::string_view> known,
         Problems& problems);

  const YAML::Node& node() const { return node_; }
  bool has(std::string_view key) const { return find(key).has_value(); }
  std::optional<YAML::Node> find(std::string_view key) const;
  // Nothing where the key is absent or no plain value; the latter is complained of.
  std::optional<std::string> text(std::string_view key) const;
  // A single value, or a list of them.
  std::vector<YAML::Node> values(std::string_view key) const;
  // The maps of a list.
  std::vector<YAML::Node> list(std::string_view key) const;
  std::optional<int> whole(std::string_view key, int least, int most) const;

  void complain(std::string_view key, const std::string& problem) const;
  void complain_at(const YAML::Node& at, const std::string& problem) const;

 private:
  YAML::Node node_;
  std::string what_;
  Problems* problems_;
  std::vector<std::pair<std::string, YAML::Node>> entries_;
};

}  // namespace headroom::forecast
