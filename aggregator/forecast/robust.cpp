#include "aggregator/forecast/robust.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "common/base/result.h"

namespace headroom::forecast {

double median_inplace(std::span<double> values) {
  if (values.empty()) return 0;
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  if (values.size() % 2 == 1) return *middle;
  return (*std::max_element(values.begin(), middle) + *middle) / 2;
}

double median(std::span<const double> values) {
  std::vector<double> copy(values.begin(), values.end());
  return median_inplace(copy);
}

double quantile_sorted(std::span<const double> ascending, double p) {
  if (ascending.empty()) return 0;
  const double place = std::clamp(p, 0.0, 1.0) * real(ascending.size() - 1);
  const auto below = static_cast<std::size_t>(place);
  const std::size_t above = std::min(below + 1, ascending.size() - 1);
  return ascending[below] + (place - real(below)) * (ascending[above] - ascending[below]);
}

double weighted_median_inplace(std::span<Weighted> items) {
  std::sort(items.begin(), items.end(),
            [](const Weighted& a, const Weighted& b) { return a.value < b.value; });
  double total = 0;
  for (const Weighted& item : items) total += item.weight;
  if (!(total > 0)) return 0;
  double before = 0;
  double last_centre = 0;
  double last_value = 0;
  bool first = true;
  for (const Weighted& item : items) {
    if (!(item.weight > 0)) continue;
    const double centre = before + item.weight / 2;
    if (centre >= total / 2) {
      if (first || centre <= last_centre) return item.value;
      const double share = (total / 2 - last_centre) / (centre - last_centre);
      return last_value + share * (item.value - last_value);
    }
    before += item.weight;
    last_centre = centre;
    last_value = item.value;
    first = false;
  }
  return last_value;
}

double weighted_median_of(std::span<Weighted> items) {
  std::sort(items.begin(), items.end(),
            [](const Weighted& a, const Weighted& b) { return a.value < b.value; });
  double total = 0;
  for (const Weighted& item : items) total += item.weight;
  double sum = 0;
  const double slack = 1e-9 * total;
  for (std::size_t i = 0; i < items.size(); ++i) {
    sum += items[i].weight;
    if (sum < total / 2 - slack || !(items[i].weight > 0)) continue;
    if (sum > total / 2 + slack) return items[i].value;
    const auto next = std::find_if(items.begin() + static_cast<std::ptrdiff_t>(i) + 1, items.end(),
                                   [](const Weighted& item) { return item.weight > 0; });
    return next == items.end() ? items[i].value : (items[i].value + next->value) / 2;
  }
  return 0;
}

double spread(std::span<const double> values, double centre) {
  if (values.empty()) return 0;
  std::vector<double> deviations(values.size());
  double sum = 0;
  for (std::size_t i = 0; i < values.size(); ++i) {
    deviations[i] = std::abs(values[i] - centre);
    sum += deviations[i];
  }
  const double middle = median_inplace(deviations);
  return middle > 0 ? 1.4826 * middle : 1.2533 * sum / real(values.size());
}

double mean_abs_difference(std::span<const double> values, std::size_t lag) {
  if (lag == 0 || values.size() <= lag) return 0;
  double sum = 0;
  for (std::size_t i = lag; i < values.size(); ++i) sum += std::abs(values[i] - values[i - lag]);
  return sum / real(values.size() - lag);
}

int exponent_of(std::span<const double> values) {
  double largest = 0;
  for (const double value : values) {
    if (std::isfinite(value)) largest = std::max(largest, std::abs(value));
  }
  int exponent = 0;
  if (largest > 0) std::frexp(largest, &exponent);
  return exponent;
}

std::vector<double> scaled(std::span<const double> values, int exponent) {
  std::vector<double> result(values.begin(), values.end());
  for (double& value : result) value = std::ldexp(value, exponent);
  return result;
}

double scaled_within(double value, int exponent) {
  constexpr double kMost = std::numeric_limits<double>::max();
  return std::clamp(std::ldexp(value, exponent), -kMost, kMost);
}

std::vector<double> block_medians(std::span<const double> values, std::size_t length) {
  HEADROOM_ASSERT(length > 0);
  const std::size_t blocks = values.size() / length;
  const std::size_t skipped = values.size() - blocks * length;
  std::vector<double> medians(blocks);
  for (std::size_t i = 0; i < blocks; ++i) {
    medians[i] = median(values.subspan(skipped + i * length, length));
  }
  return medians;
}

}  // namespace headroom::forecast
