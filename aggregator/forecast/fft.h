// The fast Fourier transform, as far as the search for seasons needs it.
#pragma once

#include <complex>
#include <span>
#include <vector>

namespace headroom::forecast {

// In place, forward (e^-2πijk/n), not normalised. The length must be a power of two (asserted).
// Radix 2, decimation in time: Cooley & Tukey 1965.
void fft(std::span<std::complex<double>> values);

// |X(k)|² of a real series for k = 0 … length / 2. `length` is a power of two of at least 4 and not
// below the series' size (asserted); the series is filled up with zeros. One complex transform of
// half the length.
std::vector<double> power_spectrum(std::span<const double> values, std::size_t length);

// Hann's window: (1 - cos(2π (i + 1/2) / n)) / 2 for i = 0 … n - 1.
std::vector<double> hann_window(std::size_t n);

}  // namespace headroom::forecast
