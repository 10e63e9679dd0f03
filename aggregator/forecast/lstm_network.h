// A long short-term memory network of one layer (Hochreiter & Schmidhuber 1997, with the forget
// gate of Gers et al. 2000) and a linear output, its gradient by backpropagation through time, and
// Adam (Kingma & Ba 2015). Double precision throughout, one thread: same input, same bits.
//
//   i = sigma(Wi x + Ui h + bi)   f = sigma(Wf x + Uf h + bf)   o = sigma(Wo x + Uo h + bo)
//   g = tanh(Wg x + Ug h + bg)    c' = f c + i g                h' = o tanh(c')      y = v h' + a
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace headroom::forecast {

// All weights in one vector: W (4 units × inputs, gates in the order i f o g), U (4 units × units),
// b (4 units), v (units), a; matrices column after column.
struct LstmShape {
  std::size_t inputs = 1;
  std::size_t units = 1;
  std::size_t weights() const { return 4 * units * (inputs + units + 1) + units + 1; }
};

// Weights drawn uniformly within 1 / sqrt(units), forget gates' offsets 1 (Jozefowicz et al. 2015),
// output 0.
std::vector<double> initial_weights(const LstmShape& shape, std::uint64_t seed);

// Several sequences of one length side by side. `inputs`: [step][sequence][input]; `targets`:
// [step][sequence]. The first `warm_up` steps feed the state and are not judged.
struct LstmBatch {
  std::size_t steps = 0;
  std::size_t sequences = 0;
  std::size_t warm_up = 0;
  std::vector<double> inputs{};
  std::vector<double> targets{};
};

// Mean Huber loss (knee kLstmKnee) over the judged steps of all sequences; `gradient` gets its
// derivative by every weight unless it is empty. Sequences start from a state of zeros.
double lstm_loss(const LstmShape& shape, std::span<const double> weights, const LstmBatch& batch,
                 std::span<double> gradient);

inline constexpr double kLstmKnee = 1.0;

// Running one sequence forward, step by step.
class LstmState {
 public:
  explicit LstmState(const LstmShape& shape);
  // The output after one more input.
  double step(std::span<const double> weights, std::span<const double> input);

 private:
  LstmShape shape_;
  std::vector<double> cell_;
  std::vector<double> hidden_;
  std::vector<double> gates_;
};

// One update; `step` counts from 1.
class Adam {
 public:
  Adam(std::size_t weights, double rate);
  void update(std::span<double> weights, std::span<const double> gradient);

 private:
  double rate_;
  std::size_t step_ = 0;
  std::vector<double> mean_;
  std::vector<double> square_;
};

}  // namespace headroom::forecast
