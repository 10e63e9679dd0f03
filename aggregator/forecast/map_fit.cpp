#include "aggregator/forecast/map_fit.h"

#include <algorithm>
#include <cmath>

#include <Eigen/Cholesky>
#include <Eigen/Core>

namespace headroom::forecast {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

constexpr std::size_t kSweeps = 500;      // of coordinate descent between two polishes
constexpr std::size_t kPolishes = 10;     // each ends the search unless the active set changes
constexpr double kSweepTolerance = 1e-9;  // largest move of a coefficient that ends the sweeps
constexpr double kJitter = 1e-10;  // of a column's size: collinear columns share, and none explodes

double rho(double u) {
  const double size = std::abs(u);
  return size <= kHuberKnee ? u * u / 2 : kHuberKnee * (size - kHuberKnee / 2);
}

double soft_threshold(double value, double threshold) {
  return value > threshold ? value - threshold : value < -threshold ? value + threshold : 0;
}

// Minimum of d'Ad/2 - b'd + sum l_j |d_j| for a positive definite A, from where `d` stands.
void solve_lasso(const MatrixXd& a, const VectorXd& b, const VectorXd& l, VectorXd& d) {
  const Index p = a.rows();
  VectorXd gradient = b - a * d;  // of the smooth part, negated
  for (std::size_t polish = 0; polish < kPolishes; ++polish) {
    for (std::size_t sweep = 0; sweep < kSweeps; ++sweep) {
      double moved = 0;
      for (Index j = 0; j < p; ++j) {
        const double next = soft_threshold(gradient[j] + a(j, j) * d[j], l[j]) / a(j, j);
        const double move = next - d[j];
        if (move == 0) continue;
        gradient -= move * a.col(j);
        d[j] = next;
        moved = std::max(moved, std::abs(move));
      }
      if (moved < kSweepTolerance) break;
    }
    // With the signs fixed it is a linear system; if its answer keeps them, that is the minimum.
    std::vector<Index> active;
    for (Index j = 0; j < p; ++j) {
      if (d[j] != 0) active.push_back(j);
    }
    if (active.empty()) return;
    const auto size = static_cast<Index>(active.size());
    MatrixXd inner(size, size);
    VectorXd right(size);
    for (Index i = 0; i < size; ++i) {
      const Index row = active[static_cast<std::size_t>(i)];
      for (Index k = 0; k < size; ++k) inner(i, k) = a(row, active[static_cast<std::size_t>(k)]);
      right[i] = b[row] - (d[row] > 0 ? l[row] : -l[row]);
    }
    const Eigen::LLT<MatrixXd> factor(inner);
    if (factor.info() != Eigen::Success) return;
    const VectorXd exact = factor.solve(right);
    bool kept = true;
    for (Index i = 0; i < size; ++i) {
      kept = kept && exact[i] * d[active[static_cast<std::size_t>(i)]] > 0;
    }
    if (!kept) continue;
    for (Index i = 0; i < size; ++i) d[active[static_cast<std::size_t>(i)]] = exact[i];
    gradient = b - a * d;
    bool optimal = true;
    for (Index j = 0; j < p; ++j) {
      optimal = optimal && (d[j] != 0 || std::abs(gradient[j]) <= l[j] * (1 + 1e-9));
    }
    if (optimal) return;
  }
}

class Solver {
 public:
  Solver(std::span<const Column> columns, std::span<const double> y)
      : columns_(columns), y_(Eigen::Map<const VectorXd>(y.data(), static_cast<Index>(y.size()))) {
    // Laplace columns first, so that each kind is a block.
    for (const Prior prior : {Prior::kLaplace, Prior::kNormal}) {
      for (std::size_t j = 0; j < columns.size(); ++j) {
        if (columns[j].prior == prior) order_.push_back(j);
      }
      if (prior == Prior::kLaplace) sparse_ = static_cast<Index>(order_.size());
    }
    const auto p = static_cast<Index>(order_.size());
    x_.resize(y_.size(), p);
    scale_.resize(p);
    for (Index j = 0; j < p; ++j) {
      const Column& column = columns[order_[static_cast<std::size_t>(j)]];
      x_.col(j) = Eigen::Map<const VectorXd>(column.values.data(), y_.size());
      scale_[j] = column.scale;
    }
    gram_.setZero(p, p);
    gram_.selfadjointView<Eigen::Lower>().rankUpdate(x_.transpose());
    gram_.triangularView<Eigen::StrictlyUpper>() = gram_.transpose();
    gram_.diagonal().array() *= 1 + kJitter;
    gram_.diagonal().array() += kJitter;
    b_.setZero(p);
    residual_ = y_;
    sigma_ = std::max(std::sqrt(y_.squaredNorm() / static_cast<double>(y_.size())), kSigmaMin);
  }

