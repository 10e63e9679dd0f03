"""The real programs over real sockets: starts and stops them in a folder of the test's own, and asks them.

Every wait has a condition and a generous limit; no test passes or fails by how fast the machine is.
"""
import http.client
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import unittest
import urllib.parse

BIN = os.environ.get("HEADROOM_BIN", os.path.join(os.getcwd(), "build/release/bin"))
SOURCE = os.environ.get("HEADROOM_SOURCE", os.getcwd())
LIMIT = 60.0  # seconds that any one wait may take


def program(name):
    return os.path.join(BIN, name)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_until(what, condition, limit=LIMIT):
    """The condition's first true answer; fails the test after the limit."""
    deadline = time.monotonic() + limit
    while True:
        answer = condition()
        if answer:
            return answer
        if time.monotonic() > deadline:
            raise AssertionError(f"waited {limit:.0f} s in vain for: {what}")
        time.sleep(0.05)


class UnixConnection(http.client.HTTPConnection):
    def __init__(self, path):
        super().__init__("headroom", timeout=30)
        self._path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self._path)


class Process:
    """One of the programs, its log in a file."""

    def __init__(self, arguments, log, environment=None):
        self.log = log
        self.polite = False  # whether a test that is over must ask it to stop instead of killing it
        self._file = open(log, "ab")
        self.process = subprocess.Popen(arguments, stdin=subprocess.DEVNULL, stdout=self._file, stderr=self._file,
                                        env={**os.environ, **(environment or {})})

    @property
    def pid(self):
        return self.process.pid

    def running(self):
        return self.process.poll() is None

    def signal(self, number):
        self.process.send_signal(number)

    def kill(self):
        self.process.kill()
        self.process.wait()

    def stop(self):
        """Asks politely; the exit status."""
        if self.running():
            self.process.terminate()
        try:
            return self.process.wait(timeout=LIMIT)
        except subprocess.TimeoutExpired:
            self.kill()
            raise AssertionError(f"{self.process.args[0]} did not stop on SIGTERM; log:\n{self.text()[-3000:]}")

    def close(self):
        self._file.close()

    def text(self):
        with open(self.log, encoding="utf-8", errors="replace") as file:
            return file.read()


class World(unittest.TestCase):
    """A test with an aggregator and agents in a folder of its own."""

    def setUp(self):
        self.failures_before = self.failures()
        self.folder = tempfile.mkdtemp(prefix="headroom-it-")
        self.processes = []
        self.port = free_port()
        self.socket = self.path("admin.sock")
        os.mkdir(self.path("agents"))
        self.generate("headroom-aggregator", "aggregator")
        self.settings = {"log_level": "debug", "analysis": {"forecast_refresh": "1h"}}

    def failures(self):
        result = self._outcome.result
        return len(result.failures) + len(result.errors)

    def tearDown(self):
        for process in reversed(self.processes):
            if process.running():
                process.stop() if process.polite else process.kill()
        if self.failures() > self.failures_before:
            for process in self.processes:
                print(f"--- {process.log}\n{process.text()[-4000:]}", file=sys.stderr)
        for process in self.processes:
            process.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    def path(self, name):
        return os.path.join(self.folder, name)

    def write(self, name, content):
        with open(self.path(name), "w", encoding="utf-8") as file:
            file.write(content)
        return self.path(name)

    def generate(self, name, key):
        subprocess.run([program(name), "--generate-key", self.path(key + ".key")], check=True, stdout=subprocess.DEVNULL)

    def start(self, arguments, log, environment=None):
        process = Process(arguments, self.path(log), environment)
        self.processes.append(process)
        return process

    def aggregator_config(self):
        config = {
            "store": {"path": self.path("store"), "flush_interval": "2s"},
            "ingest": {"listen": f"tcp://127.0.0.1:{self.port}", "key_file": self.path("aggregator.key"),
                       "authorized_agents": self.path("agents"), "batch_interval": "1s"},
            "admin": {"socket": self.socket},
            **self.settings,
        }
        return self.write("aggregator.yaml", json.dumps(config))  # JSON is YAML

    def start_aggregator(self):
        process = self.start([program("headroom-aggregator"), "--config", self.aggregator_config()], "aggregator.log")
        wait_until("the aggregator is ready", lambda: self.is_ready(process))
        return process

    def is_ready(self, process):
        if not process.running():
            raise AssertionError(f"the aggregator ended:\n{process.text()[-3000:]}")
        try:
            return self.get("/readyz")[0] == 200
        except OSError:
            return False

    def authorize(self, name):
        if not os.path.exists(self.path(name + ".key")):
            self.generate("headroom-agent", name)
        shutil.copy(self.path(name + ".pub"), self.path(f"agents/{name}.pub"))

    def start_agent(self, name, **settings):
        if not os.path.exists(self.path(name + ".key")):
            self.generate("headroom-agent", name)
        config = {
            "server": {"endpoint": f"tcp://127.0.0.1:{self.port}", "public_key_file": self.path("aggregator.pub")},
            "identity": {"key_file": self.path(name + ".key")},
            "host": {"service": "web"},
            "spool": {"path": self.path(name + "-spool"), "keep_free_mib": 0},
            **settings,
        }
        path = self.write(name + ".yaml", json.dumps(config))
        return self.start([program("headroom-agent"), "--config", path], name + ".log")

    def request(self, method, path, params=None, body=None):
        connection = UnixConnection(self.socket)
        try:
            query = "?" + urllib.parse.urlencode(params) if params else ""
            connection.request(method, path + query, body=None if body is None else json.dumps(body))
            answer = connection.getresponse()
            text = answer.read().decode()
            return answer.status, json.loads(text) if text else None
        finally:
            connection.close()

    def get(self, path, params=None):
        return self.request("GET", path, params)

    def api(self, path, **params):
        status, body = self.get("/api/v1/" + path, params)
        self.assertEqual(status, 200, body)
        return body

    def cli(self, *arguments, check=True, **options):
        done = subprocess.run([program("headroom"), "--socket", self.socket, *arguments], capture_output=True, text=True,
                              timeout=LIMIT, **options)
        if check and done.returncode != 0:
            raise AssertionError(f"headroom {' '.join(arguments)}: {done.returncode}\n{done.stdout}\n{done.stderr}")
        return done

    def cli_json(self, *arguments):
        return json.loads(self.cli(*arguments, "--format", "json").stdout)

    def samples(self, match, last="1h"):
        """The one series that matches, as [[unix seconds, value], …]."""
        items = self.api("query_range", match=match, last=last)["items"]
        return items[0]["samples"] if items else []


def main():
    unittest.main(verbosity=2)
