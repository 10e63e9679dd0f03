// Where in the season a quantity is restless: nights are surer than openings.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace headroom::forecast {

// By how much the values at each phase usually move from one season to the next, against the mean
// over all phases; seen over the newest 28 seasons, smoothed over neighbouring phases, drawn
// towards 1 and at least about 0.1. Phases count from truth[0]; NaN is skipped. One element, 1,
// where there is no season or less than three of it.
std::vector<double> phase_scales(std::span<const double> truth, std::size_t season);

}  // namespace headroom::forecast
