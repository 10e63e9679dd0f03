"""What an agent costs on this host at 1 Hz: CPU time of the whole process over a window, memory, threads, size.

Every agent runs at the same time on the same host, so what disturbs one disturbs all. CPU time is read from the process's
own clock (clock_gettime of its CPU clock), which counts in nanoseconds and threads that have ended.
"""
import argparse
import glob
import http.client
import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time

from aggregator import Aggregator
from process import BIN, ROOT, BenchError, Server, Workplace, free_port, say

PEERS = os.path.join(ROOT, "build", "peers")
WARM_UP = 15.0


def find(path):
    """A program of an unpacked package, or of this system."""
    unpacked = os.path.join(PEERS, path.lstrip("/"))
    return unpacked if os.path.exists(unpacked) else (path if os.path.exists(path) else None)


def cpu_clock(pid):
    """Seconds of CPU time that the process has used (CPUCLOCK_SCHED of it, as clock_getcpuclockid(3) makes it)."""
    return time.clock_gettime((~pid << 3) | 2)


def memory_kib(pid):
    """RSS, anonymous and proportional size in KiB."""
    values = {}
    with open(f"/proc/{pid}/smaps_rollup") as file:
        for line in file:
            key, _, value = line.partition(":")
            if value.strip().endswith("kB"):
                values[key] = int(value.split()[0])
    return values["Rss"], values["Anonymous"], values["Pss"]


class Measured:
    """One agent: `values` is how many it takes per sample."""

    def __init__(self, name, pid, binary, values):
        self.name, self.pid, self.binary, self.values = name, pid, binary, values
        self.note = ""

    def begin(self):
        self.cpu = cpu_clock(self.pid)

    def end(self, seconds):
        used = cpu_clock(self.pid) - self.cpu
        rss, anonymous, pss = memory_kib(self.pid)
        values = self.values()
        return {"agent": self.name, "values_per_sample": values, "cpu_s_per_100_samples": round(used / seconds * 100, 4),
                "us_per_value": round(used / seconds / values * 1e6, 2) if values else None,
                "rss_mib": round(rss / 1024, 2), "anonymous_mib": round(anonymous / 1024, 2),
                "pss_mib": round(pss / 1024, 2), "threads": len(os.listdir(f"/proc/{self.pid}/task")),
                "binary_mib": round(os.path.getsize(self.binary) / 2**20, 2), "note": self.note}


class Agent(Measured):
    """headroom-agent with its default collectors, pushing to an aggregator of its own: CURVE, acknowledgements and spool."""

    def __init__(self, workplace, batch):
        self.aggregator = Aggregator(workplace, f"agent-{batch}s", batch=f"{batch}s")
        folder = self.aggregator.folder
        binary = os.path.join(folder, "headroom-agent")
        subprocess.run(["strip", "-o", binary, os.path.join(BIN, "headroom-agent")], check=True)
        subprocess.run([binary, "--generate-key", os.path.join(folder, "agent.key")], check=True, stdout=subprocess.DEVNULL)
        shutil.copy(os.path.join(folder, "agent.pub"), os.path.join(self.aggregator.keys, f"bench-{batch}s.pub"))
        config = os.path.join(folder, "agent.yaml")
        with open(config, "w") as file:
            file.write(f'server: {{endpoint: "{self.aggregator.endpoint}", public_key_file: {folder}/aggregator.pub}}\n'
                       f"identity: {{key_file: {folder}/agent.key}}\n"
                       f"spool: {{path: {folder}/spool}}\n")
        server = Server(workplace, [binary, "--config", config], os.path.join(folder, "agent.log"))
        super().__init__(f"headroom-agent, {batch} s batches", server.pid, binary, self.count)

    def ingest(self):
        return self.aggregator.status()["ingest"]

    def begin(self):
        self.before = self.ingest()
        super().begin()

    def count(self):
        return self.samples

    def end(self, seconds):
        after = self.ingest()
        samples = after["samples"] - self.before["samples"]
        self.samples = round(samples / seconds)
        row = super().end(seconds)
        row["wire_bytes_per_sample"] = round((after["message_bytes"] - self.before["message_bytes"]) / samples, 3)
        return row


