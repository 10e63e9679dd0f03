"""The stores that Headroom is compared with: Debian's victoria-metrics and prometheus, unpacked into build/peers by
./dev bench (not installed: their packages would start daemons) or found on the PATH."""
import glob
import http.client
import json
import os
import re
import shutil
import subprocess
import time

from process import BIN, ROOT, BenchError, Server, file_bytes, free_port, say

PEERS = os.path.join(ROOT, "build", "peers")
BATCH_SAMPLES = 10_000


def find_program(name):
    unpacked = os.path.join(PEERS, "usr", "bin", name)
    return unpacked if os.path.exists(unpacked) else shutil.which(name)


def version_of(package):
    for file in sorted(glob.glob(os.path.join(PEERS, "debs", f"{package}_*.deb")), reverse=True):
        return os.path.basename(file).split("_")[1].replace("%3a", ":")
    found = subprocess.run(["dpkg-query", "-W", "-f", "${Version}", package], capture_output=True, text=True)
    return found.stdout or "unknown version"


def missing():
    """What cannot be measured here, as notes."""
    notes = [f"{peer.package} is not there (apt-get could not fetch it?): skipped" for peer in PEERS_KNOWN
             if not find_program(peer.package)]
    if not os.path.exists(os.path.join(BIN, "headroom-remote-write")):
        notes.append("headroom-remote-write was not built (libsnappy-dev is missing): no peer can be fed")
    return notes


def add_peer_arguments(parser):
    parser.add_argument("--peers", metavar="NAME,…", default=",".join(peer.package for peer in PEERS_KNOWN),
                        help="whom to compare with (default %(default)s)")
    parser.add_argument("--no-peers", action="store_const", dest="peers", const="", help="only Headroom")


def wanted(arguments):
    """The peers that were asked for and are there."""
    names = [name for name in arguments.peers.split(",") if name]
    for name in names:
        if name not in (peer.package for peer in PEERS_KNOWN):
            raise BenchError(f"--peers: {name} is none of {', '.join(peer.package for peer in PEERS_KNOWN)}")
    return [peer for peer in available() if peer.package in names]


def available():
    if not os.path.exists(os.path.join(BIN, "headroom-remote-write")):
        return []
    return [peer for peer in PEERS_KNOWN if find_program(peer.package)]


class Peer(Server):
    package = ""
    short = ""
    ready_path = ""

    def __init__(self, workplace, name=None):
        self.name = self.package
        self.folder = workplace.folder(name or self.package)
        self.data = os.path.join(self.folder, "data")
        self.port = free_port()
        super().__init__(workplace, [find_program(self.package), *self.arguments()], os.path.join(self.folder, "log"))
        self.wait_until_answers(self.ready_path)

    def arguments(self):
        raise NotImplementedError

    def connect(self, timeout=600):
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)

    def get(self, path):
        status, body = self.request("GET", path)
        if status != 200:
            raise BenchError(f"{self.name}: {path} answers {status}: {body[:200].decode(errors='replace')}")
        return body

    def feed(self, dataset, *arguments):
        """Sends all of it; {samples, requests, bytes}."""
        say(f"{self.package} gets the samples by remote write")
        done = subprocess.run([os.path.join(BIN, "headroom-remote-write"), dataset, "--url", f"http://127.0.0.1:{self.port}",
                               "--batch-samples", str(BATCH_SAMPLES), *map(str, arguments)], capture_output=True, text=True)
        if done.returncode != 0:
            raise BenchError(done.stderr.strip())
        return json.loads(done.stdout)

    def settle(self):
        self.wait_until_quiet()

    def disk(self):
        """Bytes by part, in the state that suits the peer best; call it last."""
        raise NotImplementedError


class VictoriaMetrics(Peer):
    package = "victoria-metrics"
    short = "VM"
    ready_path = "/health"

    def arguments(self):
        return ["-storageDataPath", self.data, "-httpListenAddr", f"127.0.0.1:{self.port}", "-retentionPeriod", "100y",
                "-search.maxUniqueTimeseries", "1000000", "-search.maxPointsPerTimeseries", "1000000"]

    def disk(self):
        self.request("GET", "/internal/force_flush")
        self.request("GET", "/internal/force_merge")
        time.sleep(1)
        self.wait_until_quiet()
        sizes = {"data": 0, "index": 0}
        for line in self.get("/metrics").decode().splitlines():
            match = re.match(r'vm_data_size_bytes\{type="([^"]+)"\} (\S+)', line)
            if match:
                sizes["index" if match[1].startswith("indexdb") else "data"] += float(match[2])
        sizes["folder"] = file_bytes(self.data)
        return sizes


class Prometheus(Peer):
    package = "prometheus"
    short = "Prometheus"
    ready_path = "/-/ready"

    def arguments(self):
        config = os.path.join(self.folder, "prometheus.yml")
        with open(config, "w") as file:
            file.write("global: {scrape_interval: 1h}\n")
        return [f"--config.file={config}", f"--storage.tsdb.path={self.data}", f"--web.listen-address=127.0.0.1:{self.port}",
                "--web.enable-remote-write-receiver", "--web.enable-admin-api", "--storage.tsdb.retention.time=100y",
                "--query.max-samples=200000000"]

    def disk(self):
        live = file_bytes(self.data)
        status, body = self.request("POST", "/api/v1/admin/tsdb/snapshot")
        if status != 200:
            raise BenchError(f"prometheus cannot make a snapshot: {body[:200]}")
        sizes = {"data": 0, "index": 0, "folder": live}
        for file in glob.glob(os.path.join(self.data, "snapshots", "*", "*", "**"), recursive=True):
            if os.path.isfile(file):
                sizes["data" if f"{os.sep}chunks{os.sep}" in file else "index"] += os.path.getsize(file)
        return sizes


PEERS_KNOWN = [VictoriaMetrics, Prometheus]


def how_batched(steps):
    return (f"peers get remote write (protobuf, snappy), {BATCH_SAMPLES:,} samples per request in the order of time, "
            f"{steps} sample{'s' if steps > 1 else ''} of a series per request, one request at a time")


def measure_ingest(peer_class, workplace, dataset, *arguments, name=None):
    """(row of the table, the peer, still running)."""
    peer = peer_class(workplace, name)
    try:
        return measure_running(peer, dataset, *arguments), peer
    except BenchError:
        peer.stop()
        raise


def measure_running(peer, dataset, *arguments):
    before = peer.cpu()
    sent = peer.feed(dataset, *arguments)
    fed = peer.cpu()
    peer.settle()
    cpu = peer.cpu() - before
    after, peak = peer.memory()
    sizes = peer.disk()
    samples = sent["samples"]
    after = peer.memory()[0]
    row = {"samples": samples, "CPU s": cpu, "samples/CPU s": samples / cpu, "CPU s to last answer": fed - before,
           "messages": sent["requests"], "bytes/message": sent["bytes"] / sent["requests"],
           "wire B/sample": sent["bytes"] / samples,
           "disk B/sample": (sizes["data"] + sizes["index"]) / samples, "folder B/sample": sizes["folder"] / samples,
           "index B/sample": sizes["index"] / samples,
           "forced merge CPU s": peer.cpu() - before - cpu, "RSS peak MiB": peak, "RSS after MiB": after}
    return row
