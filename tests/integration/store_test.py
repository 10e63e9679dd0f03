"""Backup, restore and verify of a real store by the real programs, and a host that is gone."""
import glob
import os
import subprocess
import unittest

import harness
from harness import program, wait_until

LIMIT_SERIES = 'system.memory.limit{host.name="web-1"}'


class StoreKeeping(harness.World):
    def setUp(self):
        super().setUp()
        self.settings["store"] = {"path": self.path("store"), "flush_interval": "2s", "backup_path": self.path("backup")}

    def start_measuring(self):
        aggregator = self.start_aggregator()
        self.authorize("web-1")
        agent = self.start_agent("web-1")
        wait_until("samples", lambda: len(self.samples(LIMIT_SERIES)) >= 3)
        return aggregator, agent

    def restore(self, backup, *more):
        return subprocess.run([program("headroom"), "restore", backup, "--config", self.path("aggregator.yaml"), *more],
                              capture_output=True, text=True, timeout=harness.LIMIT)

    def test_a_backup_restored_gives_the_samples_of_its_time_and_the_way_back(self):
        aggregator, agent = self.start_measuring()
        made = self.cli("backup", "before-upgrade").stdout
        self.assertIn("headroom restore before-upgrade", made)
        at_backup = {tuple(sample) for sample in self.samples(LIMIT_SERIES)}
        wait_until("later samples", lambda: len(self.samples(LIMIT_SERIES)) > len(at_backup) + 2)
        refused = self.restore("before-upgrade")
        self.assertEqual(refused.returncode, 1)
        self.assertIn("stop the aggregator first", refused.stderr)
        self.assertTrue(aggregator.running())
        agent.stop()
        aggregator.stop()
        done = self.restore("before-upgrade")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("To go back", done.stdout)
        aside = glob.glob(self.path("store.before-restore-*"))
        self.assertEqual(len(aside), 1)
        self.assertIn(aside[0], done.stdout)
        self.assertEqual(glob.glob(self.path("store.restoring-*")), [])
        aggregator = self.start_aggregator()
        restored = {tuple(sample) for sample in self.samples(LIMIT_SERIES)}
        self.assertLessEqual(at_backup, restored)
        self.assertLess(len(restored - at_backup), 3)  # what came between the question and the backup
        # The backup stays as it was: it restores again. And the store of before is whole.
        aggregator.stop()
        checked = subprocess.run([program("headroom"), "store", "verify", "--path", aside[0]], capture_output=True, text=True,
                                 timeout=harness.LIMIT)
        self.assertEqual(checked.returncode, 0, checked.stdout + checked.stderr)
        self.assertIn("No problems", checked.stdout)

    def test_a_damaged_backup_is_refused_and_the_store_stays(self):
        aggregator, agent = self.start_measuring()
        self.cli("store", "flush")
        self.cli("backup", "b1")
        agent.stop()
        aggregator.stop()
        tables = sorted(glob.glob(self.path("backup/b1/*.sst")) + glob.glob(self.path("backup/b1/MANIFEST-*")),
                        key=os.path.getsize)
        with open(tables[-1], "rb") as file:
            content = bytearray(file.read())
        for at in range(len(content)):
            content[at] ^= 0xff
        os.remove(tables[-1])  # the store's own file may be the same one
        with open(tables[-1], "wb") as file:
            file.write(content)
        before = sorted(os.listdir(self.path("store")))
        refused = self.restore(self.path("backup/b1"))
        self.assertEqual(refused.returncode, 1, refused.stdout)
        self.assertIn("backup", refused.stderr)
        self.assertEqual(sorted(os.listdir(self.path("store"))), before)
        self.assertEqual(glob.glob(self.path("store.*")), [])
        missing = self.restore("no-such-backup")
        self.assertEqual(missing.returncode, 1)
        self.assertIn("is not a backup", missing.stderr)

    def test_a_store_is_verified_while_it_runs(self):
        self.start_measuring()
        self.cli("store", "flush")
        self.assertIn("No problems", self.cli("store", "verify").stdout)
        report = self.cli_json("store", "verify")
        self.assertEqual(report["state"], "done")
        self.assertEqual(report["report"]["problem_count"], 0)
        stats = self.cli_json("store", "stats")
        self.assertGreater(stats["families"][0]["samples"], 0)
        self.assertIn("B/VALUE", self.cli("store", "stats").stdout)
        self.assertIn("left out by a limit", self.cli("store", "cardinality").stdout)

    def test_a_host_that_is_gone_no_longer_counts(self):
        _, agent = self.start_measuring()
        live = self.cli("agents", "remove", "web-1", check=False)
        self.assertEqual(live.returncode, 1)
        self.assertIn("is connected and sends", live.stderr)
        agent.stop()
        wait_until("it is gone", lambda: self.api("agents")["items"][0]["state"] == "disconnected")
        self.assertIn("would be removed", self.cli("agents", "remove", "web-1", "--dry-run").stdout)
        self.assertIn("are removed", self.cli("agents", "remove", "web-1").stdout)
        self.assertEqual(self.api("series")["items"], [])
        self.assertTrue(self.samples(LIMIT_SERIES))

    def test_groups_and_the_highest_are_asked_for_on_the_command_line(self):
        self.start_measuring()
        by_host = self.cli("query", "system.memory.usage", "--last", "1m", "--step", "1s", "--by", "host.name",
                           "--across", "sum")
        self.assertIn("web-1", by_host.stdout)
        top = self.cli_json("query", "system.memory.usage", "--last", "1m", "--top", "1")
        self.assertEqual(len(top["items"]), 1)
        refused = self.cli("query", "system.memory.usage", "--last", "1m", "--by", "host.name", check=False)
        self.assertEqual(refused.returncode, 2)


if __name__ == "__main__":
    harness.main()
