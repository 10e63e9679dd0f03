"""This very machine, measured by Headroom and by a plain reading of /proc over the same time."""
import os
import statistics
import subprocess
import sys
import time
import unittest

import harness
from harness import wait_until

SECONDS = 30


def cpu_ticks():
    with open("/proc/stat", encoding="ascii") as file:
        fields = [int(field) for field in file.readline().split()[1:9]]
    idle = fields[3] + fields[4]
    return sum(fields) - idle, sum(fields)


def memory_used():
    with open("/proc/meminfo", encoding="ascii") as file:
        values = {line.split(":")[0]: int(line.split()[1]) * 1024 for line in file}
    return values["MemTotal"] - values["MemAvailable"], values["MemTotal"]


class Live(harness.World):
    def test_cpu_and_memory_agree_with_proc_under_a_steady_load(self):
        self.start_aggregator()
        self.authorize("here")
        self.start_agent("here")
        wait_until("samples", lambda: len(self.samples("system.memory.limit")) >= 3)
        load = subprocess.Popen([sys.executable, "-c", "while True: pass"])
        try:
            # From one grid point to another, so that both measure the same stretch.
            time.sleep(1 - time.time() % 1)
            begin = time.time()
            busy_before, all_before = cpu_ticks()
            used = {}  # by second
            while time.time() < begin + SECONDS:
                used[round(time.time())] = memory_used()[0]
                time.sleep(1 - time.time() % 1)
            end = time.time()
            busy_after, all_after = cpu_ticks()
        finally:
            load.kill()
            load.wait()
        first, last = int(round(begin)) + 1, int(round(end))
        wait_until("the last sample", lambda: self.samples("system.memory.limit")[-1][0] >= last)

        def mean(match):
            items = self.api("query_range", match=match, **{"from": first, "to": last + 1})["items"]
            values = [value for _, value in items[0]["samples"]]
            self.assertEqual(len(values), last - first + 1)
            return sum(values) / len(values)

        cpu = mean("headroom.resource.demand{headroom.resource=\"CPU\"}") / mean("headroom.resource.capacity{headroom.resource=\"CPU\"}")
        expected_cpu = (busy_after - busy_before) / (all_after - all_before)
        ours = dict(map(tuple, self.samples("headroom.resource.demand{headroom.resource=\"MEMORY\"}", "2m")))
        # Each second's two readings are some milliseconds apart: what comes and goes meanwhile is left to the median.
        differences = [ours[second] - value for second, value in used.items() if second in ours]
        self.assertGreaterEqual(len(differences), SECONDS - 2)
        difference = statistics.median(differences)
        memory = statistics.median(used.values())
        print(f"CPU {cpu:.4f} here, {expected_cpu:.4f} by /proc/stat; memory differs by {difference:.0f} of {memory:.0f} bytes")
        if os.path.exists("/sys/fs/cgroup/cpu.max") and open("/sys/fs/cgroup/cpu.max", encoding="ascii").read().split()[0] != "max":
            self.skipTest("this container has a CPU quota: its capacity is not the machine's")
        self.assertLess(abs(cpu - expected_cpu), 0.02)
        self.assertLess(abs(difference), 0.01 * memory)


if __name__ == "__main__":
    harness.main()
