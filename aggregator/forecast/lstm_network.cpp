#include "aggregator/forecast/lstm_network.h"

#include <algorithm>
#include <cmath>

#include <Eigen/Core>

#include "aggregator/forecast/dice.h"
#include "aggregator/forecast/robust.h"
#include "common/base/result.h"

namespace headroom::forecast {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using ConstMatrix = Eigen::Map<const MatrixXd>;

// The parts of a vector of weights, or of their gradient.
template <typename Scalar>
struct Parts {
  using Matrix = Eigen::Map<std::conditional_t<std::is_const_v<Scalar>, const MatrixXd, MatrixXd>>;
  Parts(const LstmShape& shape, std::span<Scalar> all)
      : w(all.data(), rows(shape), index(shape.inputs)),
        u(w.data() + w.size(), rows(shape), index(shape.units)),
        b(u.data() + u.size(), rows(shape), 1),
        v(b.data() + b.size(), 1, index(shape.units)),
        a(v.data() + v.size(), 1, 1) {}

  static Index index(std::size_t count) { return static_cast<Index>(count); }
  static Index rows(const LstmShape& shape) { return index(4 * shape.units); }

  Matrix w, u, b, v, a;
};

auto sigmoid(const auto& x) { return 1 / (1 + (-x).exp()); }

// What the way back needs of one step; columns are sequences.
struct Step {
  MatrixXd gates;  // after their nonlinearity
  MatrixXd cell;
  MatrixXd cell_tanh;
  MatrixXd hidden;
  MatrixXd error;  // derivative of the loss by the output
};

}  // namespace

std::vector<double> initial_weights(const LstmShape& shape, std::uint64_t seed) {
  std::vector<double> weights(shape.weights());
  Dice dice(seed);
  const double reach = 1 / std::sqrt(real(shape.units));
  const std::size_t matrices = 4 * shape.units * (shape.inputs + shape.units);
  for (std::size_t i = 0; i < matrices; ++i) weights[i] = reach * (2 * dice.unit() - 1);
  for (std::size_t k = 0; k < shape.units; ++k) weights[matrices + shape.units + k] = 1;
  return weights;
}

double lstm_loss(const LstmShape& shape, std::span<const double> weights, const LstmBatch& batch,
                 std::span<double> gradient) {
  HEADROOM_ASSERT(weights.size() == shape.weights() && batch.steps > batch.warm_up);
  const Parts<const double> parts(shape, weights);
  const auto units = static_cast<Index>(shape.units);
  const auto sequences = static_cast<Index>(batch.sequences);
  const auto inputs = static_cast<Index>(shape.inputs);
  const auto input_at = [&](std::size_t t) {
    return ConstMatrix(batch.inputs.data() + static_cast<Index>(t) * inputs * sequences, inputs,
                       sequences);
  };
  const double judged = real((batch.steps - batch.warm_up) * batch.sequences);
  std::vector<Step> steps(batch.steps);
  double loss = 0;
  for (std::size_t t = 0; t < batch.steps; ++t) {
    Step& now = steps[t];
    now.gates = parts.w * input_at(t);
    now.gates.colwise() += parts.b.col(0);
    if (t > 0) now.gates.noalias() += parts.u * steps[t - 1].hidden;
    now.gates.topRows(3 * units) = sigmoid(now.gates.topRows(3 * units).array());
    now.gates.bottomRows(units) = now.gates.bottomRows(units).array().tanh();
    now.cell = now.gates.topRows(units).cwiseProduct(now.gates.bottomRows(units));
    if (t > 0) now.cell += now.gates.middleRows(units, units).cwiseProduct(steps[t - 1].cell);
    now.cell_tanh = now.cell.array().tanh();
    now.hidden = now.gates.middleRows(2 * units, units).cwiseProduct(now.cell_tanh);
    now.error.setZero(1, sequences);
    if (t < batch.warm_up) continue;
    const MatrixXd output = (parts.v * now.hidden).array() + parts.a(0, 0);
    for (Index s = 0; s < sequences; ++s) {
      const double e =
          output(0, s) - batch.targets[t * batch.sequences + static_cast<std::size_t>(s)];
      const double size = std::abs(e);
      loss += size <= kLstmKnee ? e * e / 2 : kLstmKnee * (size - kLstmKnee / 2);
      now.error(0, s) = std::clamp(e, -kLstmKnee, kLstmKnee) / judged;
    }
  }
  if (gradient.empty()) return loss / judged;

  std::fill(gradient.begin(), gradient.end(), 0.0);
  Parts<double> out(shape, gradient);
  MatrixXd d_hidden = MatrixXd::Zero(units, sequences);
  MatrixXd d_cell = MatrixXd::Zero(units, sequences);
  MatrixXd d_gates(4 * units, sequences);
  for (std::size_t t = batch.steps; t-- > 0;) {
    const Step& now = steps[t];
    out.v.noalias() += now.error * now.hidden.transpose();
    out.a(0, 0) += now.error.sum();
    d_hidden.noalias() += parts.v.transpose() * now.error;
    const auto i = now.gates.topRows(units).array();
    const auto f = now.gates.middleRows(units, units).array();
    const auto o = now.gates.middleRows(2 * units, units).array();
    const auto g = now.gates.bottomRows(units).array();
    d_cell.array() += d_hidden.array() * o * (1 - now.cell_tanh.array().square());
    d_gates.topRows(units) = d_cell.array() * g * i * (1 - i);
    d_gates.middleRows(units, units).setZero();
    if (t > 0) {
      d_gates.middleRows(units, units) = d_cell.array() * steps[t - 1].cell.array() * f * (1 - f);
    }
    d_gates.middleRows(2 * units, units) = d_hidden.array() * now.cell_tanh.array() * o * (1 - o);
    d_gates.bottomRows(units) = d_cell.array() * i * (1 - g.square());
    out.w.noalias() += d_gates * input_at(t).transpose();
    out.b += d_gates.rowwise().sum();
    if (t == 0) break;
    out.u.noalias() += d_gates * steps[t - 1].hidden.transpose();
    d_hidden.noalias() = parts.u.transpose() * d_gates;
    d_cell = d_cell.array() * f;
  }
  return loss / judged;
}

