#include "aggregator/forecast/fft.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <numbers>
#include <utility>

#include "common/base/result.h"

namespace headroom::forecast {
namespace {

using Complex = std::complex<double>;

// std::complex's product looks for infinities in every step.
Complex product(Complex a, Complex b) {
  return {a.real() * b.real() - a.imag() * b.imag(), a.real() * b.imag() + a.imag() * b.real()};
}

// e^(i × (first + j × turn)) for j = 0 … count - 1: two short tables of exact angles and a product
// each, so that errors do not add up and few sines are worked out.
std::vector<Complex> circle(std::size_t count, double first, double turn) {
  constexpr std::size_t kTable = 64;
  const auto at = [](double angle) { return Complex{std::cos(angle), std::sin(angle)}; };
  std::vector<Complex> fine(kTable);
  for (std::size_t j = 0; j < kTable; ++j) fine[j] = at(turn * static_cast<double>(j));
  std::vector<Complex> result(count);
  for (std::size_t begin = 0; begin < count; begin += kTable) {
    const Complex coarse = at(first + turn * static_cast<double>(begin));
    const std::size_t end = std::min(begin + kTable, count);
    for (std::size_t j = begin; j < end; ++j) result[j] = product(coarse, fine[j - begin]);
  }
  return result;
}

// The roots of unity of order n that a transform needs.
std::vector<Complex> roots(std::size_t n) {
  return circle(n / 2, 0, -2 * std::numbers::pi / static_cast<double>(n));
}

// `twiddles` are the roots of order n × stride.
void transform(std::span<Complex> values, std::span<const Complex> twiddles, std::size_t stride) {
  const std::size_t n = values.size();
  for (std::size_t i = 1, j = 0; i < n; ++i) {
    std::size_t bit = n >> 1;
    for (; (j & bit) != 0; bit >>= 1) j ^= bit;
    j ^= bit;
    if (i < j) std::swap(values[i], values[j]);
  }
  for (std::size_t length = 2; length <= n; length *= 2) {
    const std::size_t half = length / 2;
    const std::size_t jump = n / length * stride;
    for (std::size_t begin = 0; begin < n; begin += length) {
      for (std::size_t j = 0; j < half; ++j) {
        const Complex even = values[begin + j];
        const Complex odd = product(values[begin + j + half], twiddles[j * jump]);
        values[begin + j] = even + odd;
        values[begin + j + half] = even - odd;
      }
    }
  }
}

}  // namespace

void fft(std::span<Complex> values) {
  HEADROOM_ASSERT(std::has_single_bit(values.size()));
  if (values.size() > 1) transform(values, roots(values.size()), 1);
}

std::vector<double> power_spectrum(std::span<const double> values, std::size_t length) {
  HEADROOM_ASSERT(length >= 4 && std::has_single_bit(length) && values.size() <= length);
  const std::size_t half = length / 2;
  const std::vector<Complex> twiddles = roots(length);
  // Even values as real parts, odd ones as imaginary parts; both halves are told apart afterwards
  // by the symmetry of a real series' transform.
  std::vector<Complex> packed(half);
  for (std::size_t i = 0; i < values.size(); ++i) {
    const double real_part = i % 2 == 0 ? values[i] : packed[i / 2].real();
    packed[i / 2] = {real_part, i % 2 == 0 ? 0.0 : values[i]};
  }
  transform(packed, twiddles, 2);
  std::vector<double> power(half + 1);
  for (std::size_t k = 0; k <= half; ++k) {
    const Complex here = packed[k % half];
    const Complex mirrored = std::conj(packed[(half - k) % half]);
    const Complex even = (here + mirrored) * 0.5;
    const Complex odd = product({0, -0.5}, here - mirrored);
    const Complex turn = k == half ? Complex{-1, 0} : twiddles[k];
    power[k] = std::norm(even + product(turn, odd));
  }
  return power;
}

std::vector<double> hann_window(std::size_t n) {
  const double turn = 2 * std::numbers::pi / static_cast<double>(std::max<std::size_t>(n, 1));
  std::vector<double> window;
  window.reserve(n);
  for (const Complex& root : circle(n, turn / 2, turn)) window.push_back((1 - root.real()) / 2);
  return window;
}

}  // namespace headroom::forecast
