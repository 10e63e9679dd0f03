// Logarithms where they help: load that grows with its own size is additive in them.
#pragma once

#include <cmath>
#include <span>

namespace headroom::forecast {

// y → log(y + shift), or y itself.
class Transform {
 public:
  static Transform none() { return {}; }
  // Where every value is above 0: log(y). Where some are not, log(y + c) with c a tenth of the mean
  // size, if that makes all of them positive; else none.
  static Transform logarithm(std::span<const double> values);

  double apply(double value) const { return log_ ? std::log(value + shift_) : value; }
  double invert(double value) const { return log_ ? std::exp(value) - shift_ : value; }

 private:
  bool log_ = false;
  double shift_ = 0;
};

}  // namespace headroom::forecast
