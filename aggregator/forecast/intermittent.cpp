#include "aggregator/forecast/intermittent.h"

#include <algorithm>

#include "aggregator/forecast/robust.h"

namespace headroom::forecast {
namespace {

constexpr double kNothing = 1e-9;  // of values that are at most 1

}  // namespace

bool is_demand(double value) { return value > kNothing; }

double zero_share(std::span<const double> values) {
  std::size_t zeros = 0;
  for (const double value : values) {
    if (value < -kNothing) return 1;
    zeros += is_demand(value) ? 0 : 1;
  }
  return values.empty() ? 1 : real(zeros) / real(values.size());
}

double run_intermittent(std::span<const double> values, Intermittent method, double alpha,
                        double beta, double* squares) {
  const auto first = std::find_if(values.begin(), values.end(), is_demand);
  if (squares != nullptr) *squares = 0;
  if (first == values.end()) return 0;
  const auto waited = static_cast<std::size_t>(first - values.begin()) + 1;
  double size = *first;
  double interval = real(waited);
  double probability = 1 / interval;
  double since = 1;  // steps since the last demand, the next one included
  double sum = 0;
  const auto forecast = [&] {
    if (method == Intermittent::kTsb) return probability * size;
    return size / interval * (method == Intermittent::kSba ? 1 - alpha / 2 : 1);
  };
  for (auto it = first + 1; it != values.end(); ++it) {
    const double error = *it - forecast();
    sum += error * error;
    if (is_demand(*it)) {
      size += alpha * (*it - size);
      interval += alpha * (since - interval);
      probability += beta * (1 - probability);
      since = 1;
    } else {
      probability -= beta * probability;
      since += 1;
    }
  }
  if (squares != nullptr && values.size() > waited) *squares = sum / real(values.size() - waited);
  return forecast();
}

}  // namespace headroom::forecast
