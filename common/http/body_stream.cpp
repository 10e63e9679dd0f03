#include "common/http/body_stream.h"

#include <algorithm>
#include <poll.h>
#include <utility>

namespace headroom::http {
namespace {

constexpr auto kLookInterval = std::chrono::milliseconds(200);

}  // namespace

void BodyStream::resume_if_starving() {
  if (!starving_ || connection_ == nullptr) return;
  starving_ = false;
  MHD_resume_connection(connection_);
}

bool BodyStream::write(std::string piece) {
  std::unique_lock lock(mutex_);
  room_.wait(lock, [&] { return cancelled_ || bytes_ < kStreamQueueBytes; });
  if (cancelled_) return false;
  if (piece.empty()) return true;
  bytes_ += piece.size();
  pieces_.push_back(std::move(piece));
  if (!sending_ && bytes_ < kStreamHoldBytes) return true;
  sending_ = true;
  resume_if_starving();
  return true;
}

void BodyStream::finish(std::optional<ServerResponse> instead) {
  const std::lock_guard lock(mutex_);
  finished_ = true;
  instead_ = std::move(instead);
  resume_if_starving();
}

bool BodyStream::ready() const {
  const std::lock_guard lock(mutex_);
  return sending_ || finished_;
}

std::optional<ServerResponse> BodyStream::whole(const ServerResponse& frame) {
  const std::lock_guard lock(mutex_);
  if (sending_) return std::nullopt;
  if (instead_) return std::exchange(instead_, std::nullopt);
  ServerResponse response{frame.status, frame.content_type, ""};
  response.body.reserve(bytes_);
  for (const std::string& piece : pieces_) response.body += piece;
  pieces_.clear();
  return response;
}

ssize_t BodyStream::read(char* into, std::size_t most) {
  const std::lock_guard lock(mutex_);
  if (pieces_.empty()) {
    if (finished_)
      return instead_ ? MHD_CONTENT_READER_END_WITH_ERROR : MHD_CONTENT_READER_END_OF_STREAM;
    starving_ = true;
    MHD_suspend_connection(connection_);
    return 0;
  }
  std::size_t taken = 0;
  while (taken < most && !pieces_.empty()) {
    const std::string& piece = pieces_.front();
    const std::size_t size = std::min(most - taken, piece.size() - offset_);
    std::copy_n(piece.data() + offset_, size, into + taken);
    taken += size;
    offset_ += size;
    if (offset_ < piece.size()) break;
    pieces_.pop_front();
    offset_ = 0;
  }
  bytes_ -= taken;
  room_.notify_one();
  return static_cast<ssize_t>(taken);
}

void BodyStream::abandon() {
  const std::lock_guard lock(mutex_);
  connection_ = nullptr;
  cancelled_ = true;
  room_.notify_one();
}

void BodyStream::cancel() {
  const std::lock_guard lock(mutex_);
  cancelled_ = true;
  room_.notify_one();
}

void BodyStream::look_after_client() {
  const std::lock_guard lock(mutex_);
  if (connection_ == nullptr || !starving_) return;
  // Half of a connection may be closed by a client that still reads; POLLHUP says that both are.
  pollfd client{fd_, 0, 0};
  if (::poll(&client, 1, 0) != 1 || (client.revents & (POLLHUP | POLLERR)) == 0) return;
  cancelled_ = true;
  room_.notify_one();
}

void StreamThreads::reap() {
  running_.remove_if([](Running& one) {
    if (!one.over) return false;
    one.thread.join();
    return true;
  });
}

StreamThreads::StreamThreads() : watcher_([this] { watch(); }) {}

bool StreamThreads::start(std::shared_ptr<BodyStream> stream, StreamBody make) {
  const std::lock_guard lock(mutex_);
  reap();
  if (stopping_ || running_.size() >= kStreams) return false;
  Running& one = running_.emplace_back();
  one.stream = std::move(stream);
  one.thread = std::thread([&one, make = std::move(make)] {
    one.stream->finish(make(*one.stream));
    one.over = true;
  });
  wake_.notify_one();
  return true;
}

void StreamThreads::watch() {
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    wake_.wait(lock, [&] { return stopping_ || !running_.empty(); });
    wake_.wait_for(lock, kLookInterval, [&] { return stopping_; });
    reap();
    for (const Running& one : running_) one.stream->look_after_client();
  }
}

void StreamThreads::stop() {
  {
    const std::lock_guard lock(mutex_);
    if (stopping_) return;
    stopping_ = true;
    for (const Running& one : running_) one.stream->cancel();
  }
  wake_.notify_one();
  watcher_.join();
  // Nobody adds or removes any more.
  for (Running& one : running_) one.thread.join();
  running_.clear();
}

}  // namespace headroom::http
