#include "aggregator/forecast/ridge.h"

#include <cmath>

namespace headroom::forecast {

std::vector<double> solve_ridge(std::vector<double>& products, std::vector<double> with_target,
                                double penalty) {
  const std::size_t k = with_target.size();
  std::vector<double> scales(k);
  for (std::size_t i = 0; i < k; ++i) {
    const double square = products[i * k + i];
    scales[i] = square > 0 ? 1 / std::sqrt(square) : 0;
    with_target[i] *= scales[i];
  }
  for (std::size_t i = 0; i < k; ++i) {
    for (std::size_t j = 0; j < i; ++j) products[i * k + j] *= scales[i] * scales[j];
    products[i * k + i] = 1 + penalty;
  }
  // The lower triangle becomes its own Cholesky factor.
  for (std::size_t i = 0; i < k; ++i) {
    double* row = &products[i * k];
    for (std::size_t j = 0; j <= i; ++j) {
      const double* other = &products[j * k];
      double sum = row[j];
      for (std::size_t l = 0; l < j; ++l) sum -= row[l] * other[l];
      if (i == j) {
        if (!(sum > 0)) return std::vector<double>(k, 0.0);
        row[i] = std::sqrt(sum);
      } else {
        row[j] = sum / other[j];
      }
    }
  }
  for (std::size_t i = 0; i < k; ++i) {
    for (std::size_t l = 0; l < i; ++l) with_target[i] -= products[i * k + l] * with_target[l];
    with_target[i] /= products[i * k + i];
  }
  for (std::size_t i = k; i-- > 0;) {
    for (std::size_t l = i + 1; l < k; ++l) with_target[i] -= products[l * k + i] * with_target[l];
    with_target[i] /= products[i * k + i];
  }
  for (std::size_t i = 0; i < k; ++i) with_target[i] *= scales[i];
  return with_target;
}

}  // namespace headroom::forecast
