// The HTTP door: finds who asks and what for, runs the operation, writes the answer as JSON or
// application/problem+json.
#pragma once

#include "aggregator/api/operation.h"
#include "common/base/clock.h"
#include "common/http/server.h"

namespace headroom::api {

// What a peer of the admin socket may do: root and the aggregator's own user administer, members of
// headroom-admin too; members of headroom-operate operate; whoever else the socket's rights let in
// observes.
Access access_of(const http::Peer& peer);

http::ServerResponse serve(Operations& operations, const Clock& clock,
                           const http::ServerRequest& request);

}  // namespace headroom::api