class Floor(Measured):
    """Thirteen files of /proc read once a second and thrown away: what the kernel takes for it on this machine now."""

    def __init__(self, workplace):
        binary = os.path.join(BIN, "headroom-proc-floor")
        server = Server(workplace, [binary], os.path.join(workplace.path, "floor.log"))
        super().__init__("floor: 13 files of /proc, unread", server.pid, binary, lambda: None)


class NodeExporter(Measured):
    """prometheus-node-exporter with its defaults, scraped once a second over a kept connection."""

    def __init__(self, workplace, arguments, name):
        binary = find("/usr/bin/prometheus-node-exporter")
        if not binary:
            raise BenchError("prometheus-node-exporter is not there")
        self.port = free_port()
        server = Server(workplace, [binary, f"--web.listen-address=127.0.0.1:{self.port}", *arguments],
                        os.path.join(workplace.path, f"node_exporter-{self.port}.log"))
        self.lines = 0
        super().__init__(name, server.pid, binary, lambda: self.lines)
        threading.Thread(target=self.scrape, daemon=True).start()

    def scrape(self):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        while True:
            try:
                connection.request("GET", "/metrics")
                body = connection.getresponse().read()
                self.lines = sum(1 for line in body.split(b"\n") if line and not line.startswith(b"#"))
            except OSError:
                connection.close()
            time.sleep(1 - time.time() % 1)


class Collectd(Measured):
    """collectd with the plugins that come nearest, sent over UDP to nobody, as its network plugin does."""

    PLUGINS = ("cpu", "memory", "disk", "df", "interface", "load", "swap", "vmem", "protocols", "conntrack", "contextswitch",
               "irq", "uptime", "users", "entropy")

    def __init__(self, workplace):
        binary = find("/usr/sbin/collectd")
        plugins = find("/usr/lib/collectd")
        types = find("/usr/share/collectd/types.db")
        if not binary or not plugins or not types:
            raise BenchError("collectd-core is not there")
        folder = workplace.folder("collectd")
        present = [one for one in self.PLUGINS if os.path.exists(f"{plugins}/{one}.so")]
        config = os.path.join(folder, "collectd.conf")
        self.values_file = os.path.join(folder, "csv")
        with open(config, "w") as file:
            file.write(f'BaseDir "{folder}"\nPIDFile "{folder}/pid"\nPluginDir "{plugins}"\nTypesDB "{types}"\nInterval 1\n'
                       + "".join(f"LoadPlugin {one}\n" for one in present)
                       + "LoadPlugin network\n<Plugin cpu>\nReportByCpu true\n</Plugin>\n"
                       f'<Plugin protocols>\nValue "/^Tcp:/"\nValue "/^Udp:/"\nIgnoreSelected false\n</Plugin>\n'
                       f'<Plugin network>\nServer "127.0.0.1" "{free_port()}"\nReportStats true\n</Plugin>\n')
        server = Server(workplace, [binary, "-f", "-C", config], os.path.join(folder, "log"))
        time.sleep(1)
        if server.process.poll() is not None:
            raise BenchError(f"collectd does not start: {server.tail()}")
        super().__init__(f"collectd, {len(present)} plugins, UDP", server.pid, binary, lambda: None)


class Netdata(Measured):
    """netdata, only its collectors of the system: no disk database, machine learning, alarms, applications or web."""

    def __init__(self, workplace):
        binary = find("/usr/sbin/netdata")
        if not binary:
            raise BenchError("netdata-core is not there")
        folder = workplace.folder("netdata")
        for name in ("cache", "lib", "log", "etc"):
            os.makedirs(os.path.join(folder, name), exist_ok=True)
        port = free_port()
        config = os.path.join(folder, "netdata.conf")
        plugins = find("/usr/lib/netdata/plugins.d") or folder
        with open(config, "w") as file:
            file.write(f"[global]\nrun as user = {os.environ.get('USER') or 'root'}\n[db]\nmode = ram\nretention = 60\nupdate every = 1\n"
                       f"[directories]\ncache = {folder}/cache\nlib = {folder}/lib\nlog = {folder}/log\nconfig = {folder}/etc\n"
                       f"plugins = {plugins}\n[plugins]\nproc = yes\ndiskspace = yes\ntimex = yes\ncgroups = no\ntc = no\n"
                       "idlejitter = no\nstatsd = no\nenable running new plugins = no\napps = no\nebpf = no\n"
                       "netdata monitoring = no\nprofile = no\nslabinfo = no\n"
                       f"[health]\nenabled = no\n[ml]\nenabled = no\n[web]\nbind to = 127.0.0.1:{port}\n")
        server = Server(workplace, [binary, "-D", "-c", config], os.path.join(folder, "out"))
        time.sleep(3)
        if server.process.poll() is not None:
            raise BenchError(f"netdata does not start: {server.tail()}")
        self.port = port
        super().__init__("netdata, collectors only", server.pid, binary, self.dimensions)

    def dimensions(self):
        try:
            connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
            connection.request("GET", "/api/v1/charts")
            charts = json.loads(connection.getresponse().read())["charts"]
            return sum(len(chart["dimensions"]) for chart in charts.values())
        except (OSError, ValueError, KeyError):
            return None


