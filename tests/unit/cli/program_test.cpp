// The program from arguments to exit status, against a server that answers what the test says.

#include <map>
#include <sstream>

#include "cli/json.h"
#include "common/base/file.h"
#include "common/base/text.h"
#include "tests/support/catch.h"
#include "tests/support/scripted_server.h"
#include "tests/support/temp_folder.h"
#include "tests/unit/cli/program_run.h"

namespace headroom::cli {
namespace {

using test::Reply;
using test::reply_with;
using test::ScriptedServer;
using test::TempFolder;

Outcome run(const std::vector<std::string>& arguments,
            const std::string& socket = "/nonexistent/admin.sock", const std::string& input = "") {
  return run_program_in({.input = input, .socket = socket}, arguments);
}

// Answers by the first line of the request; what is not listed is a 404.
ScriptedServer::Answer by_line(std::map<std::string, Reply> replies) {
  return [replies](const std::string& request) {
    const auto found = replies.find(request.substr(0, request.find(" HTTP/")));
    if (found != replies.end()) return found->second;
    return reply_with(
        404, R"({"title": "not_found", "status": 404, "detail": "there is no such thing"})");
  };
}

std::string body_of(const std::string& request) {
  return request.substr(request.find("\r\n\r\n") + 4);
}

std::string first_line(const std::string& text) { return text.substr(0, text.find('\n')); }

}  // namespace

TEST_CASE("without a verb the program explains itself, and every verb does when asked") {
  const Outcome alone = run({});
  CHECK(alone.status == 0);
  CHECK(alone.out.find("Usage: headroom VERB [options]") != std::string::npos);
  CHECK(alone.out.find("Examples\n") != std::string::npos);
  for (const char* verb : {"status", "health", "utilization", "top", "agents", "series", "query",
                           "forecast", "rules", "actions"}) {
    CAPTURE(verb);
    CHECK(alone.out.find(std::string("\n  ") + verb + " ") != std::string::npos);
    const Outcome help = run({verb, "--help"});
    CHECK(help.status == 0);
    CHECK(help.out.starts_with(std::string("headroom ") + verb + ": "));
    CHECK(help.out.find("Examples\n  headroom " + std::string(verb)) != std::string::npos);
    CHECK(help.out.find("--socket PATH") != std::string::npos);
  }
  CHECK(run({"help", "rules", "apply"}).out.starts_with("headroom rules apply: "));
  CHECK(run({"--version"}).out.starts_with("headroom 0."));
}

TEST_CASE("bad usage is refused with status 2, before anybody is asked") {
  struct Case {
    std::vector<std::string> arguments;
    const char* first_line;
  };
  const Case cases[] = {
      {{"statsu"}, "headroom: 'statsu' is not a verb; did you mean status?"},
      {{"status", "--formt", "json"},
       "headroom status: '--formt' is not an option here; did you mean --format?"},
      {{"status", "--format", "xml"},
       "headroom status: --format: 'xml' is not a format; write table, json or csv"},
      {{"status", "now"}, "headroom status: 'now' is one word too many"},
      {{"forecast", "--service", "web"}, "headroom forecast: --resource is required"},
      {{"forecast", "--sevice", "web", "--resource", "CPU"},
       "headroom forecast: '--sevice' is not an option here; did you mean --service?"},
      {{"forecast", "--service", "a", "--resource", "b", "--level", "95"},
       "headroom forecast: --level: '95' is not a share between 0 and 1; write for example 0.95"},
      {{"forecast", "--service", "a", "--resource", "b", "--horizon", "tomorrow"},
       "headroom forecast: --horizon: 'tomorrow' is not a duration; write for example 250ms, 15s, "
       "5m, 2h, 7d"},
      {{"query"},
       "headroom query: which series? Give a metric or a selector, or --host, --service or "
       "--where"},
      {{"query", "a", "--last", "1h", "--from", "5"},
       "headroom query: --last is a range by itself; leave --from and --to out"},
      {{"query", "a", "--to", "5"}, "headroom query: --to needs --from; or write --last 1h"},
      {{"query", "a", "--step", "5m"},
       "headroom query: --step and --aggregate need a range: --last 1h, or --from and --to"},
      {{"query", "a", "--last", "1h", "--aggregate", "median"},
       "headroom query: --aggregate: 'median' is not one of avg, min, max, sum, count, last, rate, "
       "increase, quantile"},
      {{"query", "a", "--metric", "b"},
       "headroom query: give the metric once: as --metric or in the selector"},
      {{"query", "a", "--host"}, "headroom query: --host needs a value"},
      {{"query", "a", "--from", "yesterday"},
       "headroom query: --from: 'yesterday' is not a time; write RFC 3339 (2026-11-22T05:54:29Z) "
       "or Unix seconds"},
      {{"rules", "shwo", "x"}, "headroom rules: 'shwo' is one word too many; did you mean show?"},
      {{"rules", "show"}, "headroom rules show: ID is required"},
      {{"top", "--limit", "0"},
       "headroom top: --limit: '0' is not a number of things; write for example 20"},
      {{"utilization", "--watch"},
       "headroom utilization: --watch draws tables on a terminal; leave it out to write into a "
       "file or a pipe, or in "
       "another format"},
      {{"top", "--watch", "soon"},
       "headroom top: --watch: 'soon' is not a duration; write for example 250ms, 15s, 5m, 2h, 7d"},
  };
  for (const Case& one : cases) {
    CAPTURE(join(one.arguments, " "));
    const Outcome outcome = run(one.arguments);
    CHECK(outcome.status == 2);
    CHECK(outcome.out.empty());
    CHECK(first_line(outcome.err) == one.first_line);
    CHECK(outcome.err.find("--help says how it is written.\n") != std::string::npos);
  }
}

TEST_CASE("where no aggregator answers the error says where it was sought and what to do") {
  const Outcome outcome = run({"status"});
  CHECK(outcome.status == 1);
  CHECK(outcome.err ==
        "headroom status: no aggregator answers: connect to /nonexistent/admin.sock: No such file "
        "or directory\n"
        "Is headroom-aggregator running? (set --socket or HEADROOM_SOCKET if it listens "
        "elsewhere)\n");
  // --socket wins over the environment.
  CHECK(run({"status", "--socket", "/elsewhere"}).err.find("connect to /elsewhere: ") !=
        std::string::npos);
}

TEST_CASE(
    "what the aggregator refuses is said in its words, without what they could do to a terminal") {
  const TempFolder folder;
  const ScriptedServer server(folder.path() + "/s", [](const std::string& request) {
    if (request.starts_with("GET /api/v1/agents")) return reply_with(500, "<html>");
    if (request.starts_with("GET /api/v1/top")) return reply_with(200, "<html>");
    if (request.starts_with("GET /api/v1/rules")) return reply_with(200, "{}");
    return reply_with(
        400,
        R"({"title": "invalid_argument", "status": 400, "detail": "'\u001b[2J' is not a service"})");
  });
  const Outcome refused = run({"utilization", "--service", "x"}, server.path());
  CHECK(refused.status == 1);
  CHECK(refused.err == "headroom utilization: '?[2J' is not a service\n");
  CHECK(run({"agents"}, server.path()).err ==
        "headroom agents: GET /api/v1/agents was answered with HTTP status 500\n");
  CHECK(run({"top"}, server.path()).err.find("the answer to GET /api/v1/top is not JSON") !=
        std::string::npos);
  CHECK(run({"rules"}, server.path()).err.find("holds no list of items") != std::string::npos);
}

TEST_CASE("a list is read to its last page, and written in the format asked for") {
  const TempFolder folder;
  const ScriptedServer server(
      folder.path() + "/s",
      by_line(
          {{"GET /api/v1/agents", reply_with(200, R"({"items": [{"agent": "a"}], "next": "p/2"})")},
           {"GET /api/v1/agents?page=p%2F2",
            reply_with(200, R"({"items": [{"agent": "b"}], "next": "3"})")},
           {"GET /api/v1/agents?page=3", reply_with(200, R"({"items": [{"agent": "c"}]})")}}));
  const Outcome json = run({"agents", "--format", "json"}, server.path());
  CHECK(json.status == 0);
  CHECK(json.out == "{\"items\": [{\"agent\": \"a\"}, {\"agent\": \"b\"}, {\"agent\": \"c\"}]}\n");
  // Options of every verb may stand before it, too.
  const Outcome csv = run({"--format", "csv", "agents"}, server.path());
  CHECK(split(csv.out, '\n').size() == 1 + 3 + 1);

  const std::string path = folder.path() + "/agents.json";
  const Outcome file = run({"agents", "--format", "json", "--output", path}, server.path());
  CHECK(file.out.empty());
  CHECK(read_file(path).value() == json.out);
}

TEST_CASE("pages that do not end are an error, not a wait") {
  const TempFolder folder;
  const ScriptedServer server(folder.path() + "/s", [](const std::string&) {
    return reply_with(200, R"({"items": [], "next": "again"})");
  });
  const Outcome outcome = run({"series"}, server.path());
  CHECK(outcome.status == 1);
  CHECK(outcome.err.find("do not end") != std::string::npos);
}

TEST_CASE("query asks for an instant or a range, with everything that was given") {
  const TempFolder folder;
  const ScriptedServer server(
      folder.path() + "/s", [](const std::string&) { return reply_with(200, R"({"items": []})"); });
  CHECK(run({"query", "m", "--where", "a=b", "--host", "h"}, server.path()).status == 0);
  CHECK(run({"query", "--metric", "m", "--last", "1m", "--step", "5s", "--aggregate", "max"},
            server.path())
            .status == 0);
  CHECK(run({"query", "m", "--from", "1", "--to", "2"}, server.path()).status == 0);
  CHECK(run({"query", "m", "--at", "5"}, server.path()).status == 0);
  CHECK(run({"series"}, server.path()).status == 0);
  CHECK(server.lines() ==
        std::vector<std::string>{"GET /api/v1/query?match=m%7Bhost.name%3D%22h%22%2Ca%3D%22b%22%7D",
                                 "GET /api/v1/query_range?match=m&last=1m&step=5s&aggregate=max",
                                 "GET /api/v1/query_range?match=m&from=1&to=2",
                                 "GET /api/v1/query?match=m&time=5", "GET /api/v1/series"});
}

TEST_CASE("forecast asks with only what was given, levels in order") {
  const TempFolder folder;
  const ScriptedServer server(folder.path() + "/s",
                              [](const std::string&) { return reply_with(201, "{}"); });
  CHECK(run({"forecast", "--service", "web", "--resource", "disk-io"}, server.path()).status == 0);
  CHECK(run({"forecast", "--service", "web", "--resource", "CPU", "--level", "0.95", "--level",
             "0.8", "--horizon", "7d"},
            server.path())
            .status == 0);
  const std::vector<std::string> requests = server.requests();
  REQUIRE(requests.size() == 2);
  CHECK(requests[0].starts_with("POST /api/v1/forecasts HTTP"));
  CHECK(body_of(requests[0]) == R"({"service":"web","resource":"DISK_IO"})");
  CHECK(body_of(requests[1]) ==
        R"({"service":"web","resource":"CPU","horizon":"7d","levels":[0.8,0.95]})");
}

TEST_CASE("applying a rule creates it where it is new") {
  const TempFolder folder;
  const ScriptedServer server(
      folder.path() + "/s",
      by_line({{"POST /api/v1/rules",
                reply_with(201, R"({"rule_id": "web/cpu", "service": "web", "version": 1})")}}));
  const std::string yaml = "rule_id: web/cpu\nservice: web\nmax_instances: 3\nnote: \"80\"\n";
  const Outcome outcome = run({"rules", "apply", "-"}, server.path(), yaml);
  CHECK(outcome.status == 0);
  CHECK(outcome.out == "Rule web/cpu of web created, now version 1.\n");
  CHECK(server.lines() ==
        std::vector<std::string>{"GET /api/v1/rules/web%2Fcpu", "POST /api/v1/rules"});
  CHECK(body_of(server.requests()[1]) ==
        R"({"rule_id":"web/cpu","service":"web","max_instances":3,"note":"80"})");
}

TEST_CASE("applying a rule that is there changes it, if nobody else did meanwhile") {
  const TempFolder folder;
  const ScriptedServer server(
      folder.path() + "/s",
      by_line({{"GET /api/v1/rules/a",
                reply_with(200, R"({"rule_id": "a", "service": "web", "version": 4})")},
               {"PUT /api/v1/rules/a?if_version=4",
                reply_with(200, R"({"rule_id": "a", "service": "web", "version": 5})")},
               {"PUT /api/v1/rules/a?if_version=3",
                reply_with(409, R"({"detail": "rule 'a' is at version 4"})")},
               {"PUT /api/v1/rules/a?dry_run=true&if_version=4",
                reply_with(200, R"({"rule_id": "a", "service": "web"})")}}));
  CHECK(run({"rules", "apply", "-"}, server.path(), "rule_id: a").out ==
        "Rule a of web changed, now version 5.\n");
  CHECK(run({"rules", "apply", "--dry-run", "-"}, server.path(), "rule_id: a").out ==
        "Rule a of web would be changed.\n");
  // A file that was written from a version keeps to it; what the aggregator added does not go back.
  const std::string path = folder.write(
      "a.json", R"({"rule_id": "a", "version": 3, "decision": null, "simulated": false})");
  const Outcome late = run({"rules", "apply", path}, server.path());
  CHECK(late.status == 1);
  CHECK(late.err == "headroom rules apply: " + path + ", rule a: rule 'a' is at version 4\n");
  CHECK(body_of(server.requests().back()) == R"({"rule_id":"a"})");
}

TEST_CASE("a file with a mistake changes nothing") {
  const TempFolder folder;
  const ScriptedServer server(folder.path() + "/s", by_line({}));
  const std::string path = folder.write("two.yaml", "rule_id: a\n---\nservice: web\n");
  const Outcome outcome = run({"rules", "apply", path}, server.path());
  CHECK(outcome.status == 1);
  CHECK(outcome.err.find("rule 2 has no rule_id") != std::string::npos);
  CHECK(server.requests().empty());
  CHECK(
      run({"rules", "apply", folder.path() + "/absent"}, server.path()).err.find("No such file") !=
      std::string::npos);
}

TEST_CASE("a rule is deleted by its name") {
  const TempFolder folder;
  const ScriptedServer server(folder.path() + "/s",
                              by_line({{"DELETE /api/v1/rules/a%20b", reply_with(204, "")}}));
  const Outcome outcome = run({"rules", "delete", "a b"}, server.path());
  CHECK(outcome.status == 0);
  CHECK(outcome.out == "Rule a b deleted.\n");
  const Outcome absent = run({"rules", "delete", "c"}, server.path());
  CHECK(absent.status == 1);
  CHECK(absent.err == "headroom rules delete: there is no such thing\n");
}

TEST_CASE("status asks what is wrong only where something is") {
  const TempFolder folder;
  const ScriptedServer server(
      folder.path() + "/s",
      by_line(
          {{"GET /api/v1/status",
            reply_with(200, R"({"overall_health": "CRITICAL", "hosts": 1, "services": 1})")},
           {"GET /api/v1/health",
            reply_with(
                200,
                R"({"overall_health": "CRITICAL", "items": [{"service": "web", "resource": "CPU",
                                    "status": "CRITICAL", "reason": "above 90 %"}]})")}}));
  const Outcome table = run({"status"}, server.path());
  CHECK(table.out.starts_with(
      "CRITICAL: 1 service on 1 host, no sample yet.\n  web  CPU  CRITICAL  above 90 %\n"));
  CHECK(run({"status", "--format", "csv"}, server.path()).out ==
        "field,value\noverall_health,CRITICAL\nhosts,1\nservices,1\n");
  CHECK(server.requests().size() == 3);
}

}  // namespace headroom::cli
