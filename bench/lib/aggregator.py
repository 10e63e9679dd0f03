"""A throw-away aggregator on loopback, and the load generator that plays to it."""
import json
import os
import re
import struct
import subprocess
import time

from process import BIN, BenchError, Server, UnixConnection, free_port, say

DAY = 86400


class Aggregator(Server):
    name = "headroom-aggregator"

    def __init__(self, workplace, name="headroom", store_options="", batch=None):
        self.workplace = workplace
        self.folder = workplace.folder(name)
        self.keys = os.path.join(self.folder, "authorized_agents.d")
        self.socket = os.path.join(self.folder, "admin.sock")
        self.notes = []
        key = os.path.join(self.folder, "aggregator.key")
        if not os.path.exists(key):
            os.makedirs(self.keys)
            program = os.path.join(BIN, "headroom-aggregator")
            if not os.path.exists(program):
                raise BenchError(f"{program} is not there: ./dev build")
            subprocess.run([program, "--generate-key", key], check=True, stdout=subprocess.DEVNULL)
        store = ", ".join(part for part in (f"path: {self.folder}/store", store_options) if part)
        interval = f", batch_interval: {batch}" if batch else ""
        self.endpoint = f"tcp://127.0.0.1:{free_port()}"
        config = os.path.join(self.folder, "aggregator.yaml")
        with open(config, "w") as file:
            file.write(f"store: {{{store}}}\n"
                       f'ingest: {{listen: "{self.endpoint}", key_file: {key}, authorized_agents: {self.keys}{interval}}}\n'
                       f"admin: {{socket: {self.socket}}}\n"
                       "analysis: {forecast: false}\nscaling: {enabled: false}\n")
        super().__init__(workplace, [os.path.join(BIN, "headroom-aggregator"), "--config", config],
                         os.path.join(self.folder, "aggregator.log"))
        self.ready_seconds = self.wait_until_answers("/readyz")

    def connect(self, timeout=600):
        return UnixConnection(self.socket, timeout)

    def get(self, path):
        status, body = self.request("GET", path)
        if status != 200:
            raise BenchError(f"GET {path} of headroom-aggregator answers {status}: {body[:300].decode(errors='replace')}")
        return json.loads(body)

    def status(self):
        time.sleep(1.2)  # the counters are published once a second
        return self.get("/api/v1/status")

    def stats(self):
        """What the store tells about itself; an older aggregator says less, in its status."""
        status, body = self.request("GET", "/api/v1/store/stats")
        if status == 200:
            return json.loads(body)
        old = self.get("/api/v1/status")["store"]
        self.note("GET store/stats is not there: no figures by column family")
        return {"families": [{"name": "all", "bytes": old["disk_bytes"]}], "state": old["state"],
                "recovered_batches": old["recovered_batches"], "recovery_ms": old["recovery_ms"]}

    def note(self, text):
        if text not in self.notes:
            self.notes.append(text)

    def settle(self):
        """Everything that was acknowledged into chunks and rollups, then until nothing moves any more."""
        status, body = self.request("POST", "/api/v1/store/flush")
        if status not in (200, 202, 204):
            self.note(f"POST store/flush answers {status}: what is in the head was not flushed, so CPU and disk figures "
                      "leave that work out")
        self.wait_until_quiet(self._busy)

    def _busy(self):
        stats = self.stats()
        return bool(stats.get("head_batches", 0) or stats.get("dirty_windows", 0))

    def play(self, *arguments, hold=False):
        """Runs the load generator to the end; with `hold` it stays connected: (summary, its process)."""
        ready = os.path.join(self.folder, f"ready-{time.monotonic_ns()}")
        argv = [os.path.join(BIN, "headroom-loadgen"), *map(str, arguments), "--endpoint", self.endpoint,
                "--server-key", os.path.join(self.folder, "aggregator.pub"), "--authorize", self.keys,
                "--watch-pid", str(self.pid), "--ready", ready] + (["--hold"] if hold else [])
        with open(os.path.join(self.folder, "loadgen.log"), "ab") as log:
            process = subprocess.Popen(argv, stderr=log, stdin=subprocess.DEVNULL)
        try:
            while not os.path.exists(ready):
                if process.poll() is not None:
                    with open(log.name, errors="replace") as file:
                        raise BenchError(f"the load generator failed: {''.join(file.readlines()[-3:])}")
                time.sleep(0.05)
        except BaseException:
            process.kill()
            raise
        if not hold:
            process.wait()
        with open(ready) as file:
            summary = json.load(file)
        return (summary, process) if hold else summary


def release(process):
    """Ends a load generator that holds its connections."""
    process.terminate()
    process.wait()


def keeps_raw(days):
    """The store's option that keeps raw samples for so long; nothing where this aggregator has no such key."""
    known = subprocess.run([os.path.join(BIN, "headroom-aggregator"), "--check-config"], capture_output=True, text=True).stdout
    key = re.search(r"^store\.(retention[._]raw):", known, re.M)
    return f"{key[1]}: {days}d" if key else ""


def header(path):
    with open(path, "rb") as file:
        _, hosts, metrics, interval, steps, start_ms = struct.unpack("<8s4Iq", file.read(32))
    return {"hosts": hosts, "metrics": metrics, "interval": interval, "steps": steps,
            "last": start_ms // 1000 + (steps - 1) * interval}


def recently(path):
    """Arguments that move a dataset by whole days to where it ends within the last one: nothing of it is too old to be
    kept, and days and hours begin where they began."""
    last = header(path)["last"]
    return ["--end-at", str(last + (int(time.time()) - last) // DAY * DAY)]


def dataset(arguments, workplace):
    """The path that was given, or a generated dataset of the wanted size."""
    if arguments.dataset:
        if not os.path.exists(arguments.dataset):
            raise BenchError(f"there is no dataset {arguments.dataset}")
        return os.path.abspath(arguments.dataset)
    path = os.path.join(workplace.path, "dataset.bin")
    generate(path, arguments.hosts, arguments.series, arguments.step, arguments.steps, arguments.seed)
    return path


def generate(path, hosts, series, step, steps, seed):
    say(f"generating {hosts} hosts × {series} series × {steps} samples, {step} s apart, seed {seed}")
    subprocess.run([os.path.join(BIN, "headroom-loadgen"), "--write", path, "--hosts", str(hosts), "--series",
                    str(series), "--step", str(step), "--steps", str(steps), "--seed", str(seed)], check=True)


def add_dataset_arguments(parser):
    parser.add_argument("dataset", nargs="?", metavar="DATASET.bin", help="samples (bench/loadgen/dataset.h); without: generated")
    parser.add_argument("--hosts", type=int, default=200, help="of the generated dataset (default 200)")
    parser.add_argument("--series", type=int, default=50, help="per generated host (default 50)")
    parser.add_argument("--step", type=int, default=10, help="seconds between generated samples (default 10)")
    parser.add_argument("--steps", type=int, default=720, help="samples per generated series (default 720)")
    parser.add_argument("--seed", type=int, default=42)
    parser.add_argument("--json", action="store_true", help="the same figures as JSON")