  MapFit run(double tolerance) {
    MapFit fit;
    const double n = static_cast<double>(y_.size());
    double before = objective();
    for (fit.iterations = 1; fit.iterations <= kMapIterations; ++fit.iterations) {
      if (!step_coefficients()) return {};
      step_sigma();
      const double now = objective();
      const bool settled = before - now < tolerance * n;
      before = now;
      if (settled) break;
    }
    fit.objective = before;
    fit.sigma = sigma_;
    fit.coefficients.resize(columns_.size());
    for (std::size_t j = 0; j < order_.size(); ++j) {
      fit.coefficients[order_[j]] = b_[static_cast<Index>(j)];
    }
    return fit;
  }

 private:
  bool step_coefficients() {
    const double edge = kHuberKnee * sigma_;
    // X' of the pseudo-values is X'X b plus X' of the winsorised residuals.
    const VectorXd right =
        gram_ * b_ + x_.transpose() * residual_.cwiseMax(-edge).cwiseMin(edge).matrix();
    const Index p = gram_.rows();
    const Index dense = p - sparse_;
    const double variance = sigma_ * sigma_;
    MatrixXd inner = gram_.bottomRightCorner(dense, dense);
    inner.diagonal().array() += variance / scale_.tail(dense).array().square();
    const Eigen::LLT<MatrixXd> factor(inner);
    if (factor.info() != Eigen::Success) return false;
    if (sparse_ > 0) {
      const MatrixXd cross = gram_.bottomLeftCorner(dense, sparse_);
      const MatrixXd solved = factor.solve(cross);
      const MatrixXd a = gram_.topLeftCorner(sparse_, sparse_) - cross.transpose() * solved;
      const VectorXd c = right.head(sparse_) - solved.transpose() * right.tail(dense);
      const VectorXd threshold = variance / scale_.head(sparse_).array();
      if (!(a.diagonal().minCoeff() > 0)) return false;
      VectorXd d = b_.head(sparse_);
      solve_lasso(a, c, threshold, d);
      b_.head(sparse_) = d;
      b_.tail(dense) = factor.solve(right.tail(dense) - cross * d);
    } else {
      b_ = factor.solve(right);
    }
    residual_ = y_ - x_ * b_;
    return b_.allFinite();
  }

  // The weights of iterated least squares majorise rho for every deviation; the minimum over it
  // solves v² / kNoisePrior² + n v = sum w r².
  void step_sigma() {
    const double edge = kHuberKnee * sigma_;
    double sum = 0;
    for (const double r : residual_) sum += std::abs(r) <= edge ? r * r : edge * std::abs(r);
    const double n = static_cast<double>(y_.size());
    const double variance =
        2 * sum / (n + std::sqrt(n * n + 4 * sum / (kNoisePrior * kNoisePrior)));
    sigma_ = std::max(std::sqrt(variance), kSigmaMin);
  }

  double objective() const {
    double j = static_cast<double>(y_.size()) * std::log(sigma_) +
               sigma_ * sigma_ / (2 * kNoisePrior * kNoisePrior);
    for (const double r : residual_) j += rho(r / sigma_);
    for (Index i = 0; i < b_.size(); ++i) {
      const double u = b_[i] / scale_[i];
      j += i < sparse_ ? std::abs(u) : u * u / 2;
    }
    return j;
  }

  std::span<const Column> columns_;
  std::vector<std::size_t> order_;  // columns_ by block
  Index sparse_ = 0;                // of them with a Laplace prior, first
  VectorXd y_;
  MatrixXd x_;
  MatrixXd gram_;
  VectorXd scale_;
  VectorXd b_;
  VectorXd residual_;
  double sigma_ = 1;
};

}  // namespace

MapFit fit_map(std::span<const Column> columns, std::span<const double> y, double tolerance) {
  if (columns.empty() || y.empty()) return {};
  return Solver(columns, y).run(tolerance);
}

double map_objective(std::span<const Column> columns, std::span<const double> y,
                     std::span<const double> coefficients, double sigma) {
  double j = static_cast<double>(y.size()) * std::log(sigma) +
             sigma * sigma / (2 * kNoisePrior * kNoisePrior);
  for (std::size_t i = 0; i < y.size(); ++i) {
    double r = y[i];
    for (std::size_t c = 0; c < columns.size(); ++c) r -= coefficients[c] * columns[c].values[i];
    j += rho(r / sigma);
  }
  for (std::size_t c = 0; c < columns.size(); ++c) {
    const double u = coefficients[c] / columns[c].scale;
    j += columns[c].prior == Prior::kLaplace ? std::abs(u) : u * u / 2;
  }
  return j;
}

}  // namespace headroom::forecast
