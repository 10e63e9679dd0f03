"""Kills the aggregator while agents send, and looks for every sample afterwards."""
import os
import random
import signal
import subprocess
import time
import unittest

import harness
from harness import wait_until


class Crash(harness.World):
    def assert_every_grid_point_once(self, samples, step):
        times = [time for time, _ in samples]
        self.assertEqual(len(times), len(set(times)), "a time stands twice")
        grid = [times[0] + i * step for i in range(round((times[-1] - times[0]) / step) + 1)]
        missing = sorted(set(round(t, 3) for t in grid) - set(round(t, 3) for t in times))
        self.assertEqual(missing, [], "grid points without a sample")
        self.assertEqual(len(times), len(grid))

    def test_sigkill_of_the_aggregator_loses_nothing_and_stores_nothing_twice(self):
        seed = random.SystemRandom().randrange(1 << 30)
        print("seed", seed)
        chance = random.Random(seed)
        aggregator = self.start_aggregator()
        for name in ("web-1", "web-2", "web-3"):
            self.authorize(name)
        agents = [self.start_agent(name, sample={"interval": "100ms"}) for name in ("web-1", "web-2", "web-3")]
        wait_until("all agents", lambda: self.api("status")["ingest"]["agents_connected"] == 3)
        began = time.time()
        for _ in range(int(os.environ.get("HEADROOM_CRASH_ROUNDS", "6"))):
            # A random moment, across batches (1 s), flushes (2 s) and reconnects.
            time.sleep(chance.uniform(0.3, 3.5))
            aggregator.kill()
            time.sleep(chance.choice([0, 0, 1.5]))
            aggregator = self.start_aggregator()
        wait_until("all agents again", lambda: self.api("status")["ingest"]["agents_connected"] == 3)
        for agent in agents:
            agent.stop()
            self.assertNotIn("not acknowledged", agent.text())
        for name in ("web-1", "web-2", "web-3"):
            samples = self.samples(f"system.memory.limit{{host.name=\"{name}\"}}")
            self.assert_every_grid_point_once(samples, 0.1)
            self.assertLess(samples[0][0], began + 1)
        status = self.api("status")
        self.assertEqual(status["ingest"]["batches_stored_twice"], 0)
        self.assertEqual(status["ingest"]["batches_lost"], 0)
        self.assertEqual(status["ingest"]["samples_lost"], 0)

    def test_after_a_kill_the_minute_has_sixty_samples_and_status_tells_what_was_resent(self):
        aggregator = self.start_aggregator()
        self.authorize("web-1")
        self.start_agent("web-1")
        wait_until("samples", lambda: len(self.samples("system.memory.usage{system.memory.state=\"used\"}")) >= 5)
        aggregator.kill()
        time.sleep(2.5)
        self.start_aggregator()
        wait_until("the agent again", lambda: self.api("status")["ingest"]["batches_resent"] > 0)
        wait_until("more samples", lambda: len(self.samples("system.memory.usage{system.memory.state=\"used\"}")) >= 12)
        query = self.cli_json("query", "--metric", "system.memory.usage", "--where", "system.memory.state=used", "--last", "1m")
        self.assert_every_grid_point_once(query["items"][0]["samples"], 1)
        text = self.cli("status").stdout.lower()
        for words in ("resent", "stored twice", "lost"):
            self.assertIn(words, text)
        ingest = self.cli_json("status")["ingest"]
        self.assertGreater(ingest["batches_resent"], 0)
        self.assertEqual(ingest["batches_stored_twice"], 0)
        self.assertEqual(ingest["batches_lost"], 0)

    def test_an_agent_that_is_stopped_sends_its_last_sample_first(self):
        self.start_aggregator()
        self.authorize("web-1")
        agent = self.start_agent("web-1", push={"batch_interval": "60s"})
        # The aggregator asks for one second; the agent's own wish would keep the samples for a minute.
        wait_until("samples", lambda: len(self.samples("system.memory.limit")) >= 2)
        stopped_at = time.time()
        self.assertEqual(agent.stop(), 0)
        last = self.samples("system.memory.limit")[-1][0]
        self.assertGreaterEqual(last, int(stopped_at) - 1)

    @unittest.skipUnless(os.geteuid() == 0, "a filesystem of our own to fill needs root")
    def test_a_full_disk_stops_the_acknowledgements_and_not_the_process_and_ends_by_itself(self):
        disk = self.path("disk")
        os.mkdir(disk)
        if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64m", "tmpfs", disk], check=False).returncode != 0:
            self.skipTest("no tmpfs can be mounted here")
        self.addCleanup(subprocess.run, ["umount", "-l", disk], check=False)
        self.settings["store"] = {"path": os.path.join(disk, "store"), "flush_interval": "2s"}
        aggregator = self.start_aggregator()
        self.authorize("web-1")
        self.start_agent("web-1", sample={"interval": "100ms"})
        match = "system.memory.limit"
        wait_until("samples", lambda: len(self.samples(match)) >= 20)
        ballast = os.path.join(disk, "ballast")
        with open(ballast, "wb", buffering=0) as file:
            try:
                while file.write(b"x" * 4096):
                    pass
            except OSError:
                pass
        wait_until("the disk to be noticed", lambda: self.get("/readyz")[0] == 503)
        self.assertIn("cannot write", self.api("status")["store"]["state"])
        # Long enough for several tries of RocksDB's own recovery, which used to end the process.
        failures = self.api("status")["ingest"]["commit_failures"]
        wait_until("many refused commits", lambda: self.api("status")["ingest"]["commit_failures"] >= failures + 12)
        self.assertTrue(aggregator.running())
        os.remove(ballast)
        wait_until("its own recovery", lambda: self.get("/readyz")[0] == 200)
        wait_until("everything that waited", lambda: time.time() - self.samples(match)[-1][0] < 3)
        self.assert_every_grid_point_once(self.samples(match), 0.1)
        status = self.api("status")["ingest"]
        self.assertEqual((status["batches_lost"], status["batches_stored_twice"]), (0, 0))

    def test_sigterm_stops_the_aggregator_in_order_and_the_next_start_recovers_nothing_wrong(self):
        aggregator = self.start_aggregator()
        self.authorize("web-1")
        self.start_agent("web-1")
        wait_until("samples", lambda: len(self.samples("system.memory.limit")) >= 3)
        self.assertEqual(aggregator.stop(), 0)
        self.assertIn("stopped", aggregator.text())
        self.start_aggregator()
        wait_until("the agent again", lambda: self.api("status")["ingest"]["agents_connected"] == 1)
        wait_until("more samples", lambda: len(self.samples("system.memory.limit")) >= 8)
        self.assert_every_grid_point_once(self.samples("system.memory.limit"), 1)


if __name__ == "__main__":
    harness.main()
