"""What is wrong is refused with a clear word, and nothing else suffers."""
import os
import signal
import subprocess
import time
import unittest

import harness
from harness import program, wait_until


class Refusal(harness.World):
    def run_to_end(self, *arguments, **environment):
        return subprocess.run(arguments, capture_output=True, text=True, timeout=harness.LIMIT, env={**os.environ, **environment})

    def test_an_agent_with_an_unknown_key_gets_nothing(self):
        self.start_aggregator()
        agent = self.start_agent("stranger")
        wait_until("the refusal", lambda: self.api("status")["ingest"]["rejected_keys"] > 0)
        wait_until("its own word", lambda: "refuses this agent's key" in agent.text())
        self.assertEqual(self.api("series")["items"], [])
        self.assertEqual(self.api("agents")["items"], [])
        # Approved, it is let in without a restart of either.
        self.authorize("stranger")
        wait_until("its first sample", lambda: self.samples("system.memory.limit{host.name=\"stranger\"}"))

    def test_an_agent_that_expects_another_server_says_so_and_sends_nothing(self):
        self.start_aggregator()
        self.authorize("web-1")
        self.generate("headroom-aggregator", "other")
        agent = self.start_agent("web-1", server={"endpoint": f"tcp://127.0.0.1:{self.port}", "public_key_file": self.path("other.pub")})
        wait_until("its word", lambda: "handshake" in agent.text())
        self.assertEqual(self.api("series")["items"], [])

    def test_a_second_aggregator_on_the_same_store_is_refused(self):
        first = self.start_aggregator()
        second = self.run_to_end(program("headroom-aggregator"), "--config", self.path("aggregator.yaml"))
        self.assertEqual(second.returncode, 1)
        self.assertIn("is in use by another process", second.stderr)
        self.assertTrue(first.running())
        self.assertEqual(self.get("/healthz")[0], 200)

    def test_a_store_of_another_format_is_refused_and_left_as_it_is(self):
        aggregator = self.start_aggregator()
        aggregator.stop()
        # A store of format 99 can only be made from the inside: tests/unit/store does that; here a store that is no store.
        for name in os.listdir(self.path("store")):
            if name.startswith("MANIFEST"):
                with open(os.path.join(self.path("store"), name), "r+b") as file:
                    file.write(b"\xff" * 64)
        done = self.run_to_end(program("headroom-aggregator"), "--config", self.path("aggregator.yaml"))
        self.assertEqual(done.returncode, 1)
        self.assertIn("restore it from a backup", done.stderr)

    def test_configuration_mistakes_are_named_with_file_line_key_and_reason(self):
        path = self.write("wrong.yaml", "store:\n  pth: /tmp/x\ningest:\n  batch_interval: 5x\nthresholds: {warning_pct: 95}\n")
        done = self.run_to_end(program("headroom-aggregator"), "--check-config", "--config", path)
        self.assertEqual(done.returncode, 1)
        self.assertIn(f"{path}:2: store.pth: is not a key that this program knows; did you mean store.path?", done.stderr)
        self.assertIn(f"{path}:4: ingest.batch_interval: '5x' is not a duration", done.stderr)
        self.assertIn(f"{path}:5: thresholds.warning_pct: is above thresholds.critical_pct", done.stderr)
        path = self.write("wrong-agent.yaml", "collectors: {cpu: perhaps, gpus: true}\nserver: {endpoint: nowhere}\n")
        done = self.run_to_end(program("headroom-agent"), "--check-config", "--config", path)
        self.assertEqual(done.returncode, 1)
        for words in ("collectors.cpu: 'perhaps' is neither true nor false", "collectors.gpus: is not a key", "server.endpoint: must look like"):
            self.assertIn(words, done.stderr)

    def test_check_config_prints_every_key_and_the_environment_overrides_it(self):
        for name in ("headroom-aggregator", "headroom-agent"):
            done = self.run_to_end(program(name), "--check-config", HEADROOM_LOG_LEVEL="debug")
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertIn("log_level: debug", done.stdout)
            # What it prints is a configuration that it takes.
            again = self.run_to_end(program(name), "--check-config", "--config", self.write(name + ".yaml", done.stdout))
            self.assertNotIn("not valid YAML", again.stderr)
        done = self.run_to_end(program("headroom-agent"), "--check-config", HEADROOM_SAMPLE_INTERVAL="soon")
        self.assertEqual(done.returncode, 1)
        self.assertIn("HEADROOM_SAMPLE_INTERVAL", done.stderr)

    def test_a_key_file_that_others_can_read_is_refused(self):
        os.chmod(self.path("aggregator.key"), 0o644)
        done = self.run_to_end(program("headroom-aggregator"), "--config", self.aggregator_config())
        self.assertEqual(done.returncode, 1)
        self.assertIn("chmod 600", done.stderr)

    def test_a_reload_takes_what_it_can_and_refuses_a_broken_file(self):
        aggregator = self.start_aggregator()
        self.authorize("web-1")
        agent = self.start_agent("web-1")
        wait_until("samples", lambda: self.samples("system.memory.limit"))
        self.write("aggregator.yaml", "nonsense: true\n")
        aggregator.signal(signal.SIGHUP)
        wait_until("the refusal", lambda: "reload refused" in aggregator.text())
        self.settings["thresholds"] = {"warning_pct": 1, "critical_pct": 99}
        self.aggregator_config()
        aggregator.signal(signal.SIGHUP)
        wait_until("the reload", lambda: "configuration reloaded" in aggregator.text())
        # Every disk is used by more than one per cent.
        wait_until("the new threshold", lambda: [row for row in self.api("utilization", resource="MEMORY")["items"] if row["status"] == "WARNING"])
        with open(self.path("web-1.yaml"), encoding="utf-8") as file:
            text = file.read()
        self.write("web-1.yaml", text[:-1] + ', "collectors": {"memory": false}}')
        agent.signal(signal.SIGHUP)
        wait_until("the agent's reload", lambda: "configuration reloaded" in agent.text())
        before = self.samples("system.cpu.logical.count")[-1][0]
        wait_until("samples without memory", lambda: self.samples("system.cpu.logical.count")[-1][0] > before + 2)
        self.assertLessEqual(self.samples("system.memory.limit")[-1][0], before + 1)

    def test_wrong_questions_are_answered_with_problems(self):
        self.start_aggregator()
        cases = [
            ("GET", "/api/v1/query", {"match": "{"}, None, 400, "selector"),
            ("GET", "/api/v1/query", {}, None, 400, "match"),
            ("GET", "/api/v1/query_range", {"match": "m"}, None, 400, "a range is needed"),
            ("GET", "/api/v1/query_range", {"match": "m", "last": "x"}, None, 400, "last"),
            ("GET", "/api/v1/query_range", {"match": "m", "last": "1h", "step": "0s"}, None, 400, "step"),
            ("GET", "/api/v1/query_range", {"match": "m", "last": "1h", "aggregate": "median"}, None, 400, "aggregate"),
            ("GET", "/api/v1/utilization", {"resource": "SOUL"}, None, 400, "SOUL"),
            ("GET", "/api/v1/utilization", {"service": "nobody"}, None, 404, "no host or service"),
            ("GET", "/api/v1/top", {"limit": "-1"}, None, 400, "limit"),
            ("GET", "/api/v1/forecasts/none", None, None, 404, "none"),
            ("POST", "/api/v1/forecasts", None, {"service": "nobody", "resource": "CPU"}, 404, "nobody"),
            ("POST", "/api/v1/forecasts", None, {"service": 7}, 400, "service"),
            ("POST", "/api/v1/forecasts", None, [1], 400, "object"),
            ("POST", "/api/v1/rules", None, {"rule_id": "x"}, 400, "service is missing"),
            ("DELETE", "/api/v1/rules/none", None, None, 404, "none"),
            ("PUT", "/api/v1/status", None, {}, 405, "cannot be used"),
            ("GET", "/api/v1/nothing", None, None, 404, "/api/v1/nothing"),
        ]
        for method, path, params, body, wanted, words in cases:
            status, answer = self.request(method, path, params, body)
            self.assertEqual(status, wanted, (method, path, params, body, answer))
            self.assertIn(words, answer["detail"])

    def test_the_command_line_says_what_to_do_when_nobody_answers(self):
        done = self.cli("status", check=False)
        self.assertEqual(done.returncode, 1)
        self.assertIn(self.socket, done.stderr)
        self.assertIn("HEADROOM_SOCKET", done.stderr)
        self.assertEqual(self.cli("no-such-verb", check=False).returncode, 2)


if __name__ == "__main__":
    harness.main()
