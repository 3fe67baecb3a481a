"""A gateway in a process of its own."""

import re
import signal
import subprocess
import sys
import threading
from pathlib import Path

from gateway.serving.ports import PORTS

from ..patience import PATIENCE
from . import nursery

MODULE = [sys.executable, "-m", "gateway"]


def serve(*flags: str) -> list[str]:
    """The command `gateway serve`, on free ports unless the flags name others. No test starts one in another way."""
    ports = [each for port in PORTS for each in (port.flag, "0")]
    return [*MODULE, "serve", *ports, *flags]


def ended(*flags: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    """The same, to the end of one that can not open its room."""
    return nursery.run(serve(*flags)[len(MODULE) :], seconds=40, environment=environment or None)


class Gateway:
    """`gateway serve` on free ports, with the sqlite store in `folder`.

    Three ways to know what it logged, and none that looks while a line may still be under way: `banner`, all that it
    said until its room was open; `wait_for_log`, while it runs; `log`, all of it, when it has ended.

    `prefix`: a command that runs it; it is then a Python of its own, which takes ten times as long to start.
    `descriptors`: how many it may have.
    """

    def __init__(
        self,
        folder: Path,
        *flags: str,
        prefix: tuple[str, ...] = (),
        descriptors: int | None = None,
        **environment: str,
    ) -> None:
        self.store = folder / "room.db"
        store = [] if "--embedded-nats" in flags else ["--store", f"sqlite:{self.store}"]
        self._command = [*prefix, *serve(*store, "--language", "en", *flags)]
        self._prefix = prefix
        self._descriptors = descriptors
        self._environment = {"PATH": "/usr/bin:/bin", "HOME": str(folder), "LANG": "C.UTF-8", **environment}
        self._log = ""
        self.banner = ""
        self.judged = False  # whether the test has looked at the errors in it
        self._logged = threading.Condition()
        self._launch()
        self.tcp_port = self._found(r"(?:nc|ncat --ssl) \S+ (\d+)[\n\"]")
        self.http_port = self._found(r"https?://\S+:(\d+)/[\n,]")

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def url(self) -> str:
        return f"ws://127.0.0.1:{self.http_port}/ws"

    @property
    def ports(self) -> list[str]:
        """The flags by which a swarm finds it."""
        return ["--tcp-port", str(self.tcp_port), "--http-port", str(self.http_port)]

    @property
    def page(self) -> str:
        return f"http://localhost:{self.http_port}/"

    def again(self) -> "Gateway":
        """The same gateway anew, on the same ports, after it was stopped or killed."""
        command = self._command
        for flag, port in (("--tcp-port", self.tcp_port), ("--http-port", self.http_port)):
            command[command.index(flag) + 1] = str(port)
        self._launch()
        return self

    def kill(self) -> None:
        """kill -9."""
        self.killed = True
        self._process.kill()
        self._end()

    def interrupt(self, number: signal.Signals = signal.SIGTERM) -> int:
        """Ask it to stop; its exit status."""
        self._process.send_signal(number)
        return self._end()

    def ended(self) -> int:
        """Wait until it ends by itself; its exit status. Whatever it logged is the test's to judge."""
        self.killed = True
        status = self._end()
        self.judged = True
        return status

    def wait_for_log(self, text: str, times: int = 1) -> str:
        """Wait until it has logged this; returns the log so far."""
        with self._logged:
            found = self._logged.wait_for(lambda: self._log.count(text) >= times, PATIENCE)
            assert found, f"not {times} times {text!r} in:\n{self._log}"
            return self._log

    def has_logged(self, text: str) -> bool:
        """Whether it has already: for what goes on until it has."""
        return text in self._log

    @property
    def log(self) -> str:
        """All that it has said, once it has ended."""
        assert self._process.returncode is not None, "it may still be writing: wait_for_log"
        return self._log

    def signal(self, number: signal.Signals) -> None:
        """Send it a signal that does not end it."""
        self._process.send_signal(number)

    def stop(self) -> None:
        """Stop it, and see that all was well."""
        if self._process.returncode is None and not self.killed:
            assert self.interrupt() == 0, self._log
        assert "Traceback" not in self._log, self._log
        assert self.judged or "ERROR" not in self._log, self._log

    def _launch(self) -> None:
        """Start the process, and wait for its banner."""
        self.killed = False
        self._open = threading.Event()
        self._process = self._born()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        assert self._open.wait(20), self._log
        assert self._process.poll() is None, self._log

    def _born(self) -> "subprocess.Popen[str] | nursery.Child":
        if not self._prefix:
            return nursery.start(self._command[len(MODULE) :], self._environment, descriptors=self._descriptors)
        return subprocess.Popen(
            self._command, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL, text=True, env=self._environment
        )

    def _end(self) -> int:
        try:
            status = self._process.wait(15)
        except subprocess.TimeoutExpired:
            self._process.kill()  # nobody else would: it must not outlive its test
            self._process.wait()
            raise
        self._reader.join(5)
        return status

    def _read(self) -> None:
        assert self._process.stderr is not None
        with self._process.stderr as lines:
            for line in lines:
                with self._logged:
                    self._log += line
                    self._logged.notify_all()
                if "Ctrl-C" in line or " is open: " in line:
                    self.banner = self._log
                    self._open.set()
        self._open.set()

    def _found(self, pattern: str) -> int:
        match = re.search(pattern, self.banner)
        assert match, self.banner
        return int(match[1])
