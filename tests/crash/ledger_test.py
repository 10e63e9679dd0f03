"""Kills the aggregator at random moments under load, and holds a ledger of what it acknowledged against what it stored.

The ledger is written by the agents' side, batch by batch, when the acknowledgement arrives; every value in it follows
from host, series and time. HEADROOM_CRASH_SECONDS says for how long (default 20); the seed is printed.
"""
import os
import random
import sys
import time
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "integration"))
import harness  # noqa: E402
from harness import wait_until  # noqa: E402

HOSTS = 10
SERIES = 5
STEP = 10  # seconds
STEPS = 30  # of a batch


def value_of(seconds, host, series):
    return ((seconds * 2654435761 + host * 40503 + series * 9973) % 2**32) % 10000 / 100


class Ledger(harness.World):
    def read_ledger(self):
        """Every acknowledged time, by host."""
        times = [set() for _ in range(HOSTS)]
        with open(self.path("ledger"), encoding="ascii") as file:
            for line in file:
                if not line.endswith("\n"):
                    break  # torn by the agents' own end
                host, start = line.split()
                times[int(host)].update(int(start) // 1000 + i * STEP for i in range(STEPS))
        return times

    def stored(self, host):
        """{series: [[time, value], …]} of one host."""
        items = self.api("query_range", match=f'ledger.value{{host.name="ledger-{host}"}}',
                         **{"from": self.begin, "to": self.end})["items"]
        return {int(item["attributes"]["series"]): item["samples"] for item in items}

    def check(self):
        """Every acknowledged sample that is kept raw, exactly once with its value; nothing that was never sent."""
        checked = 0
        for host, wanted in enumerate(self.read_ledger()):
            wanted = {t for t in wanted if t >= self.kept}
            stored = self.stored(host)
            for series in range(SERIES):
                samples = stored.get(series, [])
                times = [t for t, _ in samples]
                self.assertEqual(len(times), len(set(times)), f"host {host}: a time stands twice")
                self.assertEqual(wanted - set(times), set(), f"host {host}: acknowledged and not stored")
                wrong = [(t, v) for t, v in samples if v != value_of(t, host, series)]
                self.assertEqual(wrong, [], f"host {host}: other values than were sent")
                checked += len(wanted)
        return checked

    def check_rollups(self):
        """By hour: at least what was acknowledged, and no grid point twice. Adds are not merged there as samples are."""
        for host, wanted in enumerate(self.read_ledger()):
            by_hour = {}
            for t in wanted:
                by_hour[t // 3600 * 3600] = by_hour.get(t // 3600 * 3600, 0) + 1
            items = self.api("query_range", match=f'ledger.value{{host.name="ledger-{host}"}}', step="1h",
                             aggregate="count", **{"from": self.begin // 3600 * 3600, "to": self.end})["items"]
            self.assertEqual(len(items), SERIES)
            for item in items:
                counts = {t: int(v) for t, v in item["samples"]}
                few = {t: (counts.get(t, 0), n) for t, n in by_hour.items() if counts.get(t, 0) < n}
                self.assertEqual(few, {}, f"host {host}: hours with fewer samples than were acknowledged")
                self.assertEqual([t for t, n in counts.items() if n > 3600 // STEP], [], f"host {host}: counted twice")

    def restart(self, aggregator):
        aggregator.kill()
        aggregator = self.start_aggregator()
        self.assertEqual(self.api("status")["ingest"]["batches_stored_twice"], 0)
        return aggregator

    def test_every_acknowledged_sample_is_there_exactly_once(self):
        seed = int(os.environ.get("HEADROOM_SEED", random.SystemRandom().randrange(1 << 30)))
        seconds = float(os.environ.get("HEADROOM_CRASH_SECONDS", "20"))
        print("seed", seed)
        chance = random.Random(seed)
        # A small head and short intervals: kills meet commits, flushes, roll-ups and merges.
        # What is older than a day goes straight into the rollups, where nothing would merge what came twice.
        self.settings["store"] = {"path": self.path("store"), "flush_interval": "1s", "head_mib": 1, "retention_raw": "1d"}
        # Raw samples from here on outlive the test; the same ones are looked for each time.
        self.kept = int(time.time()) - 86400 + 2 * 3600
        # Of the last days, so that windows close while it runs.
        self.end = int(time.time()) // 300 * 300
        days = 2 if seconds < 60 else 6
        self.begin = self.end - days * 86400
        pace_ms = max(5, int(seconds * 1300 / (days * 86400 / (STEP * STEPS))))  # it lasts a little longer than the kills
        for host in range(HOSTS):
            self.authorize(f"ledger-{host}")
        aggregator = self.start_aggregator()
        agents = self.start([harness.program("headroom-ledger-agent"), "--endpoint", f"tcp://127.0.0.1:{self.port}",
                             "--server-key", self.path("aggregator.pub"), "--keys", self.folder, "--ledger",
                             self.path("ledger"), "--hosts", str(HOSTS), "--series", str(SERIES), "--from",
                             str(self.begin * 1000), "--until", str(self.end * 1000), "--pace-ms", str(pace_ms)], "ledger.log")
        deadline = time.monotonic() + seconds
        kills = 0
        while time.monotonic() < deadline:
            time.sleep(chance.choice([0.05, 0.2, 0.7, 1.5, 3]) * chance.random())
            aggregator = self.restart(aggregator)
            kills += 1
            if chance.random() < 0.2:
                self.check()
        acknowledged = sum(map(len, self.read_ledger()))
        wait_until("more to be acknowledged after the last kill", lambda: sum(map(len, self.read_ledger())) > acknowledged or not agents.running(), 240)
        self.check()
        agents.stop()
        # Once more with everything flushed and rolled up, and after a last kill.
        self.assertEqual(self.request("POST", "/api/v1/store/flush", body={})[0], 200)
        checked = self.check()
        self.check_rollups()
        self.restart(aggregator)
        self.assertEqual(self.check(), checked)
        self.check_rollups()
        self.assertEqual(self.api("status")["ingest"]["batches_lost"], 0)
        acknowledged = sum(map(len, self.read_ledger())) * SERIES
        print(f"{kills} kills, {acknowledged} samples acknowledged, {checked} of them kept raw and found exactly once")
        self.assertGreater(acknowledged, 1000)


if __name__ == "__main__":
    harness.main()
