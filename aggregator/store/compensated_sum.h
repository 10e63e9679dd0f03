// A sum whose error does not grow with the number of its terms: A. Neumaier, "Rundungsfehleranalyse
// einiger Verfahren zur Summation endlicher Summen", ZAMM 54 (1974).
#pragma once

#include <cmath>

namespace headroom::store {

class CompensatedSum {
 public:
  void add(double term) {
    const double total = sum_ + term;
    // Whatever the larger of the two lost of the smaller is kept aside.
    rest_ += std::abs(sum_) >= std::abs(term) ? (sum_ - total) + term : (term - total) + sum_;
    sum_ = total;
  }
  // With an infinite term the plain sum says it all.
  double value() const { return std::isfinite(sum_) ? sum_ + rest_ : sum_; }

 private:
  double sum_ = 0;
  double rest_ = 0;
};

}  // namespace headroom::store
