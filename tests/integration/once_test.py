"""One sample of a host without an aggregator, for a person and for a program."""
import json
import os
import subprocess
import unittest

import harness
from harness import LIMIT, SOURCE, program


class Once(harness.World):
    def once(self, root, *arguments):
        config = self.write("once.yaml", json.dumps({"root": root, "host": {"service": "web"}}))
        done = subprocess.run([program("headroom-agent"), "--config", config, "--once", *arguments], capture_output=True,
                              text=True, timeout=LIMIT)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout

    def test_a_recorded_host_has_the_values_of_its_files(self):
        sample = json.loads(self.once(os.path.join(SOURCE, "tests/fixtures/host-64-core/a"), "--format", "json"))
        values = {(one["metric"], *one["attributes"].values()): one["value"] for one in sample["series"]}
        # 512 GiB in proc/meminfo.
        self.assertEqual(values[("system.memory.limit",)], 512 * 2**30)
        self.assertGreater(len(sample["series"]), 150)
        kinds = {one["metric"]: one["kind"] for one in sample["series"]}
        self.assertEqual(kinds["system.disk.io"], "counter")
        self.assertEqual(kinds["system.memory.limit"], "gauge")

    def test_this_very_machine_fits_a_terminal(self):
        table = self.once("")
        lines = table.splitlines()
        self.assertIn("service web", lines[0])
        self.assertEqual(lines[2].split(), ["RESOURCE", "SERVICE", "DEMAND", "CAPACITY", "UTILIZATION"])
        cpu = next(line.split() for line in lines if line.startswith("CPU "))
        self.assertTrue(0 < float(cpu[3]) <= os.cpu_count(), cpu)
        self.assertTrue(all(len(line) <= 112 for line in lines), max(lines, key=len))


if __name__ == "__main__":
    harness.main()
