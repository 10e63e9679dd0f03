#include "agent/collectors/statvfs_worker.h"

#include <cerrno>
#include <utility>

namespace headroom::agent {

void StatvfsWorker::Round::ask_all() {
  for (const auto& question : questions) {
    question->answer = {};
    question->error = statvfs(question->path.c_str(), &question->answer) == 0 ? 0 : errno;
    question->answered.store(true, std::memory_order_release);
    answers.fetch_add(1, std::memory_order_release);
  }
}

StatvfsWorker::StatvfsWorker(StatvfsFunction statvfs) : round_(std::make_shared<Round>()) {
  round_->statvfs = std::move(statvfs);
}

void StatvfsWorker::clear() { round_->questions.clear(); }

void StatvfsWorker::add(const std::shared_ptr<StatvfsQuestion>& question) {
  round_->questions.push_back(question);
}

bool StatvfsWorker::begin() {
  for (const auto& question : round_->questions) question->answered.store(false);
  round_->answers.store(0);
  const bool begun = began_before_ ? quarantine_.start_again()
                                   : quarantine_.start([round = round_] { round->ask_all(); });
  began_before_ = began_before_ || begun;
  if (!begun) {
    for (const auto& question : round_->questions) question->answered.store(true);
  }
  answers_before_ = 0;
  waited_ = {};
  grid_points_waited_ = 0;
  return begun;
}

void StatvfsWorker::pass(std::chrono::nanoseconds elapsed) {
  const std::size_t now = round_->answers.load(std::memory_order_acquire);
  const bool moved = std::exchange(answers_before_, now) != now;
  // With all answers there the worker is on its way home, and nobody waits for it.
  if (moved || !busy() || !present()) {
    waited_ = {};
    grid_points_waited_ = 0;
    return;
  }
  waited_ += elapsed;
  ++grid_points_waited_;
}

std::shared_ptr<StatvfsQuestion> StatvfsWorker::present() const {
  const std::size_t at = round_->answers.load(std::memory_order_acquire);
  return at < round_->questions.size() ? round_->questions[at] : nullptr;
}

}  // namespace headroom::agent