CORE = ["--collector.disable-defaults"] + [f"--collector.{one}" for one in (
    "cpu", "meminfo", "vmstat", "diskstats", "filesystem", "netdev", "sockstat", "netstat", "loadavg", "stat", "pressure")]


def start(workplace, wanted):
    makers = {"headroom": lambda: [Floor(workplace), Agent(workplace, 5), Agent(workplace, 1)],
              "node_exporter": lambda: [NodeExporter(workplace, CORE, "node_exporter, 11 core collectors"),
                                        NodeExporter(workplace, [], "node_exporter, defaults")],
              "collectd": lambda: [Collectd(workplace)],
              "netdata": lambda: [Netdata(workplace)]}
    agents = []
    for name in ["headroom", *wanted]:
        if name not in makers:
            raise BenchError(f"--peers: {name} is none of {', '.join(list(makers)[1:])}")
        try:
            agents += makers[name]()
        except BenchError as error:
            if name == "headroom":
                raise
            say(f"{error}: measuring without it")
    return agents


COLUMNS = (("agent", "agent"), ("values_per_sample", "values/sample"), ("cpu_s_per_100_samples", "CPU s/100 samples"),
           ("us_per_value", "µs/value"), ("rss_mib", "RSS MiB"), ("anonymous_mib", "anon. MiB"), ("pss_mib", "PSS MiB"),
           ("threads", "threads"), ("binary_mib", "binary MiB"), ("wire_bytes_per_sample", "wire B/sample"))


def table(rows):
    cells = [[title for _, title in COLUMNS]]
    for row in rows:
        cells.append(["-" if row.get(key) is None else str(row[key]) for key, _ in COLUMNS])
    widths = [max(len(line[i]) for line in cells) for i in range(len(COLUMNS))]
    for line in cells:
        print("  ".join(cell.ljust(width) if i == 0 else cell.rjust(width)
                        for i, (cell, width) in enumerate(zip(line, widths))))


def main():
    parser = argparse.ArgumentParser(prog="./dev bench agent", description=__doc__)
    parser.add_argument("--seconds", type=float, default=100, help="length of the window (default %(default)s)")
    parser.add_argument("--peers", metavar="NAME,…", default="node_exporter,collectd,netdata",
                        help="whom to compare with (default %(default)s)")
    parser.add_argument("--no-peers", action="store_const", dest="peers", const="", help="only Headroom")
    parser.add_argument("--json", action="store_true", help="print the figures as JSON")
    arguments = parser.parse_args()
    with Workplace() as workplace:
        agents = start(workplace, [name for name in arguments.peers.split(",") if name])
        say(f"warming up for {WARM_UP:.0f} s")
        time.sleep(WARM_UP)
        say(f"measuring {len(agents)} agents side by side for {arguments.seconds:.0f} s")
        begin = time.monotonic()
        begins = []
        for agent in agents:
            agent.begin()
            begins.append(time.monotonic())
        time.sleep(max(0.0, begin + arguments.seconds - time.monotonic()))
        rows = [agent.end(time.monotonic() - began) for agent, began in zip(agents, begins)]
    if arguments.json:
        print(json.dumps(rows, indent=2))
    else:
        table(rows)


if __name__ == "__main__":
    try:
        main()
    except BenchError as error:
        sys.exit(f"./dev bench agent: {error}")
