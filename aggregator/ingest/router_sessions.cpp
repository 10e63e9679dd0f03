// Which session stands for which host: restarts, clones, farewells and revoked keys.
#include <algorithm>

#include "aggregator/ingest/router.h"
#include "common/log/log.h"

namespace headroom::ingest {

// A restarted agent comes with a new stream while its old connection is not yet known to be dead;
// a cloned host looks the same until the old one speaks again.
void Router::begin_session(Session session) {
  if (const auto same = sessions_.find(session.peer); same != sessions_.end()) end_session(same);
  const std::string peer = session.peer;
  Session& begun = sessions_.emplace(peer, std::move(session)).first->second;
  begun.stream->session = &begun;
  // A replay stands beside the live session and takes nothing over from it.
  if (begun.replay) return;
  Session*& newest = newest_session_[begun.info.agent];
  // Those before it were superseded by it.
  if (newest != nullptr) newest->superseded = true;
  newest = &begun;
}

Router::Sessions::iterator Router::end_session(Sessions::iterator at) {
  Session& session = at->second;
  session.stream->session = nullptr;
  const auto newest = newest_session_.find(session.info.agent);
  if (newest != newest_session_.end() && newest->second == &session) newest_session_.erase(newest);
  return sessions_.erase(at);
}

bool Router::note_duplicate(Session& session) {
  const auto found = newest_session_.find(session.info.agent);
  Session* const newest = found == newest_session_.end() ? nullptr : found->second;
  // The last words of a connection that its own process has replaced.
  if (newest != nullptr && newest->instance == session.instance &&
      session.instance != wire::StreamId{})
    return true;
  const bool first_time = counters_.duplicate_agents++ == 0 || !session.info.duplicate;
  session.info.duplicate = true;
  if (newest == nullptr) return true;
  newest->info.duplicate = newest->changed = true;
  if (!first_time) return true;
  const bool apart = clones_.keep_apart(session.key_name(), session.host, newest->host);
  log::warn("the hosts at {} and {} both use the key of agent {}: one is a clone of the other. {}",
            session.info.address, newest->info.address, session.key_name(),
            apart ? "They are kept apart; give the clone a key of its own"
                  : "Nothing tells them apart: their samples mix. Give one a key of its own");
  if (!apart) return true;
  session.superseded = false;
  // Who has another name now greets again. Ended only once both are judged: a session that ends is
  // gone.
  const std::string shared_name = session.info.agent;
  const auto renamed = [&](const Session& one) {
    return clones_.host_name(one.key_name(), one.host) != shared_name;
  };
  const bool stays = !renamed(session);
  std::vector<std::string> leaving;
  if (!stays) leaving.push_back(session.peer);
  if (renamed(*newest)) leaving.push_back(newest->peer);
  for (const std::string& peer : leaving) {
    send(peer, wire::Drain{});
    end_session(sessions_.find(peer));
  }
  if (stays && leaving.size() == 1) newest_session_[shared_name] = &session;
  return stays;
}

// The agent is being removed from its host, and says so with the host's own key.
void Router::on_farewell(Session& session) {
  const std::string host = session.info.agent;
  // A clone that goes must not end the series of the host that it was made from.
  const auto is_another_host = [&](const Sessions::value_type& one) {
    return one.second.key_name() == session.key_name() && one.second.info.agent == host &&
           !(one.second.host == session.host);
  };
  if (std::any_of(sessions_.begin(), sessions_.end(), is_another_host) ||
      !clones_.knows_exactly(session.key_name(), session.host)) {
    return nack(session, 0, wire::NackReason::kLimitExceeded,
                "several hosts use this key: remove the one that is gone by hand, see: headroom "
                "agents");
  }
  log::info("agent {} says farewell: its series end", host);
  if (auto ended = store_.decommission(host, clock_.unix_ms()); !ended) {
    return log::error("{}", ended.error().within("end the series of " + host).message);
  }
  directory_.forget(host);
  const std::string peer = session.peer;
  end_session(sessions_.find(peer));
  send(peer, wire::Drain{});
}

void Router::drop_revoked() {
  const std::set<std::string> revoked = authorized_.take_revoked();
  if (revoked.empty()) return;  // nearly always; there may be many sessions
  for (auto at = sessions_.begin(); at != sessions_.end();) {
    if (revoked.count(at->second.key_name()) == 0 && authorized_.has(at->second.key_name())) {
      ++at;
      continue;
    }
    log::info("agent {} is no longer authorized: its session ends", at->second.info.agent);
    directory_.disconnected(at->second.info.agent);
    // It comes back, and is refused at the handshake.
    send(at->first, wire::Drain{});
    at = end_session(at);
  }
}

}  // namespace headroom::ingest
