#include "aggregator/forecast/reason.h"

#include <cmath>
#include <cstdio>
#include <vector>

#include "common/base/text.h"

namespace headroom::forecast {
namespace {

std::string plural(std::size_t count, const std::string& noun) {
  return std::to_string(count) + " " + noun + (count == 1 ? "" : "s");
}

std::string percent(double share) {
  char text[32];
  std::snprintf(text, sizeof(text), "%.0f %%", 100 * share);
  return text;
}

}  // namespace

std::string Story::tell(const Forecast& forecast) const {
  const auto span = [&](std::size_t steps) {
    return format_duration(step * static_cast<std::int64_t>(steps));
  };
  std::string text;
  if (constant) {
    text = points == 1 ? "there is only one known value, so it goes on and the interval is a guess of its size"
                       : "the history is constant, so it goes on and the interval is empty";
  } else if (choice == nullptr) {
    text = plural(points, "point") +
           " are too few to try models on, so the last value goes on and the interval widens like that of a "
           "random walk with the steps seen";
  } else {
    const std::string errors = forecast.backtest.naive_mae > 0
        ? percent(forecast.backtest.mae / forecast.backtest.naive_mae) + " of the naive error"
        : std::string("no more error than the naive");
    text = forecast.model + (choice->blended ? " of " + plural(choice->members.size(), "model") : "") +
           " had " + errors + " over " + plural(forecast.backtest.origins, "origin") + " of " +
           span(backtest_steps);
  }
  std::vector<std::string> periods;
  for (const std::size_t period : forecast.periods) periods.push_back(span(period));
  if (!constant) {
    text += periods.empty() ? "; no season shows" : "; seasons of " + join(periods, " and ");
  }
  if (shift_age > 0) text += "; the level shifted " + span(shift_age) + " before the end, what was before is left out";
  if (filled > 0) text += "; " + plural(filled, "gap point") + " filled";
  if (infinite > 0) text += "; " + plural(infinite, "infinity") + " taken as unknown";
  if (damped > 0) text += "; " + plural(damped, "spike") + " damped";
  if (trailing_unknown > 0) text += "; the last " + span(trailing_unknown) + " are not known";
  if (unused > 0) text += "; " + plural(unused, "older point") + " not used";
  return text;
}

}  // namespace headroom::forecast
