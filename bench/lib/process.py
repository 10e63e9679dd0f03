"""A server that a benchmark starts, measures from outside through /proc, and ends."""
import http.client
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.realpath(__file__))))
BIN = os.environ.get("HEADROOM_BIN", os.path.join(ROOT, "build", "release", "bin"))
TICKS = os.sysconf("SC_CLK_TCK")
QUIET_SECONDS = 2.0     # so long without CPU time is quiet
QUIET_SHARE = 0.02      # of one core: timers and heartbeats go on
WAIT_SECONDS = 600


class BenchError(Exception):
    """Something a person has to do something about."""


def say(text):
    print(f"  … {text}", file=sys.stderr, flush=True)


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


class Workplace:
    """A folder on a real disk that is gone afterwards; ends the servers that were started in it."""

    def __init__(self, on_disk=True):
        base = os.environ.get("TMPDIR") or os.path.join(ROOT, "build", "bench")
        os.makedirs(base, exist_ok=True)
        kind = subprocess.run(["stat", "-f", "-c", "%T", base], capture_output=True, text=True).stdout.strip()
        if on_disk and kind == "tmpfs":
            raise BenchError(f"{base} is a tmpfs: set TMPDIR to a folder on a disk")
        self.path = tempfile.mkdtemp(prefix="bench-", dir=base)
        self.servers = []

    def folder(self, name):
        path = os.path.join(self.path, name)
        os.makedirs(path, exist_ok=True)
        return path

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for server in self.servers:
            server.stop()
        if os.environ.get("KEEP"):
            say(f"kept {self.path}")
        else:
            shutil.rmtree(self.path, ignore_errors=True)


class UnixConnection(http.client.HTTPConnection):
    def __init__(self, path, timeout):
        super().__init__("headroom", timeout=timeout)
        self.path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self.path)


def file_bytes(path):
    """Bytes of all files below, as they are on disk."""
    total = 0
    for folder, _, names in os.walk(path):
        for name in names:
            try:
                total += os.lstat(os.path.join(folder, name)).st_blocks * 512
            except FileNotFoundError:
                pass  # a compaction was quicker
    return total


class Server:
    """One process. `connect` gives an HTTP connection to it."""

    name = "server"

    def __init__(self, workplace, argv, log):
        self.log = log
        with open(log, "ab") as out:
            self.process = subprocess.Popen(argv, stdout=out, stderr=out, stdin=subprocess.DEVNULL)
        self.pid = self.process.pid
        workplace.servers.append(self)

    def connect(self, timeout=WAIT_SECONDS):
        raise NotImplementedError

    def request(self, method, path, body=None, headers=None):
        """(status, body). A new connection each time: what a person's curl would do."""
        connection = self.connect()
        try:
            connection.request(method, path, body, headers or {})
            answer = connection.getresponse()
            return answer.status, answer.read()
        finally:
            connection.close()

    def wait_until_answers(self, path, seconds=60):
        begin = time.monotonic()
        while time.monotonic() - begin < seconds:
            if self.process.poll() is not None:
                raise BenchError(f"{self.name} ended with {self.process.returncode}; its last words:\n{self.tail()}")
            try:
                if self.request("GET", path)[0] == 200:
                    return time.monotonic() - begin
            except OSError:
                pass
            time.sleep(0.01)
        raise BenchError(f"{self.name} does not answer {path} within {seconds} s; see {self.log}")

    def tail(self):
        with open(self.log, errors="replace") as file:
            return "".join(file.readlines()[-5:])

    def cpu(self):
        """User and system seconds of all threads."""
        with open(f"/proc/{self.pid}/stat") as file:
            fields = file.read().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / TICKS

    def memory(self):
        """(resident now, its peak) in MiB."""
        values = {}
        with open(f"/proc/{self.pid}/status") as file:
            for line in file:
                key, _, value = line.partition(":")
                values[key] = value
        return int(values["VmRSS"].split()[0]) / 1024, int(values["VmHWM"].split()[0]) / 1024

    def written_bytes(self):
        with open(f"/proc/{self.pid}/io") as file:
            for line in file:
                if line.startswith("write_bytes:"):
                    return int(line.split()[1])
        return 0

    def wait_until_quiet(self, busy=lambda: False):
        """Until it takes no CPU time any more and says that it is not busy."""
        deadline = time.monotonic() + WAIT_SECONDS
        while time.monotonic() < deadline:
            before = self.cpu()
            time.sleep(QUIET_SECONDS)
            if not busy() and self.cpu() - before <= QUIET_SHARE * QUIET_SECONDS:
                return
        raise BenchError(f"{self.name} is still busy after {WAIT_SECONDS} s")

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def stop(self):
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(timeout=60)
            except subprocess.TimeoutExpired:
                self.kill()
