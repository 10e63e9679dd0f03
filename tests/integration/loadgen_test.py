"""The load generator against a real aggregator: benchmarks are only as true as what it sends."""
import os
import struct
import subprocess
import sys
import unittest
from urllib.parse import urlencode

sys.path.insert(0, os.path.join(os.environ["HEADROOM_SOURCE"], "bench", "lib"))
from aggregator import Aggregator  # noqa: E402
from process import BIN, Workplace  # noqa: E402

START, STEP, HOSTS, STEPS = 1_700_000_000, 10, 3, 20
NAMES = ["fast", "slow"]


def value(step, host, metric):
    return step * (10 if metric == 0 else 1) + host / 4


def write_dataset(path):
    names = "".join(f"g:{name}\n" for name in NAMES).encode()
    with open(path, "wb") as file:
        file.write(struct.pack("<8s4IqI", b"HRFLEET1", HOSTS, len(NAMES), STEP, STEPS, START * 1000, len(names)) + names)
        for step in range(STEPS):
            for host in range(HOSTS):
                file.write(struct.pack("<q2d", (START + step * STEP) * 1000, *(value(step, host, m) for m in range(2))))


class LoadGenerator(unittest.TestCase):
    def setUp(self):
        self.workplace = Workplace(on_disk=False)
        self.addCleanup(self.workplace.__exit__)
        self.dataset = os.path.join(self.workplace.path, "dataset.bin")
        write_dataset(self.dataset)

    def samples(self, aggregator, match):
        question = urlencode({"match": match, "from": START, "to": START + STEP * STEPS})
        items = aggregator.get(f"/api/v1/query_range?{question}")["items"]
        self.assertEqual(len(items), 1, match)
        return items[0]["samples"]

    def expected(self, host, metric, first=0):
        return [[START + s * STEP, value((s + first) % STEPS, host, metric)] for s in range(STEPS)]

    def test_every_sample_of_a_dataset_comes_back_from_its_host(self):
        aggregator = Aggregator(self.workplace)
        summary = aggregator.play(self.dataset, "--batch-steps", 6)
        self.assertEqual((summary["connections"], summary["samples"], summary["batches"]), (HOSTS, 120, 12))
        for host in range(HOSTS):
            for metric, name in enumerate(NAMES):
                match = f'{name}{{host.name="h000{host}",dc="dc{1 + host}"}}'
                self.assertEqual(self.samples(aggregator, match), self.expected(host, metric))

    def test_one_connection_brings_the_same_with_the_host_as_an_attribute(self):
        aggregator = Aggregator(self.workplace)
        summary = aggregator.play(self.dataset, "--one-connection", "--batch-steps", 6)
        self.assertEqual((summary["connections"], summary["samples"]), (1, 120))
        for host in range(HOSTS):
            self.assertEqual(self.samples(aggregator, f'slow{{host="h000{host}"}}'), self.expected(host, 1))

    def test_copies_are_series_of_their_own_with_their_values_shifted_in_time(self):
        aggregator = Aggregator(self.workplace)
        self.assertEqual(aggregator.play(self.dataset, "--copies", 4)["samples"], 480)
        match = 'fast{copy="1",host.name="h0002"}'
        self.assertEqual(self.samples(aggregator, match), self.expected(2, 0, first=STEPS // 4))

    def test_times_are_moved_to_a_wanted_end(self):
        aggregator = Aggregator(self.workplace)
        summary = aggregator.play(self.dataset, "--end-at", START + 100_007)
        self.assertEqual(summary["last_sample"], START + 100_000)

    def test_a_dataset_that_is_cut_off_is_refused_with_its_name(self):
        os.truncate(self.dataset, 200)
        Aggregator(self.workplace)
        key = os.path.join(self.workplace.path, "headroom", "aggregator.pub")
        refused = subprocess.run([os.path.join(BIN, "headroom-loadgen"), self.dataset, "--endpoint", "tcp://127.0.0.1:1",
                                  "--server-key", key, "--authorize", "."], capture_output=True, text=True)
        self.assertEqual(refused.returncode, 1)
        self.assertIn("dataset.bin is not a dataset of the load generator: it is cut off", refused.stderr)

    def test_the_same_seed_makes_the_same_dataset(self):
        made = []
        for name in ("a", "b"):
            path = os.path.join(self.workplace.path, name)
            subprocess.run([os.path.join(BIN, "headroom-loadgen"), "--write", path, "--hosts", "2", "--series", "50",
                            "--steps", "10", "--seed", "7"], check=True)
            with open(path, "rb") as file:
                made.append(file.read())
        self.assertEqual(made[0], made[1])
        self.assertGreater(len(made[0]), 2 * 10 * 51 * 8)


if __name__ == "__main__":
    unittest.main()
