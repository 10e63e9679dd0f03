// Why a forecast looks as it does, in one sentence for the person who has to trust it.
#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>

#include "aggregator/forecast/choice.h"
#include "aggregator/forecast/forecast.h"
#include "aggregator/forecast/prepare.h"
#include "aggregator/forecast/training.h"

namespace headroom::forecast {

// Collects what happened on the way from the history to the forecast.
class Story {
 public:
  Story(std::chrono::milliseconds step, const Observed& observed);
  void add(const Training& training);
  void add(const Choice& choice, std::size_t backtest_steps);
  void add_asked_for(std::string_view model) { asked_for_ = model; }

  // "seasonal_profile erred least: 61 % of seasonal_naive's error over 12 look-backs of 7d; seasons
  // of 1d and 7d; …"
  std::string tell(const Forecast& forecast) const;

 private:
  std::string span(std::size_t steps) const;
  std::string verdict(const Forecast& forecast) const;
  std::string judgement(const Forecast& forecast) const;

  std::chrono::milliseconds step_;
  std::size_t points_ = 0;  // from the first known value to the last
  std::size_t unused_ = 0;
  std::size_t infinite_ = 0;
  std::size_t trailing_unknown_ = 0;
  bool constant_ = false;
  std::size_t filled_ = 0;
  std::size_t damped_ = 0;
  std::size_t outages_ = 0;
  std::size_t shift_age_ = 0;  // points since the last change of level, 0 for none
  std::size_t members_ = 0;    // models in the blend; 1 for a single one, 0 without a backtest
  std::size_t backtest_steps_ = 0;
  std::string yardstick_;
  std::string asked_for_;  // the model's name; empty for automatic choice
};

}  // namespace headroom::forecast
