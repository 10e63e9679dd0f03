// Configuration: one YAML file, every key overridable by the environment, every value checked.
//
// A program binds each key once, with its default, its check and a line of documentation. A key
// that nobody bound is an error, and so is a value that does not pass its check; each error names
// file, line, key and reason, and all errors are reported together. Key `store.retention.raw` is
// overridden by HEADROOM_STORE_RETENTION_RAW.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/result.h"

namespace headroom::config {

using Environment = std::function<std::optional<std::string>(const std::string& name)>;
// The process's own environment.
Environment process_environment();

inline constexpr std::size_t kConfigBytes = 4u << 20;

// One configuration being read. Bind every key, then call finish(). Not thread-safe.
class Binder {
 public:
  // `path` may be empty: defaults and environment only. A file that cannot be read or parsed is
  // reported by finish().
  Binder(std::string path, Environment environment);
  ~Binder();
  Binder(const Binder&) = delete;
  Binder& operator=(const Binder&) = delete;

  // Each leaves `value` alone where neither file nor environment says anything.
  void bind(const std::string& key, std::string& value, std::string_view help);
  void bind(const std::string& key, bool& value, std::string_view help);
  void bind(const std::string& key, double& value, double least, double most,
            std::string_view help);
  void bind(const std::string& key, std::int64_t& value, std::int64_t least, std::int64_t most,
            std::string_view help);
  void bind(const std::string& key, std::chrono::milliseconds& value,
            std::chrono::milliseconds least, std::chrono::milliseconds most, std::string_view help);
  // A YAML list of scalars; in the environment separated by commas.
  void bind(const std::string& key, std::vector<std::string>& value, std::string_view help);
  // A YAML map of scalars whose keys are the user's own; in the environment "a=1,b=2".
  void bind(const std::string& key, std::map<std::string, std::string>& value,
            std::string_view help);

  // A check of the program's own on a bound key, for example that an address can be parsed.
  void require(const std::string& key, bool holds, std::string_view reason);

  // All errors in one, a line each: "agent.yaml:12: push.batch_interval: '5x' is not a duration;
  // …".
  Status finish();

  // Every bound key with its present value and help, in the order of binding, as YAML with
  // comments.
  std::string describe() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace headroom::config