LstmState::LstmState(const LstmShape& shape)
    : shape_(shape), cell_(shape.units), hidden_(shape.units), gates_(4 * shape.units) {}

double LstmState::step(std::span<const double> weights, std::span<const double> input) {
  const Parts<const double> parts(shape_, weights);
  const auto units = static_cast<Index>(shape_.units);
  Eigen::Map<Eigen::VectorXd> cell(cell_.data(), units);
  Eigen::Map<Eigen::VectorXd> hidden(hidden_.data(), units);
  Eigen::Map<Eigen::VectorXd> gates(gates_.data(), 4 * units);
  const Eigen::Map<const Eigen::VectorXd> x(input.data(), static_cast<Index>(shape_.inputs));
  gates = parts.b.col(0);
  gates.noalias() += parts.w * x;
  gates.noalias() += parts.u * hidden;
  gates.head(3 * units) = sigmoid(gates.head(3 * units).array());
  gates.tail(units) = gates.tail(units).array().tanh();
  cell = gates.segment(units, units).array() * cell.array() +
         gates.head(units).array() * gates.tail(units).array();
  hidden = gates.segment(2 * units, units).array() * cell.array().tanh();
  return parts.v.row(0).dot(hidden) + parts.a(0, 0);
}

Adam::Adam(std::size_t weights, double rate) : rate_(rate), mean_(weights), square_(weights) {}

void Adam::update(std::span<double> weights, std::span<const double> gradient) {
  constexpr double kMeanDecay = 0.9;
  constexpr double kSquareDecay = 0.999;
  constexpr double kEpsilon = 1e-8;
  ++step_;
  const double mean_share = 1 - std::pow(kMeanDecay, real(step_));
  const double square_share = 1 - std::pow(kSquareDecay, real(step_));
  for (std::size_t i = 0; i < weights.size(); ++i) {
    mean_[i] += (1 - kMeanDecay) * (gradient[i] - mean_[i]);
    square_[i] += (1 - kSquareDecay) * (gradient[i] * gradient[i] - square_[i]);
    weights[i] -=
        rate_ * (mean_[i] / mean_share) / (std::sqrt(square_[i] / square_share) + kEpsilon);
  }
}

}  // namespace headroom::forecast
