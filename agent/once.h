// One full sample of this host for a person or a script, without any aggregator.
#pragma once

#include <string>
#include <vector>

#include "agent/config.h"
#include "agent/sampler.h"
#include "common/base/clock.h"

namespace headroom::agent {

// One value of the sample, and which collector it came from.
struct OnceRow {
  std::string collector;
  Series series;
  double value = 0;
  double rate = 0;  // of a counter, per second between the two looks
};

struct OnceSample {
  UnixMs time = 0;
  std::string service;
  std::vector<OnceRow> rows;          // in the order of the collectors; missing values are left out
  std::vector<std::string> failures;  // "collector disk: …"
  std::chrono::nanoseconds cpu{0};    // what the second look cost
};

// Looks several times within five seconds: rates and shares need a difference.
OnceSample sample_once(const Clock& clock, const Config& config,
                       std::vector<Sampler::Named> collectors);

// For a terminal: resources first, then every collector's values in human units.
std::string once_table(const OnceSample& sample);
// One JSON object; values are exact.
std::string once_json(const OnceSample& sample);

}  // namespace headroom::agent
