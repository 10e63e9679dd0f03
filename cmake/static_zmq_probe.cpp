// Whether the static libzmq can be linked: what refers to all of it.
#include <zmq.h>

int main() {
  void* context = zmq_ctx_new();
  void* socket = zmq_socket(context, ZMQ_DEALER);
  return zmq_close(socket) == 0 && zmq_ctx_term(context) == 0 ? 0 : 1;
}
