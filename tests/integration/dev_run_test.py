"""`./dev run` and `./dev run --demo` as a newcomer sees them (the build before it is left out)."""
import os
import re
import signal
import subprocess
import time
import unittest

import harness
from harness import wait_until


class DevRun(harness.World):
    def dev_run(self, *options):
        process = self.start([os.path.join(harness.SOURCE, "packaging/dev-run"), self.path("run"), *options], "dev-run.log",
                             {"HEADROOM_DEV_PORT": str(self.port), "HEADROOM_DEV_BIN": harness.BIN})
        # Its programs are its own to stop: killed, it would leave them behind.
        process.polite = True
        found = wait_until("the admin socket's path", lambda: re.search(r"admin socket: (\S+)", process.text()) or
                           (self.assertTrue(process.running(), process.text())))
        self.socket = found.group(1)
        return process

    def program_pid(self, name):
        """The process that dev-run started in our folder."""
        for pid in filter(str.isdigit, os.listdir("/proc")):
            try:
                with open(f"/proc/{pid}/cmdline", "rb") as file:
                    words = file.read().decode().split("\0")
            except OSError:
                continue
            if words[0].endswith(name) and any(self.folder in word for word in words):
                return int(pid)
        return None

    def test_this_machine_is_seen_and_a_killed_aggregator_comes_back(self):
        process = self.dev_run()
        memory = "system.memory.usage{system.memory.state=\"used\"}"
        wait_until("samples", lambda: len(self.samples(memory)) >= 5)
        os.kill(self.program_pid("headroom-aggregator"), signal.SIGKILL)
        wait_until("the restart", lambda: "aggregator was killed by signal 9; starting it again in two seconds" in process.text())

        def resent():
            try:
                return self.api("status")["ingest"]["batches_resent"] > 0
            except OSError:
                return False

        wait_until("resent batches", resent)
        times = [t for t, _ in self.samples(memory)]
        self.assertEqual(times, list(range(times[0], times[0] + len(times))))
        self.assertEqual(self.cli_json("rules")["items"][0]["rule_id"], "local-cpu")
        process.signal(signal.SIGINT)
        self.assertEqual(process.process.wait(timeout=harness.LIMIT), 0)
        self.assertIsNone(self.program_pid("headroom-aggregator"))
        self.assertIsNone(self.program_pid("headroom-agent"))
        self.assertIn("stopped", process.text())

    def test_the_demo_has_ninety_days_of_a_fleet_and_marks_it_as_simulated(self):
        process = self.dev_run("--demo")
        status = self.cli_json("status")
        self.assertEqual(status["simulated_hosts"], 20)
        self.assertEqual(status["ingest"]["batches_lost"], 0)
        services = {row["service"] for row in self.cli_json("utilization")["items"] if row["simulated"]}
        self.assertEqual(services, {"order-gateway", "web-front", "batch"})
        history = self.api("query_range", match="headroom.resource.demand{host.name=\"web-01\",headroom.resource=\"CPU\"}",
                           last="91d", step="1d", aggregate="count")["items"][0]["samples"]
        self.assertGreaterEqual(len(history), 90)
        self.assertEqual({count for _, count in history[1:89]}, {288})
        series = self.cli_json("series", "{host.name=\"order-gw-01\"}")["items"]
        self.assertEqual(len(series), 40)
        self.assertTrue(all(one["attributes"]["headroom.simulated"] == "true" for one in series))
        for arguments in (("utilization",), ("top",), ("agents",), ("forecast", "--service", "order-gateway", "--resource", "CPU")):
            self.assertIn("simulated", self.cli(*arguments).stdout, arguments)
        forecast = self.cli_json("forecast", "--service", "order-gateway", "--resource", "CPU", "--horizon", "48h")
        # It knows the week: a weekday's opening is far above a night.
        self.assertLess(forecast["backtest"]["mae"], forecast["backtest"]["naive_mae"] * 1.01)
        self.assertGreater(len(forecast["periods_seconds"]), 0)
        wait_until("live data at 1 Hz", lambda: len(self.samples("system.memory.limit{host.name=\"batch-01\"}", "10s")) >= 5)
        # Started again on the same folder it goes on and does not send the history twice.
        process.signal(signal.SIGTERM)
        self.assertEqual(process.process.wait(timeout=harness.LIMIT), 0)
        os.rename(self.path("dev-run.log"), self.path("dev-run-first.log"))
        self.dev_run("--demo")
        again = self.cli_json("status")
        self.assertLess(again["ingest"]["samples"], 1_000_000)
        self.assertEqual(again["simulated_hosts"], 20)


if __name__ == "__main__":
    harness.main()
