#include "aggregator/forecast/fft.h"

#include <cmath>
#include <vector>

#include "tests/support/catch.h"
#include "tests/unit/forecast/made_series.h"

using namespace headroom::forecast;

TEST_CASE("the transform of eight values is the one that NumPy gives") {
  // numpy.fft.fft([3, 1, 4, 1, 5, 9, 2, 6]), NumPy 1.24.
  std::vector<std::complex<double>> values{3, 1, 4, 1, 5, 9, 2, 6};
  fft(values);
  const double root = std::sqrt(0.5);
  const std::vector<std::complex<double>> expected{
      31, {-2 - 3 * root, -2 + 13 * root}, {2, -3}, {-2 + 3 * root, 2 + 13 * root},
      -3, {-2 + 3 * root, -2 - 13 * root}, {2, 3},  {-2 - 3 * root, 2 - 13 * root}};
  for (std::size_t k = 0; k < 8; ++k) {
    INFO("frequency " << k);
    CHECK(values[k].real() == Approx(expected[k].real()).margin(1e-12));
    CHECK(values[k].imag() == Approx(expected[k].imag()).margin(1e-12));
  }
}

TEST_CASE("power is that of the sum's definition, whatever the series' length") {
  for (const std::size_t n : {1u, 2u, 3u, 31u, 100u}) {
    const auto values = white_noise(n, n);
    const std::size_t length = 128;
    const auto power = power_spectrum(values, length);
    REQUIRE(power.size() == length / 2 + 1);
    for (std::size_t k = 0; k < power.size(); ++k) {
      std::complex<double> sum = 0;
      for (std::size_t i = 0; i < n; ++i) {
        const double angle = 2 * std::numbers::pi * static_cast<double>(i * k) / 128.0;
        sum += values[i] * std::complex<double>{std::cos(angle), -std::sin(angle)};
      }
      CHECK(power[k] == Approx(std::norm(sum)).epsilon(1e-9).margin(1e-9));
    }
  }
}

TEST_CASE("power adds up to the values' squares (Parseval)") {
  const auto values = white_noise(50'000, 3);
  const auto power = power_spectrum(values, 65'536);
  double squares = 0;
  for (const double value : values) squares += value * value;
  double total = power.front() + power.back();
  for (std::size_t k = 1; k + 1 < power.size(); ++k) total += 2 * power[k];
  CHECK(total / 65'536 == Approx(squares).epsilon(1e-11));
}
