"""From a recorded /proc tree, through agent, wire, store and API, to what `headroom utilization` says."""
import os
import shutil
import threading
import unittest

import harness
from harness import wait_until

FIXTURE = os.path.join(harness.SOURCE, "tests/fixtures/host-small/a")


class RecordedHost(threading.Thread):
    """Plays a host into a copy of a recorded tree: counters grow at fixed rates, whatever the real time is.

    The figures below are worked out by hand. Two cores at 100 ticks each a second: of every 200 ticks 40 are user and
    10 system, so 25 % of 2 cores = 0.5 cores are busy. Memory: 16384000 of 32768000 kB available = 50 %.
    """

    TICKS = {"user": 40, "system": 10, "idle": 150}

    def __init__(self, root):
        super().__init__(daemon=True)
        self.root = root
        self.step = 0
        self.finish = threading.Event()
        self.write()

    def write_file(self, path, content):
        # In place, as /proc is: a reader that holds the file open sees the new content. Same length, one write.
        with open(os.path.join(self.root, path), "r+b") as file:
            file.write(content.encode())
            file.truncate()

    def write(self):
        n = self.step
        user, system, idle = (1000000 + n * self.TICKS[mode] for mode in ("user", "system", "idle"))
        half = lambda value: value // 2
        stat = f"cpu  {user} 0 {system} {idle} 0 0 0 0 0 0\n"
        for core in (0, 1):
            stat += f"cpu{core} {half(user)} 0 {half(system)} {half(idle)} 0 0 0 0 0 0\n"
        stat += f"intr {1000 + n}\nctxt {2000 + n * 500}\nbtime 1790000000\nprocesses {3000 + n}\nprocs_running 2\nprocs_blocked 0\n"
        self.write_file("proc/stat", stat)
        meminfo = ("MemTotal:       32768000 kB\nMemFree:         8192000 kB\nMemAvailable:   16384000 kB\n"
                   "Buffers:          512000 kB\nCached:          6144000 kB\nSwapTotal:             0 kB\n"
                   "SwapFree:              0 kB\nDirty:                 0 kB\nAnonPages:       8192000 kB\n"
                   "Shmem:             64000 kB\nSlab:             256000 kB\nSReclaimable:     128000 kB\n")
        self.write_file("proc/meminfo", meminfo)
        self.step += 1

    def run(self):
        while not self.finish.wait(0.2):
            self.write()


class EndToEnd(harness.World):
    def test_a_recorded_tree_gives_its_hand_computed_utilization(self):
        root = self.path("root")
        shutil.copytree(FIXTURE, root)
        host = RecordedHost(root)
        self.start_aggregator()
        self.authorize("web-1")
        host.start()
        self.start_agent("web-1", root=root)
        try:
            def arrived():
                rows = {row["resource"]: row for row in self.cli_json("utilization", "--service", "web")["items"]}
                # The first grid point has no difference to tell a busy share from.
                return rows if rows.get("CPU", {}).get("utilization_pct") is not None else None

            self.wait_for_samples(5)
            rows = wait_until("CPU and memory of web", arrived)
            self.assertAlmostEqual(rows["CPU"]["utilization_pct"], 25.0, places=6)
            self.assertAlmostEqual(rows["CPU"]["current_value"], 0.5, places=6)
            self.assertEqual(rows["CPU"]["capacity"], 2)
            self.assertEqual(rows["MEMORY"]["utilization_pct"], 50.0)
            self.assertEqual(rows["MEMORY"]["capacity"], 32768000 * 1024)
            self.assertEqual(rows["CPU"]["status"], "HEALTHY")
            table = self.cli("utilization", "--service", "web").stdout
            self.assertIn("25", table)
            self.assertIn("HEALTHY", table)
            # The counters arrive as they stand in the file: 500 context switches a step.
            switches = self.samples("system.cpu.context_switches{host.name=\"web-1\"}")
            self.assertTrue(all((value - 2000) % 500 == 0 for _, value in switches), switches)
            modes = {row["attributes"]["cpu.mode"]: row["value"]
                     for row in self.api("query", match="system.cpu.utilization")["items"]}
            self.assertEqual(modes["user"], 0.2)
            self.assertEqual(modes["system"], 0.05)
            self.assertEqual(modes["idle"], 0.75)
        finally:
            host.finish.set()
            host.join()

    def wait_for_samples(self, count):
        wait_until(f"{count} samples", lambda: len(self.samples("system.memory.limit")) >= count)

    def test_unreadable_proc_files_are_reported_and_stop_nothing_else(self):
        root = self.path("root")
        shutil.copytree(FIXTURE, root)
        os.remove(os.path.join(root, "proc/stat"))
        with open(os.path.join(root, "proc/diskstats"), "w", encoding="utf-8") as file:
            file.write("this is not a diskstats file\n\x00\xff")
        self.start_aggregator()
        self.authorize("web-1")
        agent = self.start_agent("web-1", root=root)
        self.wait_for_samples(3)
        self.assertTrue(agent.running())
        self.assertIn("collector cpu", agent.text())
        self.assertIn("proc/stat", agent.text())
        self.assertEqual(self.samples("system.cpu.utilization{cpu.mode=\"user\"}"), [])
        failures = self.samples("headroom.agent.collector.failures")
        self.assertGreater(failures[-1][1], failures[0][1])
        # Said once, not every second.
        self.assertEqual(agent.text().count("collector cpu"), 1)

    def test_a_threshold_rule_is_evaluated_and_its_proposal_recorded(self):
        root = self.path("root")
        shutil.copytree(FIXTURE, root)
        host = RecordedHost(root)
        self.settings["scaling"] = {"check_interval_seconds": 1}
        self.start_aggregator()
        self.authorize("web-1")
        host.start()
        self.start_agent("web-1", root=root)
        try:
            self.wait_for_samples(3)
            # 25 % CPU is above 20 %: 0.5 / (0.1 × 2) = 2.5 → 3 instances.
            rule = self.write("rule.yaml", "rule_id: web-cpu\nservice: web\nresource_type: CPU\npolicy: THRESHOLD\n"
                                           "target_utilization: 0.1\nmin_instances: 1\nmax_instances: 5\n"
                                           "thresholds: {scale_up_pct: 20, scale_down_pct: 5}\n")
            self.cli("rules", "apply", rule)
            action = wait_until("a proposal", lambda: self.cli_json("actions")["items"])[0]
            self.assertEqual((action["direction"], action["from_value"], action["to_value"]), ("SCALE_OUT", 1, 3))
            self.assertEqual(action["state"], "proposed")
            self.assertIn("25.0 %", action["reason"])
            shown = self.cli("rules", "show", "web-cpu").stdout
            self.assertIn("SCALE_OUT", shown)
            bad = self.write("bad.yaml", "rule_id: x\nservice: web\nresource_type: CPU\npolicy: THRESHOLD\n"
                                         "min_instances: 5\nmax_instances: 1\n")
            refused = self.cli("rules", "apply", bad, check=False)
            self.assertEqual(refused.returncode, 1)
            self.assertIn("min_instances is above max_instances", refused.stderr)
            forecast = self.cli_json("forecast", "--service", "web", "--resource", "CPU", "--horizon", "10m")
            self.assertEqual(len(forecast["points"]) * forecast["step_seconds"], 600)
            for point in forecast["points"]:
                self.assertLessEqual(point["confidence_lower"], point["predicted_value"])
                self.assertLessEqual(point["predicted_value"], point["confidence_upper"])
                self.assertAlmostEqual(point["predicted_value"], 0.5, places=2)
        finally:
            host.finish.set()
            host.join()


if __name__ == "__main__":
    harness.main()
