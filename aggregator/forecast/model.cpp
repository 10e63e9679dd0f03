#include "aggregator/forecast/model.h"

namespace headroom::forecast {

bool Model::forecast_each(std::span<const Series> series, Settings settings,
                          std::span<std::vector<double>> paths) const {
  for (std::size_t i = 0; i < series.size(); ++i) {
    if (!forecast(series[i], settings, paths[i])) return false;
  }
  return true;
}

}  // namespace headroom::forecast
