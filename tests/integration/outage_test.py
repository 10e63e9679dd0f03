"""An aggregator that is away: the agent keeps everything on its disk, also over its own death, and sends it when it can."""
import os
import time
import unittest

import harness
from harness import wait_until

INTERVAL = 0.1  # seconds between samples
METRIC = "system.memory.limit"


class Outage(harness.World):
    def start_one(self):
        return self.start_agent("web-1", sample={"interval": "100ms"}, push={"batch_interval": "500ms"})

    def spooled(self):
        folder = self.path("web-1-spool")
        return sum(os.path.getsize(os.path.join(folder, name)) for name in os.listdir(folder) if name.endswith(".segment"))

    def times(self):
        return [round(at / INTERVAL) for at, _ in self.samples(METRIC)]

    def run_for(self, seconds, agent):
        time.sleep(seconds)
        self.assertTrue(agent.running(), agent.text()[-2000:])

    def test_nothing_is_lost_while_the_aggregator_is_away(self):
        aggregator = self.start_aggregator()
        self.authorize("web-1")
        agent = self.start_one()
        wait_until("samples", lambda: len(self.times()) >= 10)
        aggregator.kill()
        wait_until("batches on disk", lambda: self.spooled() > 0)
        self.run_for(5, agent)
        self.assertGreater(self.spooled(), 10_000)
        self.start_aggregator()
        wait_until("the spool is empty", lambda: self.spooled() == 0)
        newest = self.times()[-1]
        wait_until("live samples", lambda: self.times()[-1] > newest + 10)
        times = self.times()
        # Every grid point, each once, over the outage and both ends of it.
        self.assertEqual(times, list(range(times[0], times[-1] + 1)))
        self.assertEqual(self.api("agents")["items"][0]["lost_batches"], 0)
        self.assertNotIn("clone", self.log_of("aggregator"))

    def test_an_agent_killed_in_the_outage_loses_no_more_than_the_batch_it_was_filling(self):
        aggregator = self.start_aggregator()
        self.authorize("web-1")
        agent = self.start_one()
        wait_until("samples", lambda: len(self.times()) >= 10)
        aggregator.kill()
        wait_until("batches on disk", lambda: self.spooled() > 0)
        self.run_for(3, agent)
        agent.kill()
        again = self.start_one()
        self.run_for(2, again)
        # Asked to stop in the outage, it leaves everything on the disk.
        self.assertEqual(again.stop(), 0)
        last_before_stop = time.time()
        third = self.start_one()
        self.start_aggregator()
        wait_until("the spool is empty", lambda: self.spooled() == 0)
        times = wait_until("live samples", lambda: (lambda t: t if t[-1] * INTERVAL > last_before_stop + 2 else None)(self.times()))
        self.assertTrue(third.running())
        holes = [b - a - 1 for a, b in zip(times, times[1:]) if b != a + 1]
        self.assertEqual(len(set(times)), len(times))
        # One hole for the kill (a batch of 5 samples and the start of a process), one for the stop (a start alone).
        self.assertLessEqual(len(holes), 2, holes)

    def log_of(self, name):
        with open(self.path(name + ".log"), encoding="utf-8", errors="replace") as file:
            return file.read()


if __name__ == "__main__":
    harness.main()
