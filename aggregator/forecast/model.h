// What a forecasting model is. One model is one file under models/ and one line in registry.cpp.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>

namespace headroom::forecast {

// What a model learns from: cleaned, every value finite and at most 1 in size, oldest first, never
// empty. It may be cut off anywhere at its new end (for the backtest), so a season may be
// incomplete or have fewer than two repetitions.
struct Series {
  std::span<const double> values;
  std::span<const std::size_t> periods;  // seasons in steps, ascending; empty where there is none
  // The one that counts as the season (the day before the week); 0 for none.
  std::size_t season = 0;
};

// Stateless: one object serves every series and thread. Deterministic: same input, same bits.
class Model {
 public:
  virtual ~Model() = default;
  // As it stands in Forecast::model; lower case, stable over versions.
  virtual std::string_view name() const = 0;
  // Writes the forecast for steps 1 … path.size() after the last value. False where this history
  // does not carry the model (too short, no season…): it then leaves the race. Values written must
  // be finite.
  virtual bool forecast(const Series& series, std::span<double> path) const = 0;
};

}  // namespace headroom::forecast
