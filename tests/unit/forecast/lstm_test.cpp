#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "aggregator/forecast/lstm_network.h"
#include "aggregator/forecast/registry.h"
#include "tests/support/catch.h"
#include "tests/unit/forecast/made_series.h"
#include "tests/unit/forecast/weekend.h"

using namespace headroom::forecast;

namespace {

constexpr LstmShape kShape{.inputs = 3, .units = 4};

std::vector<double> made_weights() {
  std::vector<double> weights(kShape.weights());
  for (std::size_t k = 0; k < weights.size(); ++k) {
    weights[k] = 0.5 * std::sin(static_cast<double>(k) + 1);
  }
  return weights;
}

double made_input(std::size_t t, std::size_t s, std::size_t i) {
  return std::cos(0.7 * static_cast<double>(t) + 1.3 * static_cast<double>(s) +
                  2.1 * static_cast<double>(i));
}

LstmBatch made_batch() {
  LstmBatch batch{.steps = 6, .sequences = 2, .warm_up = 2};
  for (std::size_t t = 0; t < batch.steps; ++t) {
    for (std::size_t s = 0; s < batch.sequences; ++s) {
      for (std::size_t i = 0; i < kShape.inputs; ++i) batch.inputs.push_back(made_input(t, s, i));
      batch.targets.push_back(2 * std::sin(0.9 * static_cast<double>(t) + static_cast<double>(s)));
    }
  }
  return batch;
}

}  // namespace

// Origin: the equations of the header written out in numpy 1.24.2, same weights and inputs.
TEST_CASE("the network's outputs and its loss are those of an independent forward pass") {
  const std::vector<std::vector<double>> expected{{0.291795444853, 0.247171052318, 0.221406431457,
                                                   0.205632860809, 0.279088141245, 0.442059864664},
                                                  {0.290022011986, 0.247088147874, 0.292964854294,
                                                   0.437396128592, 0.539372859698, 0.535461459194}};
  for (std::size_t s = 0; s < 2; ++s) {
    LstmState state(kShape);
    for (std::size_t t = 0; t < 6; ++t) {
      const std::vector<double> input{made_input(t, s, 0), made_input(t, s, 1),
                                      made_input(t, s, 2)};
      CHECK(state.step(made_weights(), input) == Approx(expected[s][t]).epsilon(1e-10));
    }
  }
  CHECK(lstm_loss(kShape, made_weights(), made_batch(), {}) ==
        Approx(1.067456878372).epsilon(1e-11));
}

TEST_CASE("backpropagation agrees with differences of the loss in every weight matrix") {
  const LstmBatch batch = made_batch();
  const std::vector<double> weights = made_weights();
  std::vector<double> gradient(weights.size());
  lstm_loss(kShape, weights, batch, gradient);
  std::vector<double> numeric(weights.size());
  constexpr double kStep = 1e-5;
  for (std::size_t k = 0; k < weights.size(); ++k) {
    std::vector<double> moved = weights;
    moved[k] += kStep;
    const double above = lstm_loss(kShape, moved, batch, {});
    moved[k] -= 2 * kStep;
    numeric[k] = (above - lstm_loss(kShape, moved, batch, {})) / (2 * kStep);
  }
  struct Part {
    std::string name;
    std::size_t size;
  };
  const std::size_t gates = 4 * kShape.units;
  std::size_t begin = 0;
  for (const auto& [name, size] :
       {Part{"W", gates * kShape.inputs}, Part{"U", gates * kShape.units}, Part{"b", gates},
        Part{"v", kShape.units}, Part{"a", 1}}) {
    CAPTURE(name);
    double largest = 0;
    double difference = 0;
    for (std::size_t k = begin; k < begin + size; ++k) {
      largest = std::max(largest, std::abs(numeric[k]));
      difference = std::max(difference, std::abs(numeric[k] - gradient[k]));
    }
    CHECK(largest > 1e-3);
    CHECK(difference < 1e-5 * largest);
    begin += size;
  }
  CHECK(begin == weights.size());
}

// Origin: Kingma & Ba (2015), section 2.1: the first step is the learning rate in size, whatever
// the gradient's scale.
TEST_CASE("the first step of Adam is as long as its rate") {
  std::vector<double> weights{1, 1, 1};
  Adam adam(3, 0.01);
  adam.update(weights, std::vector<double>{1e-3, -50, 0});
  CHECK(weights[0] == Approx(0.99).margin(1e-6));
  CHECK(weights[1] == Approx(1.01).margin(1e-6));
  CHECK(weights[2] == 1);
}

TEST_CASE("Adam with backpropagation learns to remember an input for several steps") {
  // The target is the input of three steps before.
  const LstmShape shape{.inputs = 1, .units = 8};
  LstmBatch batch{.steps = 40, .sequences = 8, .warm_up = 4};
  const auto noise = white_noise(40 * 8, 5);
  for (std::size_t i = 0; i < noise.size(); ++i) {
    batch.inputs.push_back(noise[i] > 0 ? 1 : -1);
    batch.targets.push_back(i >= 24 ? batch.inputs[i - 24] : 0);
  }
  std::vector<double> weights = initial_weights(shape, 1);
  std::vector<double> gradient(weights.size());
  const double before = lstm_loss(shape, weights, batch, gradient);
  Adam adam(weights.size(), 0.02);
  for (int step = 0; step < 500; ++step) {
    lstm_loss(shape, weights, batch, gradient);
    adam.update(weights, gradient);
  }
  CHECK(before == Approx(0.5).margin(0.01));
  CHECK(lstm_loss(shape, weights, batch, {}) < 0.02);
}

TEST_CASE("the trained network learns the weekend from daily changes") {
  CHECK(weekend_error("lstm") < 0.3);
}

TEST_CASE("a history too short to train on is left alone") {
  const std::vector<double> values(119, 0.5);
  std::vector<double> path(1);
  CHECK_FALSE(find_model("lstm")->forecast({values, {}, 0}, {}, path));
}
