#include "aggregator/forecast/reason.h"

#include <cstdio>
#include <vector>

#include "common/base/text.h"

namespace headroom::forecast {
namespace {

std::string count_of(std::size_t count, const std::string& one, const std::string& many) {
  return std::to_string(count) + " " + (count == 1 ? one : many);
}

std::string percent(double share) {
  char text[32];
  std::snprintf(text, sizeof(text), "%.0f %%", 100 * share);
  return text;
}

}  // namespace

Story::Story(std::chrono::milliseconds step, const Observed& observed)
    : step_(step),
      points_(observed.values.size()),
      unused_(observed.unused),
      infinite_(observed.infinite),
      trailing_unknown_(observed.trailing_unknown),
      constant_(observed.constant) {}

void Story::add(const Training& training) {
  filled_ = training.filled();
  damped_ = training.damped();
  outages_ = training.outages();
  if (training.shift().at > 0) shift_age_ = training.size() - training.shift().at;
}

void Story::add(const Choice& choice, std::size_t backtest_steps) {
  members_ = choice.blended ? choice.members.size() : 1;
  backtest_steps_ = backtest_steps;
  yardstick_ = choice.find("seasonal_naive") != nullptr ? "seasonal_naive" : "naive";
}

std::string Story::span(std::size_t steps) const {
  return format_duration(step_ * static_cast<std::int64_t>(steps));
}

std::string Story::verdict(const Forecast& forecast) const {
  if (constant_ && points_ == 1) {
    return "only one value is known, so it goes on, and the interval is a guess of its size";
  }
  if (constant_) return "the history is constant, so it goes on, and the interval has no width";
  if (asked_for_ == forecast.model) {
    return forecast.model + " was asked for" +
           (members_ == 0 ? ", and no forecast of the past could be tried, so that the interval "
                            "widens like a random walk of the steps seen"
                          : "; " + judgement(forecast));
  }
  if (!asked_for_.empty()) {
    return asked_for_ + " cannot forecast from this history; in its place " + judgement(forecast);
  }
  return judgement(forecast);
}

std::string Story::judgement(const Forecast& forecast) const {
  if (members_ == 0) {
    return "with " + count_of(points_, "point", "points") +
           " no forecast of the past could be tried, so the last value goes on, and the interval "
           "widens like a random walk of the steps seen";
  }
  const std::string who =
      forecast.model + (members_ > 1 ? " of " + count_of(members_, "model", "models") : "");
  const std::string where = " over " +
                            count_of(forecast.backtest.origins, "look-back", "look-backs") +
                            " of " + span(backtest_steps_);
  if (!(forecast.backtest.naive_mae > 0)) return who + " erred no more than " + yardstick_ + where;
  return who + (asked_for_ == forecast.model ? " erred: " : " erred least: ") +
         percent(forecast.backtest.mae / forecast.backtest.naive_mae) + " of " + yardstick_ +
         "'s error" + where;
}

std::string Story::tell(const Forecast& forecast) const {
  std::vector<std::string> parts{verdict(forecast)};
  if (!constant_) {
    std::vector<std::string> spans;
    for (const std::size_t period : forecast.periods) spans.push_back(span(period));
    parts.push_back(spans.empty()       ? "no season shows"
                    : spans.size() == 1 ? "a season of " + spans[0]
                                        : "seasons of " + join(spans, " and "));
  }
  if (shift_age_ > 0) {
    parts.push_back("the level changed " + span(shift_age_) +
                    " before the end, and the old level is forgotten");
  }
  if (filled_ > 0) {
    parts.push_back(count_of(filled_, "missing point", "missing points") + " filled in");
  }
  if (outages_ > 0) {
    parts.push_back(count_of(outages_, "zero", "zeros") + " taken for an outage");
  }
  if (infinite_ > 0) {
    parts.push_back(count_of(infinite_, "infinity", "infinities") + " taken as missing");
  }
  if (damped_ > 0) parts.push_back(count_of(damped_, "spike", "spikes") + " damped");
  if (trailing_unknown_ > 0) {
    parts.push_back("nothing is known of the last " + span(trailing_unknown_));
  }
  if (unused_ > 0) parts.push_back(count_of(unused_, "older point", "older points") + " not used");
  return join(parts, "; ");
}

}  // namespace headroom::forecast
