// The body of one answer on its way from the thread that makes it to the connection that sends it,
// with a bounded queue between them; and the threads that make bodies.
//
// The first kStreamHoldBytes are held back: an answer that ends before is sent as a whole with its
// length, and one that fails before becomes an ordinary error.
#pragma once

#include <atomic>
#include <condition_variable>
#include <deque>
#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include <microhttpd.h>

#include "common/http/server.h"

namespace headroom::http {

inline constexpr std::size_t kStreamHoldBytes = 64u << 10;
inline constexpr std::size_t kStreamQueueBytes = 1u << 20;  // a maker waits while so much waits
inline constexpr std::size_t kStreams = 64;                 // bodies that are made at once

class BodyStream final : public BodyWriter {
 public:
  // The connection is suspended; it is resumed when there is something to send.
  explicit BodyStream(MHD_Connection* connection, int fd) : connection_(connection), fd_(fd) {}

  // The maker's side.
  bool write(std::string piece) override;
  const std::atomic<bool>& cancelled() const override { return cancelled_; }
  // Nothing more comes; `instead` where the body could not be made to its end.
  void finish(std::optional<ServerResponse> instead);

  // The connection's side, in the server's polling thread.
  bool ready() const;  // to be answered, in one of the two ways
  // The whole body, or the error in its place; nothing where the body is to be read piece by piece.
  std::optional<ServerResponse> whole(const ServerResponse& frame);
  // As libmicrohttpd's content reader; suspends the connection where nothing is there yet.
  ssize_t read(char* into, std::size_t most);
  // The connection is over.
  void abandon();

  // Any thread.
  void cancel();
  // Cancels where the client is gone. A suspended connection does not notice that by itself.
  void look_after_client();

 private:
  void resume_if_starving();  // with mutex_ held

  mutable std::mutex mutex_;  // guards all but cancelled_
  std::condition_variable room_;
  std::deque<std::string> pieces_;
  std::size_t bytes_ = 0;   // in pieces_
  std::size_t offset_ = 0;  // of the first piece, taken already
  MHD_Connection* connection_ = nullptr;
  int fd_ = -1;
  bool starving_ = true;  // the connection is suspended until there is something to send
  bool sending_ = false;  // headers are on their way
  bool finished_ = false;
  std::optional<ServerResponse> instead_;
  std::atomic<bool> cancelled_ = false;
};

// A thread per body that is being made, so that a slow client holds up nobody else's answer.
class StreamThreads {
 public:
  StreamThreads();
  ~StreamThreads() { stop(); }
  StreamThreads(const StreamThreads&) = delete;
  StreamThreads& operator=(const StreamThreads&) = delete;

  // False where kStreams are being made already, or after stop().
  bool start(std::shared_ptr<BodyStream> stream, StreamBody make);
  // Cancels what is being made and waits for its end.
  void stop();

 private:
  struct Running {
    std::shared_ptr<BodyStream> stream;
    std::thread thread;
    std::atomic<bool> over = false;
  };
  void watch();
  void reap();  // with mutex_ held

  std::mutex mutex_;  // guards running_ and stopping_
  std::condition_variable wake_;
  std::list<Running> running_;
  bool stopping_ = false;
  std::thread watcher_;
};

}  // namespace headroom::http
